//! Replay: which recorded requests would get another verdict from other rules.

use std::collections::HashMap;

use onecli_domain::activity::{Activity, ActivityFilter, Protocol, VerdictKind};
use onecli_domain::body::{Body, Content};
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::Policy;
use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::host::read_authority;
use onecli_domain::id::{ProjectId, RuleId};
use onecli_domain::path::Path;
use onecli_domain::project::PolicyMode;
use onecli_domain::replay::{Outcome, Replayed, UnknownHeaders, replay};
use onecli_domain::rule::Rule;
use onecli_domain::rules::RuleSet;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use smallvec::SmallVec;

use crate::app::App;
use crate::error::Error;
use crate::policy::rules::NewRule;

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// From when on requests were looked at.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// How many were looked at.
    pub requests: usize,
    /// How many get the same verdict.
    pub unchanged: usize,
    /// How many get another.
    pub changed: usize,
    /// Of how many the record doesn't tell.
    pub unknown: usize,
    /// How many are no requests that rules judge, such as tunnels that are passed through.
    pub skipped: usize,
    /// Whether there were more than are looked at; then the newest were.
    pub truncated: bool,
    /// How often each rule of the set matches, in the set's order.
    pub tallies: Vec<Tally>,
    /// The newest of those that change or are unknown.
    pub examples: Vec<Changed>,
}

/// How often a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The rule's name.
    pub name: String,
    /// How many requests it matches for certain.
    pub matched: usize,
    /// Of how many the record doesn't tell.
    pub unknown: usize,
}

/// A request whose verdict changes, or may change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Its record.
    pub activity: Activity,
    /// What the rules of now say; none where the record doesn't tell.
    pub before: Option<Outcome>,
    /// What the other rules say.
    pub after: Option<Outcome>,
    /// Names of those of the other rules that match for certain.
    pub matched: Vec<String>,
    /// Names of those of which the record doesn't tell whether they match.
    pub unknown: Vec<String>,
}

/// Rules as replay compares them.
struct Side {
    policy: Policy,
    rules: Vec<Rule>,
    /// Where each rule stands among them.
    places: HashMap<RuleId, usize>,
}

impl App {
    /// Says what other rules (and another mode) would say to the requests of the last days. What can't be known from
    /// the records is said to be unknown.
    pub async fn replay(
        &self,
        project: ProjectId,
        set: Vec<NewRule>,
        mode: Option<PolicyMode>,
        days: u32,
    ) -> Result<Replay, Error> {
        let own_mode =
            self.store().projects().fetch(project).await?.ok_or(Error::NotFound("project"))?.policy_mode;
        let before = Side::of(self.list_rules(project).await?, own_mode)?;
        let mut rules = Vec::with_capacity(set.len());
        for new in set {
            rules.push(self.new_rule(project, new).await?);
        }
        let after = Side::of(rules, mode.unwrap_or(own_mode))?;
        let to = self.now();
        let from = to.plus_seconds(-i64::from(days) * 86_400);
        let mut out = Replay {
            from,
            to,
            requests: 0,
            unchanged: 0,
            changed: 0,
            unknown: 0,
            skipped: 0,
            truncated: false,
            tallies: after
                .rules
                .iter()
                .map(|rule| Tally { name: rule.name.clone(), matched: 0, unknown: 0 })
                .collect(),
            examples: Vec::new(),
        };
        let filter = ActivityFilter { from: Some(from), ..ActivityFilter::default() };
        self.recorder().flush().await;
        let mut last = None;
        loop {
            let page = self.store().activity().list(project, &filter, PAGE, last).await?;
            let is_last = page.len() < PAGE as usize;
            last = page.last().map(|activity| activity.id);
            for activity in page {
                out.take(activity, &before, &after);
            }
            if is_last {
                return Ok(out);
            }
            if out.requests + out.skipped >= MOST {
                out.truncated = true;
                return Ok(out);
            }
        }
    }
}

