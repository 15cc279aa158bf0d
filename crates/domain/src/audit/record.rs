//! Records: who changed what, from where, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit::canonical::canonical;
use crate::audit::marks::{Checker, Hash};
use crate::id::{AuditId, ChainId, UserId};
use crate::time::Timestamp;

/// Somebody who changes something, and how they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who; none where nobody is known, or the installation does it by itself.
    pub person: Option<ActorPerson>,
    /// By what they are known.
    pub by: AuthenticatedBy,
    /// The address that the call came from.
    pub from: Option<String>,
}

/// A person, as they were called then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorPerson {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

/// By what somebody is known.
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
    /// Such as `agent`.
    pub kind: String,
    /// Its id.
    pub id: Option<String>,
    /// Its name at that time.
    pub name: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// Whoever asked may not.
    Refused,
}

/// A record that has no place in its chain yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// The chain that it belongs to.
    pub chain: ChainId,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub person: Option<ActorPerson>,
    /// By what they were known.
    pub by: AuthenticatedBy,
    /// What they did, such as `agent.create`.
    pub action: String,
    /// To what.
    pub target: Target,
    /// What it was before, without values.
    pub before: Option<Value>,
    /// What it was then, without values.
    pub after: Option<Value>,
    /// The address that the call came from.
    pub from: Option<String>,
    /// What came of it: `done` or `refused`.
    pub result: String,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// A record in its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its place in the chain, from 1.
    pub sequence: i64,
    /// The hash of the record before; zeros for the first.
    pub previous: Hash,
    /// The hash of all this.
    pub hash: Hash,
}

/// Which records are asked for. All that is given must hold.
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
    /// A kind that needs no name.
    pub fn kind(kind: &str) -> Self {
        Self { kind: kind.to_owned(), name: None }
    }
}

impl Outcome {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl Record {
    /// Puts an entry into its place in its chain.
    pub fn link(entry: Entry, sequence: i64, previous: Hash, checker: &dyn Checker) -> Self {
        let mut record = Self { entry, sequence, previous, hash: Hash::NONE };
        record.hash = checker.hash(record.canonical().as_bytes());
        record
    }

    /// What is hashed: the canonical form of all of it but the hash.
    pub fn canonical(&self) -> String {
        canonical(&self.content())
    }

    /// A line of an export: what is hashed, and the hash.
    pub fn line(&self) -> String {
        let mut content = self.content();
        if let Value::Object(members) = &mut content {
            members.insert("hash".into(), json!(self.hash));
        }
        canonical(&content)
    }

    /// Reads a line of an export. None if it says anything that a record doesn't.
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
