//! The app: a cheap handle that offers all use cases.

use std::sync::Arc;

use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::approval::ApprovalState;
use onecli_domain::audit::{Actor, CheckpointSigner, Target};
use onecli_domain::id::{ActivityId, AgentId, ApiKeyId, ApprovalId, ChainId, ProjectId, UserId};
use onecli_domain::person::{ApiKey, User};
use onecli_domain::project::{PolicyMode, Project};
use onecli_domain::sealed::AssociatedData;
use onecli_domain::time::Timestamp;
use onecli_store::keys::SealedColumn;
use onecli_store::users::FirstRun;
use onecli_store::{Change, Store};
use onecli_vault::audit_key::AuditKey;
use onecli_vault::{Plaintext, Vault, token};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::audit::change::{self, AuditedChange};
use crate::audit::checkpoint::{self, Files};
use crate::audit::view;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::housekeeping;
use crate::live::holds::Holds;
use crate::live::recorder::{RecordSlot, Recorder, Stopped};
use crate::live::snapshot::Live;
use crate::startup::authority::Authority;
use crate::startup::sealed_setting;
use crate::startup::unlock::unlock;

/// All use cases, and the actor on whose behalf they run. Clones share one state.
#[derive(Clone)]
pub struct App(Arc<Inner>, Option<Arc<Actor>>);

struct Inner {
    store: Store,
    vault: Vault,
    live: Arc<Live>,
    recorder: Recorder,
    holds: Arc<Holds>,
    hold_key: Plaintext,
    clock: Clock,
    authority: Authority,
    signer: Arc<AuditKey>,
    config: Config,
    tasks: Vec<JoinHandle<()>>,
}

/// A newly started app.
pub struct Started {
    /// The app.
    pub app: App,
    /// The owner's API key, only on the very first start; it can't be retrieved later.
    pub first_api_key: Option<Plaintext>,
}

impl App {
    /// Opens the store and the vault; on first start creates all that a single user needs.
    pub async fn start(config: Config, clock: Clock) -> Result<Started, Error> {
        let store = Store::open(&config.store).await?;
        let vault = unlock(&store, &config.root, clock.now()).await?;
        let signer = Arc::new(Files::of(&config.audit.folder).load_or_create_key()?);
        checkpoint::publish_key(&store, &vault, &*signer).await?;
        let first_api_key = first_run(&store, &vault, &config.place, &signer, clock.now()).await?;
        let authority = Authority::open_or_create(&store, &vault, config.new_authority, clock.now()).await?;
        let random = || Ok(Plaintext::from_vec(token::random_bytes::<32>()?.to_vec()));
        let hold_key = sealed_setting::open_or_create(&store, &vault, "hold_key", random).await?;
        // Subscribe before loading, so that no change is missed.
        let mut changes = store.changes();
        let live = Arc::new(Live::start(store.clone()).await?);
        let recorder = Recorder::start(store.clone());
        let (holds, given_up) = Holds::new(config.holds);
        let holds = Arc::new(holds);
        // Requests that this gateway held when it was killed: if sent again, they get their decision.
        store.approvals().interrupt_all(&config.place).await?;
        let follow = {
            let (store, vault) = (store.clone(), vault.clone());
            let (live, holds) = (Arc::clone(&live), Arc::clone(&holds));
            tokio::spawn(async move {
                loop {
                    follow_change(changes.next().await, &store, &vault, &live, &holds).await;
                }
            })
        };
        let cancel =
            tokio::spawn(cancel_abandoned(given_up, store.clone(), clock.clone(), Arc::clone(&holds)));
        let cleanup = tokio::spawn(housekeeping::remove_expired(store.clone(), clock.clone()));
        let audit = (store.clone(), clock.clone(), Arc::clone(&signer), config.audit.clone());
        let audit = tokio::spawn(housekeeping::maintain_audit_log(audit.0, audit.1, audit.2, audit.3));
        let tasks = vec![follow, cancel, cleanup, audit];
        let inner =
            Inner { store, vault, live, recorder, holds, hold_key, clock, authority, signer, config, tasks };
        let app = Self(Arc::new(inner), None);
        app.resume_rotation().await?;
        Ok(Started { app, first_api_key })
    }

