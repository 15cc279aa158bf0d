//! The credential table: which secrets a request would go out with.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::SecretId;
use crate::injection::{BadInjection, Injection, Slot};
use crate::path::{Doubt, Path};
use crate::pattern::{BadHostPattern, BadPathPattern, HostPattern, PathPattern};
use crate::placeholder::{self, PlaceholderMark};
use crate::rules::HostIndex;
use crate::secret::Secret;
use crate::target::Scheme;

/// A project's secrets, compiled: by host, and by placeholder.
#[derive(Debug, Default)]
pub struct CredentialTable {
    entries: Vec<Entry>,
    index: HostIndex,
    by_placeholder: FxHashMap<PlaceholderMark, u32>,
}

#[derive(Debug)]
struct Entry {
    id: SecretId,
    name: Box<str>,
    host: HostPattern,
    path: Option<PathPattern>,
    injection: Arc<Injection>,
    allow_plaintext: bool,
    placeholder: Arc<str>,
    /// Orders secrets: the greatest wins. Host before path before age.
    rank: Rank,
}

type Rank = ((bool, usize, bool), Option<(bool, usize, usize)>, i64, SecretId);

/// One secret that a request goes out with.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// Which.
    pub secret: SecretId,
    /// Whether it is put in by its configuration, and how.
    pub injection: Option<Arc<Injection>>,
    /// The placeholder to replace by the value wherever the agent put it.
    pub placeholder: Option<Arc<str>>,
}

/// The secrets that a request goes out with: usually none or one.
pub type SecretUses = SmallVec<[SecretUse; 2]>;

/// Why secrets can't go out with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UseError {
    /// They would go over plain HTTP, and this one must not.
    Plaintext(SecretId, Box<str>),
    /// The agent put a secret's placeholder where the secret doesn't belong, or holds one that isn't its own.
    Misuse(SecretId, Box<str>),
}

