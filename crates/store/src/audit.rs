//! The audit log: reading, signing and pruning. Records are appended together with the change (`audit_append`).

use onecli_domain::audit::{
    ActorPerson, AuditFilter, AuthenticatedBy, Checkpoint, CheckpointKind, CheckpointSigner, Entry, Hash,
    Position, PublicKey, Record, Signature, Target,
};
use onecli_domain::id::{AuditId, ChainId};
use onecli_domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::audit_append::insert_checkpoint;
use crate::error::{Error, Fault};
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

/// Locks and fetches a chain's head, in a transaction of either engine, so that nothing is appended meanwhile.
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

/// A consistent copy of all that is stored of a chain.
#[derive(Clone, Debug)]
pub struct ChainCopy {
    /// The chain.
    pub chain: ChainId,
    /// Its records, by sequence number.
    pub records: Vec<Record>,
    /// Its checkpoints, by sequence number.
    pub checkpoints: Vec<Checkpoint>,
    /// The stored end of the chain; `None` if nothing was ever recorded, or the row is missing.
    pub head: Option<Position>,
}

impl Store {
    /// The audit log.
    pub fn audit(&self) -> AuditLog<'_> {
        AuditLog { store: self }
    }
}

/// Access to the audit log.
#[derive(Clone, Copy, Debug)]
pub struct AuditLog<'a> {
    store: &'a Store,
}

impl AuditLog<'_> {
    /// Appends the store's pending audit record without any other change.
    pub async fn append(self) -> Result<(), Error> {
        write_with!(self.store, |_transaction| { Ok(()) })
    }

    /// Records of two chains that match the filter, newest first, older than `before` if given.
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

    /// All chains with any stored data, by id.
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

    /// A copy of a chain.
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

    /// Signs a chain's last record unless it is signed; returns its position, or `None` if there are no records.
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

    /// Removes a chain's records before a time, up to the first newer one, and replaces them with a signed stub.
    /// Returns how many were removed.
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

/// Reads a record without judging it: verification detects tampering.
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

/// Invalid JSON was tampered with; as a string it has a different hash.
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
