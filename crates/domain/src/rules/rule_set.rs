//! A project's enabled rules, compiled.

use crate::body::Truth;
use crate::condition::{self, BadCondition};
use crate::facts::Facts;
use crate::hold;
use crate::id::{AgentId, RuleId};
use crate::method::{Method, Methods, NamedMethods};
use crate::pattern::{BadHostPattern, BadPathPattern, HostPattern, PathPattern};
use crate::rate::{HIGHEST_LIMIT, RateLimit};
use crate::rule::{Action, Rule};

use super::HostIndex;
use super::host_index::first_segment;

/// A project's enabled rules, compiled into an index: what doesn't concern a request costs it nothing.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    index: HostIndex,
}

#[derive(Debug)]
struct Compiled {
    id: RuleId,
    name: Box<str>,
    host: HostPattern,
    path: Option<PathPattern>,
    methods: Option<Methods>,
    agent: Option<AgentId>,
    action: Action,
    rate: Option<RateLimit>,
    approval_timeout: u32,
    ignore_case: bool,
    conditions: Box<[condition::Test]>,
}

/// A rule that matched.
#[derive(Clone, Copy, Debug)]
pub struct RuleView<'a> {
    /// Its id.
    pub id: RuleId,
    /// Its name.
    pub name: &'a str,
    /// What it does.
    pub action: Action,
    /// With `rate_limit`: how many requests may pass.
    pub rate: Option<RateLimit>,
    /// With `manual_approval`: how many seconds a request waits.
    pub approval_timeout: u32,
    /// Whether its conditions hold. Where that can't be read for certain, it counts as matching for what refuses, holds
    /// or counts, and as not matching for what allows.
    pub holds: Truth,
    /// Its conditions.
    pub conditions: &'a [condition::Test],
}

/// Checks a rule's patterns before it is stored.
pub fn check(host_pattern: &str, path_pattern: Option<&str>) -> Result<(), BadRule> {
    HostPattern::read(host_pattern)?;
    if let Some(pattern) = path_pattern {
        PathPattern::read(pattern)?;
    }
    Ok(())
}

/// Checks a rule's rate and time before it is stored: only `rate_limit` has a rate, only `manual_approval` a time.
pub fn check_action(rule: &Rule) -> Result<(), BadRule> {
    match (rule.action, rule.rate) {
        (Action::RateLimit, Some(rate)) if (1..=HIGHEST_LIMIT).contains(&rate.limit) => {}
        (Action::RateLimit, Some(_)) => return Err(BadRule::Limit),
        (Action::RateLimit, None) => return Err(BadRule::NoRate),
        (Action::Block | Action::Allow | Action::ManualApproval, None) => {}
        (Action::Block | Action::Allow | Action::ManualApproval, Some(_)) => {
            return Err(BadRule::RateWithout(rule.action.as_str()));
        }
    }
    match (rule.action, rule.approval_timeout) {
        (_, None) => Ok(()),
        (Action::ManualApproval, Some(seconds)) if hold::SECONDS.contains(&seconds) => Ok(()),
        (Action::ManualApproval, Some(_)) => Err(BadRule::Timeout),
        (Action::Block | Action::Allow | Action::RateLimit, Some(_)) => {
            Err(BadRule::TimeoutWithout(rule.action.as_str()))
        }
    }
}

