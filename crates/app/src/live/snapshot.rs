//! The data read by the hot path: one immutable snapshot, replaced on every change.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::{ArcSwap, Guard};
use onecli_domain::agent::SecretMode;
use onecli_domain::approval::CompiledGrant;
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::Policy;
use onecli_domain::facts::Access;
use onecli_domain::id::{AgentId, ProjectId, RuleId, SecretId};
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Rule;
use onecli_domain::rules::RuleSet;
use onecli_domain::sealed::Sealed;
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;
use onecli_store::Store;
use onecli_store::snapshot::ProjectRows;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use tokio::sync::{Mutex, watch};

use crate::error::Error;

/// The current snapshot, and how it is renewed.
pub struct Live {
    store: Store,
    snapshot: ArcSwap<Snapshot>,
    /// Serialises renewals, so that a slow one can't replace newer data with older.
    renewing: Mutex<()>,
    /// The number of renewals.
    renewed: watch::Sender<u64>,
    /// The generation of the newest policy.
    generation: AtomicU64,
    /// Each agent's count of requests, which every snapshot shares.
    requests: std::sync::Mutex<FxHashMap<AgentId, Arc<AtomicUsize>>>,
}

/// Everything needed to decide a request.
#[derive(Debug, Default)]
pub struct Snapshot {
    agents: FxHashMap<TokenHash, Arc<AgentEntry>>,
    projects: FxHashMap<ProjectId, Arc<ProjectEntry>>,
}

/// An agent, as needed by the hot path.
#[derive(Debug)]
pub struct AgentEntry {
    /// The hash of its token.
    pub token: TokenHash,
    /// Its id.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub identifier: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Its project.
    pub project: Arc<ProjectEntry>,
    /// How many of its requests are in progress in this process. Outlives the snapshot.
    pub requests: Arc<AtomicUsize>,
    mode: SecretMode,
    granted: FxHashSet<SecretId>,
}

/// A project, as needed by the hot path.
#[derive(Debug)]
pub struct ProjectEntry {
    /// Its id.
    pub id: ProjectId,
    /// Its compiled rules and secrets. Private: others call `App::decide`, which takes approvals only from the store.
    pub(crate) policy: Policy,
    /// Approval grants, including used-up ones.
    pub granted: Vec<CompiledGrant>,
    secrets: FxHashMap<SecretId, SealedSecret>,
    agents: Vec<TokenHash>,
    /// A hash of what each enabled rule matches and does, to detect changes.
    rules: FxHashMap<RuleId, u64>,
}

/// A secret's sealed values.
#[derive(Debug)]
pub struct SealedSecret {
    /// Its name, for messages.
    pub name: Box<str>,
    /// The current value and its version.
    pub value: (Sealed, u32),
    /// The previous value, its version, and when it stops being a fallback.
    pub previous: Option<(Sealed, u32, Timestamp)>,
}

impl AgentEntry {
    /// The secrets that it may use.
    pub fn access(&self) -> Access<'_> {
        match self.mode {
            SecretMode::All => Access::All,
            SecretMode::Selective => Access::Selective(&self.granted),
        }
    }
}

impl ProjectEntry {
    /// A secret's sealed values.
    pub fn secret(&self, id: SecretId) -> Option<&SealedSecret> {
        self.secrets.get(&id)
    }

    /// Whether a rule is enabled, and matches and does the same, in both snapshots.
    pub(crate) fn has_same_rule(&self, other: &Self, id: RuleId) -> bool {
        let own = self.rules.get(&id);
        own.is_some() && own == other.rules.get(&id)
    }
}

impl Snapshot {
    /// The agent with a token.
    pub fn agent(&self, token: &TokenHash) -> Option<&Arc<AgentEntry>> {
        self.agents.get(token)
    }

    /// An agent of a project by its id.
    pub fn agent_by_id(&self, project: ProjectId, id: AgentId) -> Option<&Arc<AgentEntry>> {
        let project = self.projects.get(&project)?;
        project.agents.iter().filter_map(|token| self.agents.get(token)).find(|agent| agent.id == id)
    }

    /// A project.
    pub fn project(&self, id: ProjectId) -> Option<&Arc<ProjectEntry>> {
        self.projects.get(&id)
    }
}

impl Live {
    /// Loads everything from the store.
    pub async fn start(store: Store) -> Result<Self, Error> {
        let live = Self {
            store,
            snapshot: ArcSwap::default(),
            renewing: Mutex::new(()),
            renewed: watch::Sender::new(0),
            generation: AtomicU64::new(0),
            requests: std::sync::Mutex::default(),
        };
        live.refresh_all().await?;
        Ok(live)
    }

