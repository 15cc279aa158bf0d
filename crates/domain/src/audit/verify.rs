//! Verification: whether a chain is intact, and if not, the first record that isn't.

use std::fmt;

use crate::audit::checkpoint::{Checkpoint, CheckpointKind};
use crate::audit::primitives::{Checker, Hash, PublicKey};
use crate::audit::record::Record;
use crate::id::{AuditId, ChainId};

/// All that is known about a chain.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Which chain.
    pub chain: ChainId,
    /// Its records, in the order in which they were found.
    pub records: &'a [Record],
    /// Its checkpoints.
    pub checkpoints: &'a [Checkpoint],
    /// Where other sources say that it ends: the store's own note, and what a gateway keeps outside the store.
    pub ends: &'a [Position],
}

/// A record's sequence number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The sequence number.
    pub sequence: i64,
    /// The hash.
    pub hash: Hash,
}

/// Summary of an intact chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// How many records it has.
    pub records: usize,
    /// How many checkpoints it has.
    pub checkpoints: usize,
    /// Its last record.
    pub end: Position,
    /// The sequence number of the last signed record.
    pub signed: i64,
}

/// What is wrong with a chain, and the first record affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The chain.
    pub chain: ChainId,
    /// The record's sequence number.
    pub sequence: i64,
    /// The record's id, if the record exists.
    pub id: Option<AuditId>,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its content was changed.
    Edited,
    /// It, or an earlier record, was changed together with its hash.
    Rewritten,
    /// It was removed.
    Removed,
    /// Another record is in its position.
    Reordered,
    /// It and all later records were removed.
    Truncated,
    /// The signature of its checkpoint is invalid.
    BadSignature,
    /// It has no signature, though all records should be signed.
    Unsigned,
    /// Its checkpoint is signed with a key that isn't trusted.
    UnknownKey(PublicKey),
}

impl Flaw {
    /// The code used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Rewritten => "rewritten",
            Self::Removed => "removed",
            Self::Reordered => "reordered",
            Self::Truncated => "truncated",
            Self::BadSignature => "bad_signature",
            Self::Unsigned => "unsigned",
            Self::UnknownKey(_) => "unknown_key",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, sequence, .. } = self;
        match self.flaw {
            Flaw::Edited => write!(f, "record {sequence} was edited"),
            Flaw::Rewritten => {
                write!(
                    f,
                    "record {sequence}, or one before it, was rewritten with its hash after it was signed"
                )
            }
            Flaw::Removed => write!(f, "record {sequence} was removed"),
            Flaw::Reordered => {
                write!(f, "record {sequence} was reordered: another record is in its position")
            }
            Flaw::Truncated => write!(f, "record {sequence} and all after it were removed"),
            Flaw::BadSignature => write!(f, "the checkpoint at record {sequence} was not signed by its key"),
            Flaw::Unsigned => write!(f, "record {sequence} has no signature"),
            Flaw::UnknownKey(key) => {
                write!(
                    f,
                    "the checkpoint at record {sequence} was signed with the key {key}, which is not trusted"
                )
            }
        }?;
        write!(f, " (chain {chain}")?;
        match self.id {
            Some(id) => write!(f, ", id {id})"),
            None => f.write_str(")"),
        }
    }
}