    /// The same app on behalf of an actor: changes are recorded as theirs.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self(Arc::clone(&self.0), Some(Arc::new(actor)))
    }

    /// The store, which records this change in the transaction of the next write that takes effect.
    pub(crate) fn audited(&self, change: AuditedChange) -> Store {
        self.store().audited(change.note(self.actor(), self.now(), self.0.signer.clone()))
    }

    /// Records that the caller was refused something. Nothing else changes, so this is a transaction of its own.
    pub async fn record_refusal(
        &self,
        action: &'static str,
        target: Target,
        reason: &str,
    ) -> Result<(), Error> {
        let change = AuditedChange::new(ChainId::INSTALLATION, action, target).refused(reason);
        Ok(self.audited(change).audit().append().await?)
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The key of the hash that recognises a held request when it is sent again.
    pub(crate) fn hold_key(&self) -> &Plaintext {
        &self.0.hold_key
    }

    /// The gateway's certificate authority.
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// A new id for an activity record.
    pub fn new_activity_id(&self) -> ActivityId {
        ActivityId(Uuid::now_v7())
    }

    /// Random bytes.
    pub fn random_bytes<const N: usize>(&self) -> Result<[u8; N], Error> {
        Ok(token::random_bytes()?)
    }

    /// Takes a slot in the queue of activity; waits while it is full.
    pub async fn reserve(&self) -> Result<RecordSlot, Stopped> {
        self.0.recorder.reserve().await
    }

    /// The activity recorder.
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// The snapshot used to decide requests.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// The requests that wait for a decision.
    pub fn holds(&self) -> &Holds {
        &self.0.holds
    }

    /// Makes every waiting request check again for a decision and for its timeout.
    pub fn look_at_holds(&self) {
        self.0.holds.tell_all();
    }

    /// The folder for large bodies of held requests.
    pub fn spool_folder(&self) -> &std::path::Path {
        &self.0.config.spool
    }

    /// Checks that the database responds.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.0.store.ping().await?)
    }

    /// Writes all pending records and closes the store.
    pub async fn shutdown(&self) {
        self.0.recorder.flush().await;
        for task in &self.0.tasks {
            task.abort();
        }
        let Inner { store, signer, config, .. } = &*self.0;
        if let Err(error) = checkpoint::sign_all(store, &**signer, &config.audit.folder, self.now()).await {
            tracing::warn!(%error, "the audit log could not be signed up to its end; the next start will retry");
        }
        store.close().await;
    }

    /// The signer of the audit log.
    pub(crate) fn signer(&self) -> &AuditKey {
        &self.0.signer
    }

    pub(crate) fn actor(&self) -> Actor {
        self.1.as_deref().cloned().unwrap_or_else(Actor::system)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }
}

async fn follow_change(change: Change, store: &Store, vault: &Vault, live: &Live, holds: &Holds) {
    let outcome = async {
        match change {
            Change::Project(project) => live.refresh(project).await,
            Change::Keys => adopt(store, vault).await,
            Change::Approval(project, id) => {
                holds.tell(project, id);
                Ok(())
            }
            Change::Everything => {
                holds.tell_all();
                adopt(store, vault).await?;
                live.refresh_all().await
            }
        }
    };
    let outcome: Result<(), Error> = outcome.await;
    if let Err(error) = outcome {
        tracing::error!(%error, "a change made by another gateway could not be applied");
    }
}

async fn adopt(store: &Store, vault: &Vault) -> Result<(), Error> {
    Ok(vault.adopt(&store.keys().list().await?)?)
}