impl Replay {
    fn take(&mut self, activity: Activity, before: &Side, after: &Side) {
        let Some(target) = read_target(&activity) else {
            self.skipped += 1;
            return;
        };
        self.requests += 1;
        let (old, new) = (before.judge(&activity, &target), after.judge(&activity, &target));
        for id in &new.matched {
            self.tally(after, *id, |tally| tally.matched += 1);
        }
        for id in &new.unknown {
            self.tally(after, *id, |tally| tally.unknown += 1);
        }
        let (was, is) = (old.outcome(), new.outcome());
        let same = match (was, is) {
            (Some(was), Some(is)) => was == is,
            // What isn't known is the same where the very same rules leave it open.
            (None, None) => {
                old.possible == new.possible && before.texts(&old.unknown) == after.texts(&new.unknown)
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            self.unchanged += 1;
            return;
        }
        if was.is_some() && is.is_some() {
            self.changed += 1;
        } else {
            self.unknown += 1;
        }
        if self.examples.len() < MOST_EXAMPLES {
            self.examples.push(Changed {
                activity,
                before: was,
                after: is,
                matched: after.names(&new.matched),
                unknown: after.names(&new.unknown),
            });
        }
    }

    fn tally(&mut self, side: &Side, rule: RuleId, count: impl FnOnce(&mut Tally)) {
        if let Some(tally) = side.places.get(&rule).and_then(|at| self.tallies.get_mut(*at)) {
            count(tally);
        }
    }
}

impl Side {
    fn of(rules: Vec<Rule>, mode: PolicyMode) -> Result<Self, Error> {
        let set = RuleSet::compile(&rules).map_err(|error| Error::invalid("rules", error.to_string()))?;
        let places = rules.iter().enumerate().map(|(at, rule)| (rule.id, at)).collect();
        Ok(Self {
            policy: Policy { mode, rules: set, credentials: CredentialTable::default(), generation: 0 },
            rules,
            places,
        })
    }

    fn judge(&self, activity: &Activity, target: &Target) -> Replayed {
        // Of a request that went through, the bytes of its body were counted.
        let has_no_body = activity.verdict == VerdictKind::Allow && activity.bytes_up == 0;
        replay(
            &self.policy,
            &Facts {
                agent: activity.agent,
                access: Access::All,
                target,
                method: &activity.method,
                overrides: SmallVec::new(),
                headers: Headers::of(&UnknownHeaders),
                body: if has_no_body { Body::Read(Content::none()) } else { Body::Unread },
            },
        )
    }

    fn names(&self, ids: &[RuleId]) -> Vec<String> {
        self.rules.iter().filter(|rule| ids.contains(&rule.id)).map(|rule| rule.name.clone()).collect()
    }

    /// What rules say, whatever their ids and ages.
    fn texts(&self, ids: &[RuleId]) -> Vec<Rule> {
        let rules = self.rules.iter().filter(|rule| ids.contains(&rule.id));
        rules
            .map(|rule| Rule { id: RuleId(uuid::Uuid::nil()), created_at: Timestamp(0), ..rule.clone() })
            .collect()
    }
}

/// Where a recorded request went; none if it is no request that rules judge. Values of its query are not known.
fn read_target(activity: &Activity) -> Option<Target> {
    if activity.protocol == Protocol::Tunnel || activity.path.is_empty() {
        return None;
    }
    let (host, port) = read_authority(&activity.host, Some(Scheme::Https.default_port())).ok()?;
    let (path, query) = match activity.path.split_once('?') {
        // Read as a byte that is no text: what is compared with it is in doubt.
        Some((path, query)) => (path, Some(query.replace("***", "%FF").into())),
        None => (activity.path.as_str(), None),
    };
    let path = if path == "*" { Path::asterisk() } else { Path::read(path).ok()? };
    Some(Target { scheme: Scheme::Https, host, port, path, query })
}

const PAGE: u32 = 1_000;
/// How many records are looked at.
const MOST: usize = 100_000;
const MOST_EXAMPLES: usize = 200;
