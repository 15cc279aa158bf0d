//! The audit log: read, signed, pruned. It is written with the changes that it tells of (`ledger`).

use onecli_domain::audit::{
    ActorPerson, AuditFilter, AuthenticatedBy, Checkpoint, CheckpointKind, CheckpointSigner, Entry, Hash,
    Position, PublicKey, Record, Signature, Target,
};
use onecli_domain::id::{AuditId, ChainId};
use onecli_domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Fault};
use crate::ledger::insert_checkpoint;
use crate::pool::{read_with, snapshot_with, write_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// A record's columns, in the order of `read_record`.
macro_rules! record_columns {
    () => {
        "chain_id, sequence, id, at, person_id, person_name, by_kind, by_name, action, target_kind, target_id, \
         target_name, before, after, origin, result, reason, previous, hash"
    };
}

/// Fetches a chain's end, in a transaction of either engine, and holds off whoever would append.
macro_rules! hold_head {
    ($transaction:ident, $chain:expr) => {{
        let row = sqlx::query(
            "UPDATE audit_heads SET sequence = sequence WHERE chain_id = $1 RETURNING sequence, hash, signed",
        )
        .bind($chain.0)
        .fetch_optional(&mut *$transaction)
        .await?;
        row.map(|row| {
            let mut fields = Fields::of(&row);
            Ok::<_, Fault>((read_position(&mut fields)?, fields.int()?))
        })
        .transpose()?
    }};
}

/// All that the store has of a chain, at one moment.
#[derive(Clone, Debug)]
pub struct ChainCopy {
    /// Which chain.
    pub chain: ChainId,
    /// Its records, by their numbers.
    pub records: Vec<Record>,
    /// Its checkpoints, by their numbers.
    pub checkpoints: Vec<Checkpoint>,
    /// Where the store notes that it ends; none if nothing was ever recorded, or the note is gone.
    pub head: Option<Position>,
}

impl Store {
    /// The audit log.
    pub fn audit(&self) -> AuditLog<'_> {
        AuditLog { store: self }
    }
}

/// The audit log of a store.
#[derive(Clone, Copy, Debug)]
pub struct AuditLog<'a> {
    store: &'a Store,
}

