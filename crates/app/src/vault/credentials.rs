//! Credentials: secrets in the clear, opened with a permit, for one request.

use std::sync::Arc;

use onecli_domain::id::SecretId;
use onecli_domain::injection::Injection;
use onecli_domain::placeholder::Placeholder;
use onecli_domain::sealed::{AssociatedData, Sealed};
use onecli_domain::verdict::Permit;
use onecli_store::keys::SealedColumn;
use onecli_vault::Plaintext;
use smallvec::{SmallVec, smallvec};

use crate::app::App;
use crate::live::snapshot::{AgentEntry, ProjectEntry, SealedSecret};

/// The secrets that one request goes out with, in the clear. Wiped when they go.
pub struct Credentials(SmallVec<[Credential; 2]>);

/// One secret in the clear, and how it goes into the request.
pub struct Credential {
    injection: Option<Arc<Injection>>,
    placeholder: Option<Arc<Placeholder>>,
    values: Values,
}

/// What a source gives: one value, or several that belong together, such as a cloud key's id, secret and session.
type Values = SmallVec<[Plaintext; 1]>;

/// Where a credential's values come from.
enum Source<'a> {
    /// A value that somebody stored.
    Sealed(&'a Sealed, AssociatedData<'static>),
}

/// Which of a secret's values is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// The one that it has.
    Current,
    /// The one that a recent rotation replaced, where there is one: what to try when an upstream doesn't know the new
    /// one yet.
    Previous,
}

/// Why credentials don't open. The request must not go out without them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Something changed since the permit was given: the request has to be decided again.
    #[error("the permit is older than the rules, the secrets or the agent as they are now")]
    Outdated,
    /// A value can't be had.
    #[error("the secret \"{name}\" can't be opened")]
    Unavailable {
        /// The secret's name.
        name: String,
    },
}

impl Credentials {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.0.iter()
    }
}

impl Credential {
    /// How it is put into the request by its configuration; none where only its placeholder is replaced.
    pub fn injection(&self) -> Option<&Injection> {
        self.injection.as_deref()
    }

    /// The placeholder to replace, where the secret is read from.
    pub fn placeholder(&self) -> Option<&Placeholder> {
        self.placeholder.as_deref()
    }

    /// The value; of several, the first.
    pub fn value(&self) -> &[u8] {
        self.values.first().map_or(&[], Plaintext::as_bytes)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.iter().map(Plaintext::as_bytes)
    }
}

impl App {
    /// Opens what a permit names: the only way to a secret's value, and only a decision makes a permit. One that was
    /// given before something changed opens nothing.
    pub async fn open(
        &self,
        agent: &AgentEntry,
        permit: &Permit,
        revision: Revision,
    ) -> Result<Credentials, OpenError> {
        let agent = self.current(agent, permit).ok_or(OpenError::Outdated)?;
        let mut out = SmallVec::new();
        for used in permit.uses() {
            let secret = agent.project.secret(used.secret);
            let source = secret.map(|secret| self.source(&agent.project, used.secret, secret, revision));
            let values = match source {
                Some(source) => self.read_source(source, used.secret).await,
                None => None,
            };
            let values = values.ok_or_else(|| OpenError::Unavailable {
                name: secret.map_or_else(|| used.secret.to_string(), |secret| secret.name.to_string()),
            })?;
            out.push(Credential {
                injection: used.injection.clone(),
                placeholder: used.placeholder.clone(),
                values,
            });
        }
        Ok(Credentials(out))
    }

    /// Whether any of a permit's secrets has a value that a recent rotation replaced.
    pub fn has_previous(&self, agent: &AgentEntry, permit: &Permit) -> bool {
        let uses = permit.uses().iter();
        let mut secrets = uses.filter_map(|used| agent.project.secret(used.secret));
        secrets.any(|secret| self.previous(secret).is_some())
    }

    /// The agent as it is now, if a permit of its is still worth something.
    fn current(&self, agent: &AgentEntry, permit: &Permit) -> Option<Arc<AgentEntry>> {
        let now = self.agent(&agent.token)?;
        (!now.suspended && now.project.policy.generation == permit.generation()).then_some(now)
    }

    fn previous<'a>(&self, secret: &'a SealedSecret) -> Option<(&'a Sealed, u32)> {
        let (sealed, version, until) = secret.previous.as_ref()?;
        (*until > self.now()).then_some((sealed, *version))
    }

    fn source<'a>(
        &self,
        project: &ProjectEntry,
        id: SecretId,
        secret: &'a SealedSecret,
        revision: Revision,
    ) -> Source<'a> {
        let previous = if revision == Revision::Previous { self.previous(secret) } else { None };
        let (sealed, version) = previous.unwrap_or((&secret.value.0, secret.value.1));
        Source::Sealed(sealed, associated_data(project, id, version))
    }

    #[expect(clippy::unused_async, reason = "sources that have to be asked for their values take time")]
    async fn read_source(&self, source: Source<'_>, id: SecretId) -> Option<Values> {
        match source {
            Source::Sealed(sealed, associated_data) => {
                let opened = self.vault().open(&associated_data, sealed);
                let opened = opened
                    .inspect_err(|error| tracing::error!(secret = %id, %error, "a secret can't be opened"));
                Some(smallvec![opened.ok()?])
            }
        }
    }
}

fn associated_data(project: &ProjectEntry, secret: SecretId, version: u32) -> AssociatedData<'static> {
    AssociatedData {
        project: project.id.0,
        record: secret.0,
        column: SealedColumn::SecretValue.name(),
        version,
    }
}
