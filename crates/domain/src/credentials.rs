//! The credential table: which secrets a request would go out with.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::facts::Facts;
use crate::id::SecretId;
use crate::injection::{BadInjection, Injection, PathTemplate, Place, Slot};
use crate::path::Doubt;
use crate::pattern::{BadHostPattern, BadPathPattern, HostPattern, PathPattern};
use crate::placeholder::{Placeholder, each_parameter, read_basic};
use crate::placeholder_index::PlaceholderIndex;
use crate::rules::HostIndex;
use crate::secret::{InjectionConfig, Secret, SecretKind};
use crate::target::Scheme;

/// A project's secrets, compiled: by host, and by placeholder.
#[derive(Debug, Default)]
pub struct CredentialTable {
    entries: Vec<Entry>,
    index: HostIndex,
    placeholders: PlaceholderIndex,
}

#[derive(Debug)]
struct Entry {
    id: SecretId,
    name: Box<str>,
    hosts: Hosts,
    path: Option<PathPattern>,
    injection: Arc<Injection>,
    /// Where some of the hosts take it in another way, the first that fits counts.
    overrides: Overrides,
    allow_plaintext: bool,
    placeholder: Arc<Placeholder>,
    created_at: i64,
}

type Hosts = SmallVec<[HostPattern; 1]>;
type Overrides = Vec<(Hosts, Arc<Injection>)>;
type HostRank = (bool, usize, bool);

/// Orders secrets: the greatest wins. Host before path before age.
type Rank = (HostRank, Option<(bool, usize, usize)>, i64, SecretId);

/// A secret that fits a request: how narrowly, its number, and how it is injected.
type Fitting<'a> = (Rank, u32, &'a Entry, &'a Arc<Injection>);