/// Why a stored secret can't be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Its host pattern is none.
    #[error(transparent)]
    Host(#[from] BadHostPattern),
    /// Its path pattern is none.
    #[error(transparent)]
    Path(#[from] BadPathPattern),
    /// Its injection is none.
    #[error(transparent)]
    Injection(#[from] BadInjection),
}

/// Checks a secret's patterns and configuration before it is stored.
pub fn check(secret: &Secret) -> Result<(), BadSecret> {
    Entry::compile(secret).map(|_| ())
}

impl CredentialTable {
    /// Compiles a project's secrets.
    pub fn compile<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Result<Self, BadSecret> {
        let mut table = Self::default();
        for secret in secrets {
            let entry = Entry::compile(secret)?;
            let at = table.entries.len() as u32;
            table.index.insert(&entry.host, None, at);
            if let Some(mark) = placeholder::mark_of(&secret.placeholder) {
                table.by_placeholder.insert(mark, at);
            }
            table.entries.push(entry);
        }
        Ok(table)
    }

    /// Which secrets a request goes out with, the most specific first.
    pub fn choose(&self, facts: &Facts<'_>) -> Result<SecretUses, UseError> {
        let mut fitting: SmallVec<[&Entry; 4]> = SmallVec::new();
        self.index.offer_host(&facts.target.host, |at| {
            if let Some(entry) = self.entries.get(at as usize)
                && entry.fits(facts)
            {
                fitting.push(entry);
            }
        });
        fitting.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.rank));

        let mut uses = SecretUses::new();
        let mut taken: SmallVec<[Slot<'_>; 4]> = SmallVec::new();
        for entry in &fitting {
            let slots = entry.injection.slots();
            if !slots.is_empty() && !slots.iter().any(|slot| taken.contains(slot)) {
                taken.extend(slots);
                uses.push(SecretUse {
                    secret: entry.id,
                    injection: Some(Arc::clone(&entry.injection)),
                    placeholder: None,
                });
            }
        }
        for mark in &facts.placeholders {
            self.add_placeholder(*mark, facts, &mut uses)?;
        }
        if facts.target.scheme == Scheme::Http {
            for used in &uses {
                if let Some(entry) =
                    self.entries.iter().find(|entry| entry.id == used.secret && !entry.allow_plaintext)
                {
                    return Err(UseError::Plaintext(entry.id, entry.name.clone()));
                }
            }
        }
        Ok(uses)
    }

    /// Whether a secret may still go where it went: it is there, belongs to the target, and the agent may use it.
    pub fn still_covers(&self, secret: SecretId, facts: &Facts<'_>) -> bool {
        self.entries.iter().any(|entry| {
            entry.id == secret
                && entry.fits_placeholder(facts)
                && (entry.allow_plaintext || facts.target.scheme != Scheme::Http)
        })
    }

    /// Why it is uncertain whether the request is one that a secret is for, if it is: the path can be read in several ways,
    /// and the secret's path pattern covers one of them. Such a request must not go out, with the secret or without.
    pub fn path_doubt(&self, facts: &Facts<'_>) -> Option<Doubt> {
        let path = &facts.target.path;
        if path.doubt().is_none() && path.without_parameters().is_none() && path.cut_short().is_none() {
            return None;
        }
        let mut found = None;
        self.index.offer_host(&facts.target.host, |at| {
            if found.is_none()
                && let Some(entry) = self.entries.get(at as usize)
                && entry.host.matches(&facts.target.host, facts.target.port)
                && facts.access.includes(entry.id)
                && self.could_use(at, facts)
            {
                found = entry.path_doubt(path);
            }
        });
        found
    }

    /// Whether a secret would go out with a request whose path it is for.
    fn could_use(&self, at: u32, facts: &Facts<'_>) -> bool {
        let is_injected =
            self.entries.get(at as usize).is_some_and(|entry| !entry.injection.slots().is_empty());
        is_injected || facts.placeholders.iter().any(|mark| self.by_placeholder.get(mark) == Some(&at))
    }

    /// The placeholder's secret, where the mark is one of this project's.
    fn add_placeholder(
        &self,
        mark: PlaceholderMark,
        facts: &Facts<'_>,
        uses: &mut SecretUses,
    ) -> Result<(), UseError> {
        let Some(entry) = self.by_placeholder.get(&mark).and_then(|at| self.entries.get(*at as usize)) else {
            return Ok(());
        };
        if !entry.fits_placeholder(facts) {
            return Err(UseError::Misuse(entry.id, entry.name.clone()));
        }
        match uses.iter_mut().find(|used| used.secret == entry.id) {
            Some(used) => used.placeholder = Some(Arc::clone(&entry.placeholder)),
            None => uses.push(SecretUse {
                secret: entry.id,
                injection: None,
                placeholder: Some(Arc::clone(&entry.placeholder)),
            }),
        }
        Ok(())
    }
}

impl Entry {
    fn compile(secret: &Secret) -> Result<Self, BadSecret> {
        let host = HostPattern::read_narrow(&secret.host_pattern)?;
        let path = secret.path_pattern.as_deref().map(PathPattern::read).transpose()?.flatten();
        let rank = (
            host.specificity(),
            path.as_ref().map(PathPattern::specificity),
            secret.created_at.micros(),
            secret.id,
        );
        Ok(Self {
            id: secret.id,
            name: secret.name.as_str().into(),
            host,
            path,
            injection: Arc::new(secret.injection()?),
            allow_plaintext: secret.allow_plaintext,
            placeholder: secret.placeholder.as_str().into(),
            rank,
        })
    }

    fn fits(&self, facts: &Facts<'_>) -> bool {
        let sent = facts.target.path.sent();
        self.fits_placeholder(facts)
            && match &*self.injection {
                Injection::Path(template) => {
                    template.fits(facts.target.path.matching()) && template.fits(sent)
                }
                Injection::Anthropic(_)
                | Injection::OpenAi
                | Injection::Header { .. }
                | Injection::Query { .. }
                | Injection::Placeholder => true,
            }
    }

    fn path_doubt(&self, path: &Path) -> Option<Doubt> {
        let template = match &*self.injection {
            Injection::Path(template) => Some(template.pattern()),
            Injection::Anthropic(_)
            | Injection::OpenAi
            | Injection::Header { .. }
            | Injection::Query { .. }
            | Injection::Placeholder => None,
        };
        let mut patterns = self.path.iter().chain(template);
        match path.doubt() {
            Some(doubt) => patterns.any(|pattern| pattern.could_match(path)).then_some(doubt),
            None => patterns.any(|pattern| pattern.depends_on_reading(path)).then_some(Doubt::Parameter),
        }
    }

    fn fits_placeholder(&self, facts: &Facts<'_>) -> bool {
        let path = &facts.target.path;
        self.host.matches(&facts.target.host, facts.target.port)
            && facts.access.includes(self.id)
            && self.path.as_ref().is_none_or(|pattern| {
                // A path that upstreams could read in two ways must fit both.
                pattern.matches(path.matching(), false)
                    && (path.doubt().is_none() || pattern.matches(path.sent(), false))
            })
    }
}
