//! The audit log: changes that people made, in hash chains that reveal tampering.

mod verify;
mod checkpoint;
mod record;
mod canonical;
mod primitives;

pub use canonical::canonical;
pub use checkpoint::{Checkpoint, CheckpointKind};
pub use primitives::{Checker, CheckpointSigner, Hash, PublicKey, Signature};
pub use record::{Actor, ActorPerson, AuditFilter, AuthenticatedBy, Entry, Outcome, Record, Target};
pub use verify::{Evidence, Finding, Flaw, Position, Sound, verify};
