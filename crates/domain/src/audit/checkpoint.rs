//! Checkpoints: signed words about how far a chain is, and stubs for what was pruned.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit::canonical::canonical;
use crate::audit::marks::{Checker, CheckpointSigner, Hash, PublicKey, Signature};
use crate::id::ChainId;
use crate::time::Timestamp;

/// A signed word about a chain: its record of this number has this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The chain.
    pub chain: ChainId,
    /// Whether the records up to it are there.
    pub kind: CheckpointKind,
    /// The number of the record.
    pub sequence: i64,
    /// The record's hash.
    pub hash: Hash,
    /// When it was signed.
    pub at: Timestamp,
    /// With which key.
    pub key: PublicKey,
    /// The signature of all this.
    pub signature: Signature,
}

/// What a checkpoint says of the records up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointKind {
    /// They are there.
    Reached,
    /// They are gone because their time was over: a stub.
    Pruned,
}

impl CheckpointKind {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Pruned => "pruned",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "reached" => Some(Self::Reached),
            "pruned" => Some(Self::Pruned),
            _ => None,
        }
    }
}

impl Checkpoint {
    /// Signs that a chain's record of this number has this hash.
    pub fn sign(
        signer: &dyn CheckpointSigner,
        kind: CheckpointKind,
        chain: ChainId,
        (sequence, hash): (i64, Hash),
        at: Timestamp,
    ) -> Self {
        let signature = Signature([0; 64]);
        let mut checkpoint = Self { chain, kind, sequence, hash, at, key: signer.key(), signature };
        checkpoint.signature = signer.sign(canonical(&checkpoint.content()).as_bytes());
        checkpoint
    }

    /// Whether its key signed it.
    pub fn is_signed(&self, checker: &dyn Checker) -> bool {
        checker.is_signed(&self.key, canonical(&self.content()).as_bytes(), &self.signature)
    }

    /// A line of an export: what is signed, and the signature.
    pub fn line(&self) -> String {
        let mut content = self.content();
        if let Value::Object(members) = &mut content {
            members.insert("signature".into(), json!(self.signature));
        }
        canonical(&content)
    }

    /// Reads a line of an export. None if it says anything that a checkpoint doesn't.
    pub fn read(line: &Value) -> Option<Self> {
        let checkpoint: Self = serde_json::from_value(line.clone()).ok()?;
        (canonical(line) == checkpoint.line()).then_some(checkpoint)
    }

    fn content(&self) -> Value {
        json!({
            "at": self.at,
            "chain": self.chain,
            "hash": self.hash,
            "key": self.key,
            "kind": self.kind,
            "sequence": self.sequence,
            "type": "checkpoint",
            "v": 1,
        })
    }
}