/// Why a rule can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// Its host pattern is none.
    #[error(transparent)]
    Host(#[from] BadHostPattern),
    /// Its path pattern is none.
    #[error(transparent)]
    Path(#[from] BadPathPattern),
    /// One of its conditions is none.
    #[error(transparent)]
    Condition(#[from] BadCondition),
    /// Its limit is out of range.
    #[error("a rate limit is a whole number from 1 to 1,000,000")]
    Limit,
    /// It limits the rate, and doesn't say to what.
    #[error(
        "the action \"rate_limit\" needs \"rateLimit\" (1 to 1,000,000) and \"rateLimitWindow\" (minute, hour or day)"
    )]
    NoRate,
    /// It says a rate, and does something else.
    #[error("a rate limit goes with the action \"rate_limit\", not with \"{0}\"")]
    RateWithout(&'static str),
    /// Its time to decide is out of range.
    #[error("the time to decide is a whole number of seconds from 10 to 86,400")]
    Timeout,
    /// It says a time to decide, and does something else.
    #[error("\"approvalTimeoutSeconds\" goes with the action \"manual_approval\", not with \"{0}\"")]
    TimeoutWithout(&'static str),
}

impl RuleSet {
    /// Compiles the enabled ones of these rules. The order in which they come makes no difference.
    pub fn compile<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Result<Self, BadRule> {
        let mut set = Self::default();
        for rule in rules.into_iter().filter(|rule| rule.enabled) {
            check_action(rule)?;
            let host = HostPattern::read(&rule.host_pattern)?;
            let path = rule.path_pattern.as_deref().map(PathPattern::read).transpose()?.flatten();
            let pinned =
                path.as_ref().filter(|_| !rule.case_insensitive).and_then(PathPattern::first_literal);
            set.index.insert(&host, pinned, set.rules.len() as u32);
            set.rules.push(Compiled {
                id: rule.id,
                name: rule.name.as_str().into(),
                host,
                path,
                methods: rule.methods,
                agent: rule.agent,
                action: rule.action,
                rate: rule.rate,
                approval_timeout: rule.approval_timeout.unwrap_or(hold::DEFAULT_SECONDS),
                ignore_case: rule.case_insensitive,
                conditions: condition::compile(&rule.conditions)?,
            });
        }
        Ok(set)
    }

    /// How many rules take part.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether none takes part.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Shows each rule that matches a request.
    pub fn for_each_match<'a>(&'a self, facts: &Facts<'_>, mut see: impl FnMut(RuleView<'a>)) {
        let path = facts.target.path.matching();
        let alias = facts.alias_path();
        let bare = facts.target.path.without_parameters();
        let named = facts.methods();
        let look = |entry: u32| {
            let Some(rule) = self.rules.get(entry as usize).filter(|rule| rule.is_of(facts)) else { return };
            let mut holds = rule.means_either(path, bare.as_deref()).and(|| rule.has_method(named));
            if holds == Truth::No && rule.could_mean(facts) {
                holds = Truth::Doubtful.and(|| rule.has_method(named));
            }
            if holds == Truth::No && alias.as_deref().is_some_and(|alias| rule.means(alias)) {
                // The push that is announced will be a POST.
                let announces = rule.methods.is_none_or(|methods| methods.contains(Method::Post));
                holds = if announces { Truth::Yes } else { rule.has_method(named) };
            }
            let holds = holds.and(|| condition::ask_all(&rule.conditions, facts));
            if holds != Truth::No {
                see(rule.view(holds));
            }
        };
        match bare.as_deref().or(facts.target.path.cut_short()) {
            None if facts.target.path.doubt().is_none() => {
                self.index.offer(&facts.target.host, first_segment(path), look);
            }
            None | Some(_) => self.index.offer_host(&facts.target.host, look),
        }
    }

    /// Shows each rule that could concern something within a tunnel to this host: whatever its path and method,
    /// since nobody sees those. Says of each whether it concerns everything within.
    pub fn for_each_within<'a>(&'a self, facts: &Facts<'_>, mut see: impl FnMut(RuleView<'a>, bool)) {
        self.index.offer_host(&facts.target.host, |entry| {
            if let Some(rule) = self.rules.get(entry as usize)
                && rule.agent.is_none_or(|agent| agent == facts.agent)
                && rule.host.matches(&facts.target.host, facts.target.port)
            {
                let everything = rule.path.is_none() && rule.methods.is_none() && rule.conditions.is_empty();
                see(rule.view(Truth::Yes), everything);
            }
        });
    }

    /// Whether any block or approval rule with a path of its own concerns this agent, method and host:
    /// then a path that can be read in two ways can't be judged.
    pub fn depends_on_path(&self, facts: &Facts<'_>) -> bool {
        let named = facts.methods();
        let mut depends = false;
        self.index.offer_host(&facts.target.host, |entry| {
            depends = depends
                || self.rules.get(entry as usize).is_some_and(|rule| {
                    matches!(rule.action, Action::Block | Action::ManualApproval)
                        && rule.path.is_some()
                        && rule.is_of(facts)
                        && rule.has_method(named) != Truth::No
                });
        });
        depends
    }
}

impl Compiled {
    /// Whether it is for this agent and host.
    fn is_of(&self, facts: &Facts<'_>) -> bool {
        self.agent.is_none_or(|agent| agent == facts.agent)
            && self.host.matches(&facts.target.host, facts.target.port)
    }

    fn has_method(&self, named: NamedMethods) -> Truth {
        self.methods.map_or(Truth::Yes, |methods| named.within(methods))
    }

    fn means(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|pattern| pattern.matches(path, self.ignore_case))
    }

    /// Whether it means a path of which some servers see less: in doubt where it means one of the two alone.
    fn means_either(&self, path: &str, bare: Option<&str>) -> Truth {
        match (self.means(path), bare.map(|bare| self.means(bare))) {
            (true, None | Some(true)) => Truth::Yes,
            (true, Some(false)) if self.path.as_ref().is_some_and(PathPattern::names_parameters) => {
                Truth::Yes
            }
            (true, Some(false)) | (false, Some(true)) => Truth::Doubtful,
            (false, None | Some(false)) => Truth::No,
        }
    }

    /// Whether a server could take the path for one that it means: by cutting it short, or, where a limit counts, by
    /// reading what is doubtful in its own way. Other rules refuse a doubtful path altogether.
    fn could_mean(&self, facts: &Facts<'_>) -> bool {
        let path = &facts.target.path;
        path.cut_short().is_some_and(|short| self.means(short))
            || self.action == Action::RateLimit
                && path.doubt().is_some()
                && self.path.as_ref().is_some_and(|pattern| pattern.could_match(path))
    }

    fn view(&self, holds: Truth) -> RuleView<'_> {
        RuleView {
            id: self.id,
            name: &self.name,
            action: self.action,
            rate: self.rate,
            approval_timeout: self.approval_timeout,
            holds,
            conditions: &self.conditions,
        }
    }
}
