//! Changes, as they will be recorded in the audit log.

use std::fmt::Display;
use std::sync::Arc;

use onecli_domain::audit::{Actor, CheckpointSigner, Entry, Outcome, Target};
use onecli_domain::id::{AuditId, ChainId};
use onecli_domain::time::Timestamp;
use onecli_store::AuditAppend;
use serde_json::Value;
use uuid::Uuid;

/// A change and its audit record in the making.
pub(crate) struct AuditedChange {
    chain: ChainId,
    action: &'static str,
    target: Target,
    before: Option<Value>,
    after: Option<Value>,
    refused: Option<String>,
}

impl AuditedChange {
    /// A change, without the states before and after it.
    pub(crate) fn new(chain: impl Into<ChainId>, action: &'static str, target: Target) -> Self {
        Self { chain: chain.into(), action, target, before: None, after: None, refused: None }
    }

    /// State before the change.
    pub(crate) fn before(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    /// State after the change.
    pub(crate) fn after(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }

    /// Marks the change as refused.
    pub(crate) fn refused(mut self, reason: &str) -> Self {
        self.refused = Some(reason.to_owned());
        self
    }

    /// The audit record for the store to append.
    pub(crate) fn note(self, actor: Actor, now: Timestamp, signer: Arc<dyn CheckpointSigner>) -> AuditAppend {
        let Actor { person, by, from } = actor;
        let outcome = if self.refused.is_some() { Outcome::Refused } else { Outcome::Done };
        let entry = Entry {
            id: AuditId(Uuid::now_v7()),
            chain: self.chain,
            at: now,
            person,
            by,
            action: self.action.to_owned(),
            target: self.target,
            before: self.before,
            after: self.after,
            from,
            result: outcome.as_str().to_owned(),
            reason: self.refused,
        };
        AuditAppend { entry, signer }
    }
}

/// The changed resource: its kind, id and name.
pub(crate) fn target(kind: &str, id: impl Display, name: &str) -> Target {
    Target { kind: kind.to_owned(), id: Some(id.to_string()), name: Some(name.to_owned()) }
}