/// One secret that a request goes out with.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// Which.
    pub secret: SecretId,
    /// Whether it is put in by its configuration, and how.
    pub injection: Option<Arc<Injection>>,
    /// The placeholder to replace by the value, where the secret is read from.
    pub placeholder: Option<Arc<Placeholder>>,
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
    /// It has no host pattern, or too many.
    #[error("a secret has 1 to {MOST_HOSTS} host patterns")]
    HostCount,
    /// One of its host patterns is none.
    #[error("`{0}`: {1}")]
    Host(String, BadHostPattern),
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
            for host in &entry.hosts {
                table.index.insert(host, None, at);
            }
            table.entries.push(entry);
        }
        table.placeholders = PlaceholderIndex::of(table.entries.iter().map(|entry| entry.placeholder.text()));
        Ok(table)
    }

    /// Which secrets a request goes out with, the most specific first.
    pub fn choose(&self, facts: &Facts<'_>) -> Result<SecretUses, UseError> {
        let mut fitting: SmallVec<[Fitting<'_>; 4]> = SmallVec::new();
        self.index.offer_host(&facts.target.host, |at| {
            if let Some(entry) = self.entries.get(at as usize)
                && let Some(rank) = entry.rank(facts)
                && let Some(injection) = entry.injection_for(facts)
                // It is offered for each of its patterns.
                && fitting.iter().all(|(_, other, ..)| *other != at)
            {
                fitting.push((rank, at, entry, injection));
            }
        });
        fitting.sort_unstable_by_key(|(rank, ..)| std::cmp::Reverse(*rank));

        let mut uses = SecretUses::new();
        let mut taken: SmallVec<[Slot<'_>; 4]> = SmallVec::new();
        for (_, _, entry, injection) in &fitting {
            let slots = injection.slots();
            if !slots.is_empty() && !slots.iter().any(|slot| taken.contains(slot)) {
                taken.extend(slots);
                uses.push(SecretUse {
                    secret: entry.id,
                    injection: Some(Arc::clone(injection)),
                    placeholder: None,
                });
            }
        }
        self.add_placeholders(facts, &mut uses)?;
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
                && entry.rank(facts).is_some()
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
                && entry.host_rank(facts).is_some()
                && facts.access.includes(entry.id)
                && (entry.injections(facts).any(|injection| !injection.slots().is_empty())
                    || self.holds_placeholder(at, facts))
            {
                found = entry.path_doubt(facts);
            }
        });
        found
    }

    fn holds_placeholder(&self, of: u32, facts: &Facts<'_>) -> bool {
        let mut held = false;
        self.each_placeholder(facts, &mut |at, _| held |= at == of);
        held
    }

    /// Shows each placeholder in the headers and the query, and the place that holds it.
    fn each_placeholder(&self, facts: &Facts<'_>, see: &mut dyn FnMut(u32, Place<'_>)) {
        if self.placeholders.is_empty() {
            return;
        }
        let mut look = |place: Place<'_>, bytes: &[u8]| {
            self.placeholders.find(bytes, &mut |at| see(at, place));
        };
        facts.headers.each_header(&mut |name, value| {
            look(Place::Header(name), value);
            if name == "authorization"
                && let Some(pair) = read_basic(value)
            {
                look(Place::Header(name), &pair);
            }
        });
        if let Some(query) = &facts.target.query {
            each_parameter(query, &mut |name, pair| look(Place::Parameter(name), pair));
        }
    }

    /// Adds the secrets whose placeholders the agent put where they are read from. A placeholder that is bound for a host
    /// of another is misuse, unless injection replaces the header or parameter that holds it.
    fn add_placeholders(&self, facts: &Facts<'_>, uses: &mut SecretUses) -> Result<(), UseError> {
        let injected = uses.len();
        let mut misused: Option<u32> = None;
        self.each_placeholder(facts, &mut |at, place| {
            let Some(entry) = self.entries.get(at as usize) else { return };
            let mut injections = uses.iter().take(injected).filter_map(|used| used.injection.as_deref());
            if injections.any(|injection| injection.replaces(place)) {
                return;
            }
            if entry.rank(facts).is_none() {
                misused.get_or_insert(at);
            } else if entry.placeholder.is_read_from(place) {
                entry.add_placeholder(uses);
            }
        });
        match misused.and_then(|at| self.entries.get(at as usize)) {
            Some(entry) => Err(UseError::Misuse(entry.id, entry.name.clone())),
            None => Ok(()),
        }
    }
}

impl Entry {
    fn compile(secret: &Secret) -> Result<Self, BadSecret> {
        if secret.host_patterns.is_empty() || secret.host_patterns.len() > MOST_HOSTS {
            return Err(BadSecret::HostCount);
        }
        let read = |text: &String| {
            HostPattern::read_narrow(text)
                .map_err(|bad| BadSecret::Host(text.trim().chars().take(80).collect(), bad))
        };
        let hosts = secret.host_patterns.iter().map(read).collect::<Result<Hosts, _>>()?;
        let path = secret.path_pattern.as_deref().map(PathPattern::read).transpose()?.flatten();
        let injection = Arc::new(secret.injection()?);
        let overrides = match secret.kind {
            SecretKind::Generic => compile_overrides(&hosts, &secret.config)?,
            SecretKind::Anthropic | SecretKind::OpenAi => Vec::new(),
        };
        let injections = std::iter::once(&*injection).chain(overrides.iter().map(|(_, other)| &**other));
        Ok(Self {
            id: secret.id,
            name: secret.name.as_str().into(),
            placeholder: Arc::new(Placeholder::of(secret, injections)),
            hosts,
            path,
            injection,
            overrides,
            allow_plaintext: secret.allow_plaintext,
            created_at: secret.created_at.micros(),
        })
    }

    /// The ways in which the secret may go into a request to this host, the first that fits the path counts.
    fn injections(&self, facts: &Facts<'_>) -> impl Iterator<Item = &Arc<Injection>> {
        let (host, port) = (&facts.target.host, facts.target.port);
        let own =
            self.overrides.iter().filter(move |(hosts, _)| hosts.iter().any(|it| it.matches(host, port)));
        own.map(|(_, injection)| injection).chain([&self.injection])
    }