impl AuditLog<'_> {
    /// Writes what the store was told to note, where nothing else changes.
    pub async fn append(self) -> Result<(), Error> {
        write_with!(self.store, |_transaction| { Ok(()) })
    }

    /// Records of two chains that pass the filter, newest first, from before a record on.
    pub async fn list(
        self,
        chains: [ChainId; 2],
        filter: &AuditFilter,
        limit: u32,
        before: Option<AuditId>,
    ) -> Result<Vec<Record>, Error> {
        let [one, other] = chains;
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                record_columns!(),
                " FROM audit_records
                 WHERE chain_id IN ($1, $2) AND id < $3
                   AND ($5 IS NULL OR action = $5)
                   AND ($6 IS NULL OR at >= $6)
                   AND ($7 IS NULL OR at < $7)
                 ORDER BY id DESC LIMIT $4"
            ))
            .bind(one.0)
            .bind(other.0)
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(i64::from(limit))
            .bind(filter.action.as_deref())
            .bind(filter.from.map(Timestamp::micros))
            .bind(filter.to.map(Timestamp::micros))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_record(&mut Fields::of(row))).collect()
        })
    }

    /// Every chain of which anything is there, in the order of their ids.
    pub async fn chains(self) -> Result<Vec<ChainId>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT chain_id FROM audit_heads UNION SELECT chain_id FROM audit_records
                 UNION SELECT chain_id FROM audit_checkpoints ORDER BY 1",
            )
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| Fields::of(row).id()).collect()
        })
    }

    /// All that there is of a chain.
    pub async fn copy(self, chain: ChainId) -> Result<ChainCopy, Error> {
        snapshot_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                record_columns!(),
                " FROM audit_records WHERE chain_id = $1 ORDER BY sequence"
            ))
            .bind(chain.0)
            .fetch_all(&mut *connection)
            .await?;
            let records: Result<Vec<_>, Fault> =
                rows.iter().map(|row| read_record(&mut Fields::of(row))).collect();
            let rows = sqlx::query(
                "SELECT chain_id, kind, sequence, hash, at, key, signature
                 FROM audit_checkpoints WHERE chain_id = $1 ORDER BY sequence, kind",
            )
            .bind(chain.0)
            .fetch_all(&mut *connection)
            .await?;
            let checkpoints: Result<Vec<_>, Fault> =
                rows.iter().map(|row| read_checkpoint(&mut Fields::of(row))).collect();
            let head = sqlx::query("SELECT sequence, hash FROM audit_heads WHERE chain_id = $1")
                .bind(chain.0)
                .fetch_optional(&mut *connection)
                .await?;
            let head = head.map(|row| read_position(&mut Fields::of(&row))).transpose()?;
            Ok(ChainCopy { chain, records: records?, checkpoints: checkpoints?, head })
        })
    }

    /// Signs a chain up to its end, unless it is; answers with where that is. None for a chain without records.
    pub async fn sign(
        self,
        chain: ChainId,
        signer: &dyn CheckpointSigner,
        now: Timestamp,
    ) -> Result<Option<Position>, Error> {
        write_with!(self.store, |transaction| {
            let Some((head, signed)) = hold_head!(transaction, chain) else { return Ok(None) };
            if head.sequence > signed {
                let position = (head.sequence, head.hash);
                let checkpoint = Checkpoint::sign(signer, CheckpointKind::Reached, chain, position, now);
                insert_checkpoint!(transaction, &checkpoint);
                sqlx::query("UPDATE audit_heads SET signed = sequence WHERE chain_id = $1")
                    .bind(chain.0)
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(Some(head))
        })
    }

    /// Removes a chain's records from before a moment, up to the first that is younger, and leaves a signed stub in
    /// their place. Says how many there were.
    pub async fn prune(
        self,
        chain: ChainId,
        moment: Timestamp,
        signer: &dyn CheckpointSigner,
        now: Timestamp,
    ) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let Some((head, _)) = hold_head!(transaction, chain) else { return Ok(0) };
            let kept = sqlx::query(
                "SELECT sequence FROM audit_records WHERE chain_id = $1 AND at >= $2 ORDER BY sequence LIMIT 1",
            )
            .bind(chain.0)
            .bind(moment.micros())
            .fetch_optional(&mut *transaction)
            .await?;
            let last = match kept {
                Some(row) => Fields::of(&row).int()? - 1,
                None => head.sequence,
            };
            let gone =
                sqlx::query("SELECT sequence, hash FROM audit_records WHERE chain_id = $1 AND sequence = $2")
                    .bind(chain.0)
                    .bind(last)
                    .fetch_optional(&mut *transaction)
                    .await?;
            let Some(gone) = gone else { return Ok(0) };
            let gone = read_position(&mut Fields::of(&gone))?;
            sqlx::query("DELETE FROM audit_checkpoints WHERE chain_id = $1 AND sequence <= $2")
                .bind(chain.0)
                .bind(gone.sequence)
                .execute(&mut *transaction)
                .await?;
            let done = sqlx::query("DELETE FROM audit_records WHERE chain_id = $1 AND sequence <= $2")
                .bind(chain.0)
                .bind(gone.sequence)
                .execute(&mut *transaction)
                .await?;
            let position = (gone.sequence, gone.hash);
            let stub = Checkpoint::sign(signer, CheckpointKind::Pruned, chain, position, now);
            insert_checkpoint!(transaction, &stub);
            Ok(done.rows_affected())
        })
    }
}

/// Reads a record as it is, however somebody tampered with it: whether it is right is not for the store to say.
fn read_record<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Record, Fault> {
    let (chain, sequence) = (fields.id()?, fields.int()?);
    let (id, at) = (fields.id()?, fields.time()?);
    let (person, name) = (fields.maybe_id()?, fields.maybe_text()?);
    Ok(Record {
        entry: Entry {
            id,
            chain,
            at,
            person: person.map(|id| ActorPerson { id, name: name.unwrap_or_default() }),
            by: AuthenticatedBy { kind: fields.text()?, name: fields.maybe_text()? },
            action: fields.text()?,
            target: Target { kind: fields.text()?, id: fields.maybe_text()?, name: fields.maybe_text()? },
            before: fields.maybe_text()?.map(read_json),
            after: fields.maybe_text()?.map(read_json),
            from: fields.maybe_text()?,
            result: fields.text()?,
            reason: fields.maybe_text()?,
        },
        sequence,
        previous: Hash::of_stored(&fields.bytes()?),
        hash: Hash::of_stored(&fields.bytes()?),
    })
}

/// What is no JSON was tampered with: as a text it hashes to something else.
fn read_json(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn read_checkpoint<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Checkpoint, Fault> {
    Ok(Checkpoint {
        chain: fields.id()?,
        kind: fields.word(CheckpointKind::read)?,
        sequence: fields.int()?,
        hash: Hash::of_stored(&fields.bytes()?),
        at: fields.time()?,
        key: PublicKey::of_stored(&fields.bytes()?),
        signature: Signature::of_stored(&fields.bytes()?),
    })
}

fn read_position<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Position, Fault> {
    Ok(Position { sequence: fields.int()?, hash: Hash::of_stored(&fields.bytes()?) })
}
