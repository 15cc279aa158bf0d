//! Checkpoints: signed statements of how far a chain extends, and stubs that replace pruned records.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit::canonical::canonical;
use crate::audit::primitives::{Checker, CheckpointSigner, Hash, PublicKey, Signature};
use crate::id::ChainId;
use crate::time::Timestamp;

/// A signed statement that the chain's record with this sequence number has this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The chain.
    pub chain: ChainId,
    /// Whether the records up to this one still exist.
    pub kind: CheckpointKind,
    /// The record's sequence number.
    pub sequence: i64,
    /// The record's hash.
    pub hash: Hash,
    /// When it was signed.
    pub at: Timestamp,
    /// The key that signed it.
    pub key: PublicKey,
    /// The signature over all fields above.
    pub signature: Signature,
}

/// Whether the records up to a checkpoint still exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointKind {
    /// They exist.
    Reached,
    /// They were removed when their retention period ended; the checkpoint is their stub.
    Pruned,
}

impl CheckpointKind {
    /// The name used in the store and in exports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Pruned => "pruned",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "reached" => Some(Self::Reached),
            "pruned" => Some(Self::Pruned),
            _ => None,
        }
    }
}

impl Checkpoint {
    /// Signs that the chain's record with this sequence number has this hash.
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

    /// Whether its signature is valid.
    pub fn is_signed(&self, checker: &dyn Checker) -> bool {
        checker.is_signed(&self.key, canonical(&self.content()).as_bytes(), &self.signature)
    }

    /// A line of an export: the signed fields and the signature.
    pub fn line(&self) -> String {
        let mut content = self.content();
        if let Value::Object(members) = &mut content {
            members.insert("signature".into(), json!(self.signature));
        }
        canonical(&content)
    }

    /// Parses a line of an export; `None` if it has missing or unknown fields.
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