/// Cancels the holds of agents that closed the connection.
async fn cancel_abandoned(
    mut given_up: mpsc::UnboundedReceiver<(ProjectId, ApprovalId)>,
    store: Store,
    clock: Clock,
    holds: Arc<Holds>,
) {
    while let Some((project, id)) = given_up.recv().await {
        let ended = store.approvals().end(project, id, ApprovalState::Cancelled, clock.now()).await;
        if let Err(error) = ended {
            // It stays until it expires; a decision about it has no effect.
            tracing::error!(%error, approval = %id, "an agent closed the connection, but its held request can't be cancelled");
        }
        holds.tell(project, id);
    }
}

/// Creates the owner, a project, its default agent and a key for the local command line, if there are no people yet.
async fn first_run(
    store: &Store,
    vault: &Vault,
    place: &str,
    signer: &Arc<AuditKey>,
    now: Timestamp,
) -> Result<Option<Plaintext>, Error> {
    if !store.users().list().await?.is_empty() {
        return Ok(None);
    }
    let project = Project {
        id: ProjectId(Uuid::now_v7()),
        name: "Default".into(),
        policy_mode: PolicyMode::Allow,
        created_at: now,
    };
    let user = User {
        id: UserId(Uuid::now_v7()),
        email: "owner@localhost".into(),
        name: "Owner".into(),
        default_project: project.id,
        created_at: now,
    };
    let (agent, token) = new_agent(vault, project.id, "Default Agent", "default", true, now)?;
    let (key, api_key) = new_api_key(user.id, &local_key(place), now)?;
    let change = AuditedChange::new(
        ChainId::INSTALLATION,
        "installation.create",
        change::target("person", user.id, &user.name),
    )
    .after(json!({ "project": view::project(&project), "agent": view::agent(&agent) }));
    let store =
        store.audited(change.note(Actor::system(), now, Arc::clone(signer) as Arc<dyn CheckpointSigner>));
    let made = store.first_run(&FirstRun { user, project, agent, token, api_key }).await?;
    Ok(made.then_some(key))
}

/// A new agent and its sealed token.
pub(crate) fn new_agent(
    vault: &Vault,
    project: ProjectId,
    name: &str,
    identifier: &str,
    is_default: bool,
    now: Timestamp,
) -> Result<(Agent, onecli_domain::sealed::Sealed), Error> {
    let (token, token_hash) = token::new_agent_token()?;
    let agent = Agent {
        id: AgentId(Uuid::now_v7()),
        project,
        name: name.to_owned(),
        identifier: identifier.to_owned(),
        parent: None,
        is_default,
        secret_mode: SecretMode::All,
        suspended_at: None,
        token_hash,
        token_version: 1,
        created_at: now,
        last_seen_at: None,
        request_count: 0,
    };
    let sealed = vault.seal(&token_associated_data(&agent), token.as_bytes())?;
    Ok((agent, sealed))
}

/// The associated data of an agent's sealed token.
pub(crate) fn token_associated_data(agent: &Agent) -> AssociatedData<'static> {
    AssociatedData {
        project: agent.project.0,
        record: agent.id.0,
        column: SealedColumn::AgentToken.name(),
        version: agent.token_version,
    }
}

/// A new API key and its stored form.
pub(crate) fn new_api_key(user: UserId, name: &str, now: Timestamp) -> Result<(Plaintext, ApiKey), Error> {
    let (key, hash) = token::new_api_key()?;
    let text = key.as_str().unwrap_or_default();
    let preview = format!(
        "{}••••••••{}",
        text.get(..7).unwrap_or_default(),
        text.get(text.len().saturating_sub(4)..).unwrap_or_default()
    );
    let stored = ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        user,
        name: name.to_owned(),
        preview,
        hash,
        created_at: now,
        last_used_at: None,
    };
    Ok((key, stored))
}

/// The name of the local command line's API key. One per `place`, so that a second gateway doesn't replace the first's.
pub(crate) fn local_key(place: &str) -> String {
    format!("Command line at {place}")
}