/// Checks a chain from its first record, or from the stub of the pruned ones, to its end.
///
/// Only checkpoints signed with a trusted key count: anyone can generate a key.
pub fn verify(
    evidence: &Evidence<'_>,
    trusted: &[PublicKey],
    checker: &dyn Checker,
) -> Result<Sound, Finding> {
    let check = ChainCheck { evidence, checker };
    for checkpoint in evidence.checkpoints {
        let flaw = if checkpoint.chain != evidence.chain || !checkpoint.is_signed(checker) {
            Flaw::BadSignature
        } else if trusted.contains(&checkpoint.key) {
            continue;
        } else {
            Flaw::UnknownKey(checkpoint.key)
        };
        return Err(check.finding(checkpoint.sequence, flaw));
    }
    let pruned = evidence.checkpoints.iter().filter(|one| one.kind == CheckpointKind::Pruned);
    let start = pruned.max_by_key(|stub| stub.sequence).map(position_of);
    let start = start.unwrap_or(Position { sequence: 0, hash: Hash::NONE });
    let end = check.check_records(start)?;
    let signed = evidence.checkpoints.iter().map(position_of);
    let mut known: Vec<Position> = signed.chain(evidence.ends.iter().copied()).collect();
    known.sort_unstable_by_key(|known| known.sequence);
    for known in known {
        check.compare(start, end, known)?;
    }
    Ok(Sound {
        records: evidence.records.len(),
        checkpoints: evidence.checkpoints.len(),
        end,
        signed: evidence.checkpoints.iter().map(|one| one.sequence).max().unwrap_or(0),
    })
}

struct ChainCheck<'a> {
    evidence: &'a Evidence<'a>,
    checker: &'a dyn Checker,
}

impl ChainCheck<'_> {
    /// Checks each record; returns the last one's position.
    fn check_records(&self, start: Position) -> Result<Position, Finding> {
        let mut last = start;
        for (at, record) in self.evidence.records.iter().enumerate() {
            let expected = last.sequence + 1;
            let flaw = if record.entry.chain != self.evidence.chain {
                Some(Flaw::Edited)
            } else if record.sequence != expected {
                let elsewhere = self.evidence.records.iter().any(|other| other.sequence == expected);
                let earlier = record.sequence < expected;
                Some(if elsewhere || earlier { Flaw::Reordered } else { Flaw::Removed })
            } else if self.hash(record) != record.hash {
                // A record whose hash is right for its own sequence number was moved, not edited.
                Some(if self.is_elsewhere(at, last) { Flaw::Reordered } else { Flaw::Edited })
            } else if record.previous != last.hash {
                Some(Flaw::Rewritten)
            } else {
                None
            };
            if let Some(flaw) = flaw {
                return Err(self.finding(expected, flaw));
            }
            last = Position { sequence: expected, hash: record.hash };
        }
        Ok(last)
    }

    /// Whether the successor of the last record exists in another position.
    fn is_elsewhere(&self, at: usize, last: Position) -> bool {
        let others = self.evidence.records.iter().enumerate().filter(|(other, _)| *other != at);
        others.into_iter().any(|(_, other)| {
            let mut moved = other.clone();
            moved.sequence = last.sequence + 1;
            other.previous == last.hash && other.sequence != moved.sequence && self.hash(&moved) == other.hash
        })
    }

    /// Compares a position known from another source with the records found.
    fn compare(&self, start: Position, end: Position, known: Position) -> Result<(), Finding> {
        let found = if known.sequence == start.sequence {
            Some(start.hash)
        } else {
            // An untrusted sequence number may have any value.
            usize::try_from(known.sequence.saturating_sub(start.sequence).saturating_sub(1))
                .ok()
                .and_then(|at| self.evidence.records.get(at))
                .map(|record| record.hash)
        };
        match found {
            Some(hash) if hash == known.hash => Ok(()),
            Some(_) => Err(self.finding(known.sequence, Flaw::Rewritten)),
            // Records pruned in the meantime can't be compared; the signed stub covers them.
            None if known.sequence < start.sequence => Ok(()),
            None => Err(self.finding(end.sequence + 1, Flaw::Truncated)),
        }
    }

    fn hash(&self, record: &Record) -> Hash {
        self.checker.hash(record.canonical().as_bytes())
    }

    fn finding(&self, sequence: i64, flaw: Flaw) -> Finding {
        let record = self.evidence.records.iter().find(|record| record.sequence == sequence);
        Finding { chain: self.evidence.chain, sequence, id: record.map(|record| record.entry.id), flaw }
    }
}

fn position_of(checkpoint: &Checkpoint) -> Position {
    Position { sequence: checkpoint.sequence, hash: checkpoint.hash }
}
