//! Audit records: who changed what, from which address, and whether it was done or refused.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit::canonical::canonical;
use crate::audit::primitives::{Checker, Hash};
use crate::id::{AuditId, ChainId, UserId};
use crate::time::Timestamp;

/// Who makes a change, and how they authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person; `None` if unauthenticated, or if the installation itself makes the change.
    pub person: Option<ActorPerson>,
    /// How they authenticated.
    pub by: AuthenticatedBy,
    /// The address that the request came from.
    pub from: Option<String>,
}

/// A person, with their name at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorPerson {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

/// How someone authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthenticatedBy {
    /// `session`, `api_key`, `sign_in_link`, `open` (sign-in is turned off), `agent_token` or `system`.
    pub kind: String,
    /// The API key's name.
    pub name: Option<String>,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The kind of resource, such as `agent`.
    pub kind: String,
    /// Its id.
    pub id: Option<String>,
    /// Its name at that time.
    pub name: Option<String>,
}

/// Result of a requested change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The caller was not allowed to do it.
    Refused,
}

/// A record that has not been added to its chain yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// The chain that it belongs to.
    pub chain: ChainId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it; `None` as in [`Actor::person`].
    pub person: Option<ActorPerson>,
    /// How they authenticated.
    pub by: AuthenticatedBy,
    /// What they did, such as `agent.create`.
    pub action: String,
    /// The resource that was changed.
    pub target: Target,
    /// The resource before the change, without secret values.
    pub before: Option<Value>,
    /// The resource after the change, without secret values.
    pub after: Option<Value>,
    /// The address that the request came from.
    pub from: Option<String>,
    /// `done` or `refused`.
    pub result: String,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// A record in its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The content.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its position in the chain, from 1.
    pub sequence: i64,
    /// The hash of the previous record; zeros for the first.
    pub previous: Hash,
    /// The hash of all fields above.
    pub hash: Hash,
}

/// Selects records; all given conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// With this action.
    pub action: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

impl Actor {
    /// The installation itself.
    pub fn system() -> Self {
        Self { person: None, by: AuthenticatedBy::kind("system"), from: None }
    }
}

impl AuthenticatedBy {
    /// A kind of authentication that has no name.
    pub fn kind(kind: &str) -> Self {
        Self { kind: kind.to_owned(), name: None }
    }
}

impl Outcome {
    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl Record {
    /// Appends an entry to a chain.
    pub fn link(entry: Entry, sequence: i64, previous: Hash, checker: &dyn Checker) -> Self {
        let mut record = Self { entry, sequence, previous, hash: Hash::NONE };
        record.hash = checker.hash(record.canonical().as_bytes());
        record
    }

    /// The input of the hash: the canonical form of all fields except the hash.
    pub fn canonical(&self) -> String {
        canonical(&self.content())
    }

    /// A line of an export: the hashed fields and the hash.
    pub fn line(&self) -> String {
        let mut content = self.content();
        if let Value::Object(members) = &mut content {
            members.insert("hash".into(), json!(self.hash));
        }
        canonical(&content)
    }

    /// Parses a line of an export; `None` if it has missing or unknown fields.
    pub fn read(line: &Value) -> Option<Self> {
        let record: Self = serde_json::from_value(line.clone()).ok()?;
        (canonical(line) == record.line()).then_some(record)
    }

    fn content(&self) -> Value {
        let entry = &self.entry;
        json!({
            "action": entry.action,
            "after": entry.after,
            "at": entry.at,
            "before": entry.before,
            "by": entry.by,
            "chain": entry.chain,
            "from": entry.from,
            "id": entry.id,
            "person": entry.person,
            "previous": self.previous,
            "reason": entry.reason,
            "result": entry.result,
            "sequence": self.sequence,
            "target": entry.target,
            "type": "record",
            "v": 1,
        })
    }
}