    /// The current snapshot. Callers must not hold it for longer than one request.
    pub fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.snapshot.load()
    }

    /// Reloads a project. After it returns, every new request sees the change.
    pub async fn refresh(&self, project: ProjectId) -> Result<(), Error> {
        let _one = self.renewing.lock().await;
        let rows = self.store.snapshot().load(project).await?;
        let old = self.snapshot.load();
        let mut next = Snapshot { agents: old.agents.clone(), projects: old.projects.clone() };
        if let Some(gone) = next.projects.remove(&project) {
            for token in &gone.agents {
                next.agents.remove(token);
            }
        }
        if let Some(rows) = rows {
            next.add(rows, self.next_generation(), |agent| self.requests_of(agent));
        }
        self.replace(next);
        Ok(())
    }

    fn replace(&self, next: Snapshot) {
        self.snapshot.store(Arc::new(next));
        self.renewed.send_modify(|count| *count += 1);
    }

    /// Notifies of each replacement from now on. Check the current snapshot after subscribing.
    pub fn renewals(&self) -> watch::Receiver<u64> {
        self.renewed.subscribe()
    }

    /// Returns once a token is no longer valid.
    pub async fn until_revoked(&self, token: &TokenHash) {
        let mut renewals = self.renewals();
        while self.snapshot().agent(token).is_some_and(|agent| !agent.suspended) {
            if renewals.changed().await.is_err() {
                return;
            }
        }
    }

    fn requests_of(&self, agent: AgentId) -> Arc<AtomicUsize> {
        let mut counts = self.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(counts.entry(agent).or_default())
    }

    fn next_generation(&self) -> u64 {
        self.generation.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Reloads all projects.
    pub async fn refresh_all(&self) -> Result<(), Error> {
        let _one = self.renewing.lock().await;
        let mut next = Snapshot::default();
        for rows in self.store.snapshot().load_all().await? {
            next.add(rows, self.next_generation(), |agent| self.requests_of(agent));
        }
        self.replace(next);
        Ok(())
    }
}

impl Snapshot {
    fn add(&mut self, rows: ProjectRows, generation: u64, requests_of: impl Fn(AgentId) -> Arc<AtomicUsize>) {
        let policy = compile(&rows, generation);
        let rules = rows.rules.iter().filter(|rule| rule.enabled).map(|rule| (rule.id, hash(rule))).collect();
        let mut granted: FxHashMap<AgentId, FxHashSet<SecretId>> = FxHashMap::default();
        for (agent, secret) in rows.grants {
            granted.entry(agent).or_default().insert(secret);
        }
        let secrets = rows.secrets.into_iter().map(|stored| {
            let grace = stored.secret.grace_until;
            let sealed = SealedSecret {
                name: stored.secret.name.into(),
                value: (stored.sealed, stored.secret.value_version),
                previous: stored
                    .previous
                    .zip(grace)
                    .map(|((sealed, version), until)| (sealed, version, until)),
            };
            (stored.secret.id, sealed)
        });
        let project = Arc::new(ProjectEntry {
            id: rows.project.id,
            policy,
            granted: rows.approval_grants.into_iter().filter_map(CompiledGrant::of).collect(),
            secrets: secrets.collect(),
            agents: rows.agents.iter().map(|agent| agent.token_hash).collect(),
            rules,
        });
        for agent in rows.agents {
            let entry = AgentEntry {
                token: agent.token_hash,
                id: agent.id,
                name: agent.name,
                identifier: agent.identifier,
                suspended: agent.suspended_at.is_some(),
                project: Arc::clone(&project),
                requests: requests_of(agent.id),
                mode: agent.secret_mode,
                granted: granted.remove(&agent.id).unwrap_or_default(),
            };
            self.agents.insert(agent.token_hash, Arc::new(entry));
        }
        self.projects.insert(project.id, project);
    }
}

/// Compiles a project's policy. Stored data was validated before. If a row is damaged nevertheless, a secret is
/// omitted, but a damaged rule makes the project refuse all requests, since it must not be bypassed.
fn compile(rows: &ProjectRows, generation: u64) -> Policy {
    let usable = rows.secrets.iter().map(|stored| &stored.secret).filter(|secret| {
        onecli_domain::credentials::check(secret)
            .inspect_err(
                |error| tracing::error!(secret = %secret.id, %error, "a stored secret can't be used"),
            )
            .is_ok()
    });
    let credentials = CredentialTable::compile(usable).unwrap_or_default();
    match RuleSet::compile(&rows.rules) {
        Ok(rules) => Policy { mode: rows.project.policy_mode, rules, credentials, generation },
        Err(error) => {
            tracing::error!(project = %rows.project.id, %error, "a stored rule can't be read; all its requests are refused until it is repaired");
            Policy { mode: PolicyMode::Deny, rules: RuleSet::default(), credentials, generation }
        }
    }
}

/// A hash of which requests a rule matches and what it does with them. Its name, rate and timeout are left out.
fn hash(rule: &Rule) -> u64 {
    let Rule { host_pattern, path_pattern, methods, agent, action, case_insensitive, conditions, .. } = rule;
    let mut hasher = FxHasher::default();
    format!("{:?}", (host_pattern, path_pattern, methods, agent, action, case_insensitive, conditions))
        .hash(&mut hasher);
    hasher.finish()
}
