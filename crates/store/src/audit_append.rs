//! Appends to the audit log, in the same transaction as the change that is recorded.

use std::sync::Arc;

use onecli_domain::audit::{Checkpoint, CheckpointKind, CheckpointSigner, Entry, Hash, Record, canonical};
use sqlx::{PgConnection, SqliteConnection};

use crate::error::Fault;
use crate::rows::Fields;

/// An audit record to append, and who hashes and signs it.
#[derive(Clone)]
pub struct AuditAppend {
    /// The record, without its position in the chain.
    pub entry: Entry,
    /// Hashes and signs.
    pub signer: Arc<dyn CheckpointSigner>,
}

/// Whether a transaction took effect: changes that didn't are not recorded.
pub(crate) trait TookEffect {
    fn took_effect(&self) -> bool {
        true
    }
}

impl TookEffect for () {}

/// A plain setting's current value.
impl TookEffect for Vec<u8> {}

impl TookEffect for bool {
    fn took_effect(&self) -> bool {
        *self
    }
}

impl TookEffect for u64 {
    fn took_effect(&self) -> bool {
        *self > 0
    }
}

impl<T> TookEffect for Option<T> {
    fn took_effect(&self) -> bool {
        self.is_some()
    }
}

/// Appends to a chain. Locks the chain's head until the transaction ends, so that only one gateway appends at a time.
/// It is the last row that a transaction locks, which rules out deadlocks.
pub(crate) trait AppendAudit {
    async fn append(&mut self, note: &AuditAppend) -> Result<(), Fault>;
}

macro_rules! append_audit {
    ($connection:ty) => {
        impl AppendAudit for $connection {
            async fn append(&mut self, note: &AuditAppend) -> Result<(), Fault> {
                let chain = note.entry.chain;
                let head = sqlx::query(
                    "INSERT INTO audit_heads (chain_id, sequence, hash, signed) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (chain_id) DO UPDATE SET sequence = audit_heads.sequence + 1
                     RETURNING sequence, hash",
                )
                .bind(chain.0)
                .bind(1_i64)
                .bind(Hash::NONE.0.as_slice())
                .bind(0_i64)
                .fetch_one(&mut *self)
                .await?;
                let mut head = Fields::of(&head);
                let (sequence, previous) = (head.int()?, Hash::of_stored(&head.bytes()?));
                let record = Record::link(note.entry.clone(), sequence, previous, &*note.signer);
                let entry = &record.entry;
                sqlx::query(
                    "INSERT INTO audit_records (chain_id, sequence, id, at, person_id, person_name, by_kind, by_name,
                                                action, target_kind, target_id, target_name, before, after, origin,
                                                result, reason, previous, hash)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
                )
                .bind(chain.0)
                .bind(sequence)
                .bind(entry.id.0)
                .bind(entry.at.micros())
                .bind(entry.person.as_ref().map(|person| person.id.0))
                .bind(entry.person.as_ref().map(|person| person.name.as_str()))
                .bind(&entry.by.kind)
                .bind(entry.by.name.as_deref())
                .bind(&entry.action)
                .bind(&entry.target.kind)
                .bind(entry.target.id.as_deref())
                .bind(entry.target.name.as_deref())
                .bind(entry.before.as_ref().map(canonical))
                .bind(entry.after.as_ref().map(canonical))
                .bind(entry.from.as_deref())
                .bind(&entry.result)
                .bind(entry.reason.as_deref())
                .bind(record.previous.0.as_slice())
                .bind(record.hash.0.as_slice())
                .execute(&mut *self)
                .await
                .map_err(lost_head)?;
                let signs = sequence % RECORDS_PER_CHECKPOINT == 0;
                if signs {
                    let position = (sequence, record.hash);
                    let kind = CheckpointKind::Reached;
                    let checkpoint = Checkpoint::sign(&*note.signer, kind, chain, position, entry.at);
                    insert_checkpoint!(self, &checkpoint);
                }
                sqlx::query(
                    "UPDATE audit_heads SET hash = $2, signed = CASE WHEN $3 THEN sequence ELSE signed END
                     WHERE chain_id = $1",
                )
                .bind(chain.0)
                .bind(record.hash.0.as_slice())
                .bind(signs)
                .execute(&mut *self)
                .await?;
                Ok(())
            }
        }
    };
}

/// Inserts a checkpoint, on a connection of either engine.
macro_rules! insert_checkpoint {
    ($connection:expr, $checkpoint:expr) => {{
        let checkpoint: &onecli_domain::audit::Checkpoint = $checkpoint;
        sqlx::query(
            "INSERT INTO audit_checkpoints (chain_id, sequence, kind, hash, at, key, signature)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(checkpoint.chain.0)
        .bind(checkpoint.sequence)
        .bind(checkpoint.kind.as_str())
        .bind(checkpoint.hash.0.as_slice())
        .bind(checkpoint.at.micros())
        .bind(checkpoint.key.0.as_slice())
        .bind(checkpoint.signature.0.as_slice())
        .execute(&mut *$connection)
        .await?;
    }};
}
pub(crate) use insert_checkpoint;

append_audit!(SqliteConnection);
append_audit!(PgConnection);

/// The position in the chain is taken, so the stored head was tampered with. Nothing is overwritten.
fn lost_head(error: sqlx::Error) -> Fault {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Fault::Unreadable(
            "the audit log does not end where table audit_heads says; see `onecli audit verify`".into(),
        ),
        Some(_) | None => Fault::Sql(error),
    }
}

/// After how many records a chain is signed.
const RECORDS_PER_CHECKPOINT: i64 = 16;
