//! The credential table: which secrets a request would go out with.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::SecretId;
use crate::injection::{BadInjection, Injection, Slot};
use crate::pattern::{BadHostPattern, BadPathPattern, HostPattern, PathPattern};
use crate::rules::HostIndex;
use crate::secret::Secret;
use crate::stand_in::{self, StandInMark};
use crate::target::Scheme;

/// A project's secrets, compiled: by host, and by stand-in.
#[derive(Debug, Default)]
pub struct CredentialTable {
    entries: Vec<Entry>,
    index: HostIndex,
    by_stand_in: FxHashMap<StandInMark, u32>,
}

#[derive(Debug)]
struct Entry {
    id: SecretId,
    name: Box<str>,
    host: HostPattern,
    path: Option<PathPattern>,
    injection: Arc<Injection>,
    allow_plaintext: bool,
    stand_in: Arc<str>,
    /// Orders secrets: the greatest wins. Host before path before age.
    rank: Rank,
}

type Rank = ((bool, usize, bool), Option<(bool, usize, usize)>, i64, SecretId);

/// One secret that a request goes out with.
#[derive(Clone, Debug)]
pub struct Use {
    /// Which.
    pub secret: SecretId,
    /// Whether it is put in by its configuration, and how.
    pub injection: Option<Arc<Injection>>,
    /// The stand-in to replace by the value wherever the agent put it.
    pub stand_in: Option<Arc<str>>,
}

/// The secrets that a request goes out with: usually none or one.
pub type Uses = SmallVec<[Use; 2]>;

/// Why secrets can't go out with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoUse {
    /// They would go over plain HTTP, and this one must not.
    Plaintext(SecretId, Box<str>),
    /// The agent put a secret's stand-in where the secret doesn't belong, or holds one that isn't its own.
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
            if let Some(mark) = stand_in::mark_of(&secret.stand_in) {
                table.by_stand_in.insert(mark, at);
            }
            table.entries.push(entry);
        }
        Ok(table)
    }

    /// Which secrets a request goes out with, the most specific first.
    pub fn choose(&self, facts: &Facts<'_>) -> Result<Uses, NoUse> {
        let mut fitting: SmallVec<[&Entry; 4]> = SmallVec::new();
        self.index.offer_host(&facts.target.host, |at| {
            if let Some(entry) = self.entries.get(at as usize)
                && entry.fits(facts)
            {
                fitting.push(entry);
            }
        });
        fitting.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.rank));

        let mut uses = Uses::new();
        let mut taken: SmallVec<[Slot<'_>; 4]> = SmallVec::new();
        for entry in &fitting {
            let slots = entry.injection.slots();
            if !slots.is_empty() && !slots.iter().any(|slot| taken.contains(slot)) {
                taken.extend(slots);
                uses.push(Use {
                    secret: entry.id,
                    injection: Some(Arc::clone(&entry.injection)),
                    stand_in: None,
                });
            }
        }
        for mark in &facts.stand_ins {
            self.add_stand_in(*mark, facts, &mut uses)?;
        }
        if facts.target.scheme == Scheme::Http {
            for used in &uses {
                if let Some(entry) =
                    self.entries.iter().find(|entry| entry.id == used.secret && !entry.allow_plaintext)
                {
                    return Err(NoUse::Plaintext(entry.id, entry.name.clone()));
                }
            }
        }
        Ok(uses)
    }

    /// The stand-in's secret, where the mark is one of this project's.
    fn add_stand_in(&self, mark: StandInMark, facts: &Facts<'_>, uses: &mut Uses) -> Result<(), NoUse> {
        let Some(entry) = self.by_stand_in.get(&mark).and_then(|at| self.entries.get(*at as usize)) else {
            return Ok(());
        };
        if !entry.fits_stand_in(facts) {
            return Err(NoUse::Misuse(entry.id, entry.name.clone()));
        }
        match uses.iter_mut().find(|used| used.secret == entry.id) {
            Some(used) => used.stand_in = Some(Arc::clone(&entry.stand_in)),
            None => uses.push(Use {
                secret: entry.id,
                injection: None,
                stand_in: Some(Arc::clone(&entry.stand_in)),
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
            stand_in: secret.stand_in.as_str().into(),
            rank,
        })
    }

    fn fits(&self, facts: &Facts<'_>) -> bool {
        let sent = facts.target.path.sent();
        self.fits_stand_in(facts)
            && match &*self.injection {
                Injection::Path(template) => {
                    template.fits(facts.target.path.matching()) && template.fits(sent)
                }
                Injection::Anthropic(_)
                | Injection::OpenAi
                | Injection::Header { .. }
                | Injection::Query { .. }
                | Injection::StandIn => true,
            }
    }

    fn fits_stand_in(&self, facts: &Facts<'_>) -> bool {
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
