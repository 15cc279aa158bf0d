//! Credentials: secrets in the clear, opened with a grant, for one request.

use std::sync::Arc;

use onecli_domain::id::SecretId;
use onecli_domain::injection::Injection;
use onecli_domain::sealed::{AssociatedData, Sealed};
use onecli_domain::verdict::Permit;
use onecli_store::keys::SealedColumn;
use onecli_vault::Plaintext;
use smallvec::SmallVec;

use crate::app::App;
use crate::live::snapshot::{AgentEntry, ProjectEntry};

/// The secrets that one request goes out with, in the clear. Wiped when they go.
pub struct Credentials(SmallVec<[Credential; 2]>);

/// One secret in the clear, and how it goes into the request.
pub struct Credential {
    injection: Option<Arc<Injection>>,
    placeholder: Option<Arc<str>>,
    value: Plaintext,
}

/// A credential can't be opened: the request must not go out without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret \"{name}\" can't be opened")]
pub struct Unavailable {
    /// The secret's name.
    pub name: String,
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

    /// The placeholder to replace.
    pub fn placeholder(&self) -> Option<&str> {
        self.placeholder.as_deref()
    }

    /// The value.
    pub fn value(&self) -> &[u8] {
        self.value.as_bytes()
    }
}

impl App {
    /// Opens what a grant names: the only way to a secret's value, and only a decision makes a grant.
    pub fn open(&self, agent: &AgentEntry, grant: &Permit) -> Result<Credentials, Unavailable> {
        self.open_with(agent, grant, |secret| secret.map(|secret| (&secret.value.0, secret.value.1)))
    }

    /// Opens the values that a recent rotation replaced, where any of the grant's secrets has one:
    /// what to try when an upstream doesn't know the new value yet.
    pub fn open_previous(&self, agent: &AgentEntry, grant: &Permit) -> Option<Credentials> {
        let now = self.now();
        let previous = |id| {
            let secret = agent.project.secret(id)?;
            secret.previous.as_ref().filter(|(_, _, until)| *until > now)
        };
        if !grant.uses().iter().any(|used| previous(used.secret).is_some()) {
            return None;
        }
        let opened = self.open_with(agent, grant, |secret| {
            let secret = secret?;
            Some(match &secret.previous {
                Some((sealed, version, until)) if *until > now => (sealed, *version),
                Some(_) | None => (&secret.value.0, secret.value.1),
            })
        });
        opened.ok()
    }

    fn open_with<'a>(
        &self,
        agent: &'a AgentEntry,
        grant: &Permit,
        pick: impl Fn(Option<&'a crate::live::snapshot::SealedSecret>) -> Option<(&'a Sealed, u32)>,
    ) -> Result<Credentials, Unavailable> {
        let mut out = SmallVec::new();
        for used in grant.uses() {
            let secret = agent.project.secret(used.secret);
            let unavailable = || Unavailable {
                name: secret.map_or_else(|| used.secret.to_string(), |s| s.name.to_string()),
            };
            let (sealed, version) = pick(secret).ok_or_else(unavailable)?;
            let value = self
                .vault()
                .open(&place(&agent.project, used.secret, version), sealed)
                .inspect_err(
                    |error| tracing::error!(secret = %used.secret, %error, "a secret can't be opened"),
                )
                .map_err(|_| unavailable())?;
            out.push(Credential {
                injection: used.injection.clone(),
                placeholder: used.placeholder.clone(),
                value,
            });
        }
        Ok(Credentials(out))
    }
}

fn place(project: &ProjectEntry, secret: SecretId, version: u32) -> AssociatedData<'static> {
    AssociatedData {
        project: project.id.0,
        record: secret.0,
        column: SealedColumn::SecretValue.name(),
        version,
    }
}
