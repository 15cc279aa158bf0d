//! The audit log: what people changed, in chains that show when somebody tampers with them.

mod verify;
mod checkpoint;
mod record;
mod canonical;
mod marks;

pub use canonical::canonical;
pub use checkpoint::{Checkpoint, CheckpointKind};
pub use marks::{Checker, CheckpointSigner, Hash, PublicKey, Signature};
pub use record::{Actor, ActorPerson, AuditFilter, AuthenticatedBy, Entry, Outcome, Record, Target};
pub use verify::{Evidence, Finding, Flaw, Position, Sound, verify};