    /// How the secret goes into a request to one of its hosts, if it does.
    fn injection_for(&self, facts: &Facts<'_>) -> Option<&Arc<Injection>> {
        let path = &facts.target.path;
        self.injections(facts).find(|injection| {
            template_of(injection).is_none_or(|it| it.fits(path.matching()) && it.fits(path.sent()))
        })
    }

    fn path_doubt(&self, facts: &Facts<'_>) -> Option<Doubt> {
        let path = &facts.target.path;
        let templates = self.injections(facts).filter_map(|it| template_of(it)).map(PathTemplate::pattern);
        let mut patterns = self.path.iter().chain(templates);
        match path.doubt() {
            Some(doubt) => patterns.any(|pattern| pattern.could_match(path)).then_some(doubt),
            None => patterns.any(|pattern| pattern.depends_on_reading(path)).then_some(Doubt::Parameter),
        }
    }

    /// How narrowly the secret means a request's host; none if it isn't for that host.
    fn host_rank(&self, facts: &Facts<'_>) -> Option<HostRank> {
        let fitting = self.hosts.iter().filter(|host| host.matches(&facts.target.host, facts.target.port));
        fitting.map(HostPattern::specificity).max()
    }

    /// How narrowly the secret means a request; none if it isn't for that host or path, or not for that agent.
    fn rank(&self, facts: &Facts<'_>) -> Option<Rank> {
        let path = &facts.target.path;
        let host = self.host_rank(facts)?;
        let fits = facts.access.includes(self.id)
            && self.path.as_ref().is_none_or(|pattern| {
                // A path that upstreams could read in two ways must fit both.
                pattern.matches(path.matching(), false)
                    && (path.doubt().is_none() || pattern.matches(path.sent(), false))
            });
        fits.then(|| (host, self.path.as_ref().map(PathPattern::specificity), self.created_at, self.id))
    }

    fn add_placeholder(&self, uses: &mut SecretUses) {
        let placeholder = Some(Arc::clone(&self.placeholder));
        match uses.iter_mut().find(|used| used.secret == self.id) {
            Some(used) => used.placeholder = placeholder,
            None => uses.push(SecretUse { secret: self.id, injection: None, placeholder }),
        }
    }
}

fn template_of(injection: &Injection) -> Option<&PathTemplate> {
    match injection {
        Injection::Path(template) => Some(template),
        Injection::Anthropic(_)
        | Injection::OpenAi
        | Injection::Header { .. }
        | Injection::Query { .. }
        | Injection::Placeholder => None,
    }
}

fn compile_overrides(own: &[HostPattern], config: &InjectionConfig) -> Result<Overrides, BadInjection> {
    if config.overrides().len() > MOST_HOSTS {
        return Err(BadInjection::ManyOverrides);
    }
    let mut out = Vec::with_capacity(config.overrides().len());
    for one in config.overrides() {
        if one.host_patterns.is_empty() || one.host_patterns.len() > MOST_HOSTS {
            return Err(BadInjection::OverrideHosts);
        }
        let mut hosts = SmallVec::new();
        for text in &one.host_patterns {
            let shown = || text.trim().chars().take(80).collect::<String>();
            let host =
                HostPattern::read_narrow(text).map_err(|bad| BadInjection::OverrideHost(shown(), bad))?;
            if !own.iter().any(|pattern| pattern.covers(&host)) {
                return Err(BadInjection::OverrideElsewhere(shown()));
            }
            hosts.push(host);
        }
        let injection = Injection::read(SecretKind::Generic, &one.config())?;
        if injection == Injection::Placeholder {
            return Err(BadInjection::OverrideNothing);
        }
        out.push((hosts, Arc::new(injection)));
    }
    Ok(out)
}

/// How many hosts a secret has at most, and how many overrides.
pub const MOST_HOSTS: usize = 20;

#[cfg(test)]
mod tests;
