//! The audit log: listing, verifying and exporting recorded changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use onecli_domain::audit::{
    AuditFilter, Checkpoint, CheckpointSigner, Evidence, Finding, Flaw, Position, PublicKey, Record, Sound,
    verify,
};
use onecli_domain::id::{AuditId, ChainId, ProjectId};
use onecli_store::audit::ChainCopy;
use onecli_store::{Config as StoreConfig, Store};
use onecli_vault::audit_key::AuditChecker;
use serde_json::Value;

use crate::app::App;
use crate::audit::checkpoint::{Files, trusted_keys};
use crate::error::Error;

/// Result of verifying chains.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    /// The intact chains.
    pub sound: Vec<(ChainId, Sound)>,
    /// The first bad record; if several chains have one, that of the first such chain.
    pub first_bad: Option<Finding>,
}

impl Verification {
    /// The number of records in intact chains.
    pub fn records(&self) -> usize {
        self.sound.iter().map(|(_, sound)| sound.records).sum()
    }

    /// The number of checkpoints of intact chains.
    pub fn checkpoints(&self) -> usize {
        self.sound.iter().map(|(_, sound)| sound.checkpoints).sum()
    }

    fn add(&mut self, chain: ChainId, outcome: Result<Sound, Finding>) {
        match outcome {
            Ok(sound) => self.sound.push((chain, sound)),
            Err(finding) => {
                self.first_bad.get_or_insert(finding);
            }
        }
    }
}

impl App {
    /// Records of a project and of the installation that match a filter, newest first.
    pub async fn list_audit(
        &self,
        project: ProjectId,
        filter: &AuditFilter,
        limit: u32,
        before: Option<AuditId>,
    ) -> Result<Vec<Record>, Error> {
        Ok(self.store().audit().list(chains_of(project), filter, limit, before).await?)
    }

    /// Verifies the chains of a project and of the installation. The keys of all gateways on
    /// the database are trusted.
    pub async fn verify_audit(&self, project: ProjectId) -> Result<Verification, Error> {
        let mut trusted = trusted_keys(self.store(), self.vault()).await?;
        trusted.push(self.signer().key());
        let seen = Files::of(&self.config().audit.folder).read_seen()?;
        check_chains(self.store(), chains_of(project), &seen, trusted).await
    }

    /// The chains of a project and of the installation as JSON lines: all checkpoints, including a new one,
    /// then all records. In this order, a truncated file visibly lacks records covered by a checkpoint.
    pub async fn export_audit(&self, project: ProjectId) -> Result<String, Error> {
        let (mut signed, mut records) = (String::new(), String::new());
        for chain in chains_of(project) {
            self.store().audit().sign(chain, self.signer(), self.now()).await?;
            let copy = self.store().audit().copy(chain).await?;
            copy.checkpoints.iter().for_each(|one| push_line(&mut signed, &one.line()));
            copy.records.iter().for_each(|one| push_line(&mut records, &one.line()));
        }
        Ok(signed + &records)
    }
}

/// The public key of the key file in a folder, if there is one.
pub fn public_key(folder: &Path) -> Result<Option<PublicKey>, Error> {
    Ok(Files::of(folder).read_key()?.map(|key| key.key()))
}

/// Verifies all chains of a database, without a server. Also uses the chain ends stored in this gateway's folder.
pub async fn verify_store(
    config: &StoreConfig,
    folder: &Path,
    trusted: Vec<PublicKey>,
) -> Result<Verification, Error> {
    let seen = Files::of(folder).read_seen()?;
    let store = Store::open(config).await?;
    let chains: BTreeSet<ChainId> =
        store.audit().chains().await?.into_iter().chain(seen.keys().copied()).collect();
    let checked = check_chains(&store, chains, &seen, trusted).await;
    store.close().await;
    checked
}

/// Verifies an export.
pub fn verify_export(text: &str, trusted: &[PublicKey]) -> Verification {
    let mut chains: BTreeMap<ChainId, ChainCopy> = BTreeMap::new();
    let mut verification = Verification::default();
    let copy = |chain| ChainCopy { chain, records: Vec::new(), checkpoints: Vec::new(), head: None };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(record) = Record::read(&value) {
            let chain = record.entry.chain;
            chains.entry(chain).or_insert_with(|| copy(chain)).records.push(record);
        } else if let Some(checkpoint) = Checkpoint::read(&value) {
            let chain = checkpoint.chain;
            chains.entry(chain).or_insert_with(|| copy(chain)).checkpoints.push(checkpoint);
        } else {
            verification.first_bad.get_or_insert(unreadable(&value));
        }
    }
    for (chain, copy) in &chains {
        // An export is signed to its end, so records beyond the last checkpoint may be forged.
        let outcome = check_chain(copy, &[], trusted).and_then(|sound| {
            let beyond = copy.records.iter().find(|record| record.sequence > sound.signed);
            beyond.map_or(Ok(sound), |record| {
                let (sequence, id) = (record.sequence, Some(record.entry.id));
                Err(Finding { chain: *chain, sequence, id, flaw: Flaw::Unsigned })
            })
        });
        verification.add(*chain, outcome);
    }
    verification
}

async fn check_chains(
    store: &Store,
    chains: impl IntoIterator<Item = ChainId>,
    seen: &BTreeMap<ChainId, Position>,
    trusted: Vec<PublicKey>,
) -> Result<Verification, Error> {
    let mut verification = Verification::default();
    let trusted: Arc<[PublicKey]> = trusted.into();
    for chain in chains {
        let copy = store.audit().copy(chain).await?;
        let (seen, trusted) = (seen.get(&chain).copied(), Arc::clone(&trusted));
        // Hashing a long chain takes a while, so not on an async thread.
        let check = move || check_chain(&copy, seen.as_slice(), &trusted);
        let outcome = tokio::task::spawn_blocking(check).await;
        let outcome = outcome.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        verification.add(chain, outcome);
    }
    Ok(verification)
}

fn check_chain(copy: &ChainCopy, seen: &[Position], trusted: &[PublicKey]) -> Result<Sound, Finding> {
    let ends: Vec<Position> = copy.head.into_iter().chain(seen.iter().copied()).collect();
    let evidence =
        Evidence { chain: copy.chain, records: &copy.records, checkpoints: &copy.checkpoints, ends: &ends };
    verify(&evidence, trusted, &AuditChecker)
}

/// A finding for a line that is neither record nor checkpoint, with as much as can be read from it.
fn unreadable(line: &Value) -> Finding {
    let chain = line.get("chain").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let id = line.get("id").and_then(Value::as_str).and_then(|text| text.parse().ok());
    let sequence = line.get("sequence").and_then(Value::as_i64).unwrap_or_default();
    Finding { chain: chain.unwrap_or(ChainId::INSTALLATION), sequence, id, flaw: Flaw::Edited }
}

fn chains_of(project: ProjectId) -> [ChainId; 2] {
    [ChainId::INSTALLATION, project.into()]
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
