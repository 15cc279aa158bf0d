//! The decision: whether a request may pass, and with which secrets. A pure function of policy and facts.

use smallvec::SmallVec;

use crate::body::Truth;
use crate::credentials::{CredentialTable, SecretUses, UseError};
use crate::facts::Facts;
use crate::hold::{Approved, Hold, HoldRule};
use crate::id::RuleIds;
use crate::project::PolicyMode;
use crate::rate::Limited;
use crate::rule::Action;
use crate::rules::{RuleSet, RuleView};
use crate::verdict::{Permit, Quota, Refusal, Verdict};

/// A project's policy, compiled.
#[derive(Debug, Default)]
pub struct Policy {
    /// What happens to requests that no rule matches.
    pub mode: PolicyMode,
    /// The rules that take part.
    pub rules: RuleSet,
    /// The secrets.
    pub credentials: CredentialTable,
    /// Tells this policy from those that it replaces: a permit is worth nothing under another one.
    pub generation: u64,
}

/// Decides about a request. All matching rules are taken together; neither their order nor their age matters.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Verdict {
    weigh(policy, facts, None)
}

/// Decides about a request that was approved: by the rules as they are now, since they may have changed while it waited.
pub fn decide_approved(policy: &Policy, facts: &Facts<'_>, approved: &Approved) -> Verdict {
    weigh(policy, facts, Some(approved))
}

fn weigh(policy: &Policy, facts: &Facts<'_>, approved: Option<&Approved>) -> Verdict {
    let approved = approved.filter(|approved| approved.is_for(facts));
    let mut block: Option<RuleView<'_>> = None;
    let mut blocks = RuleIds::new();
    let mut allows = RuleIds::new();
    let mut limits = SmallVec::new();
    let mut hold: Option<Hold> = None;
    let mut needs_body = false;
    policy.rules.for_each_match(facts, |rule| match rule.action {
        // What allows makes a difference only where the rest is refused or held.
        Action::Allow if rule.holds == Truth::Unread => needs_body |= policy.mode != PolicyMode::Allow,
        _ if rule.holds == Truth::Unread => needs_body = true,
        Action::Block => {
            blocks.push(rule.id);
            if block.is_none_or(|first| rule.id < first.id) {
                block = Some(rule);
            }
        }
        Action::Allow if rule.holds == Truth::Doubtful => {}
        Action::Allow => allows.push(rule.id),
        Action::RateLimit => {
            if rule.holds == Truth::Yes {
                allows.push(rule.id);
            }
            limits.extend(limited(rule));
        }
        Action::ManualApproval => {
            allows.push(rule.id);
            if approved.is_none_or(|approved| !approved.lifts(Some(rule.id))) {
                held(&mut hold, rule);
            }
        }
    });
    blocks.sort_unstable();
    allows.sort_unstable();

    if let Some(rule) = block {
        return Verdict::Refuse(Refusal::Blocked { rule: rule.id, name: rule.name.into(), rules: blocks });
    }
    let doubt = facts.target.path.doubt().filter(|_| depends_on_path(policy, facts));
    if let Some(doubt) = doubt.or_else(|| policy.credentials.path_doubt(facts)) {
        return Verdict::Refuse(Refusal::AmbiguousPath(doubt));
    }
    if needs_body {
        return Verdict::ReadBody;
    }
    if allows.is_empty() {
        match unmatched(policy.mode, approved) {
            Some(Unmatched::Refused) => return Verdict::Refuse(Refusal::BlockedByDefault),
            Some(Unmatched::Held) => hold = Some(Hold::by_mode()),
            None => {}
        }
    }
    match policy.credentials.choose(facts) {
        // Nobody is asked about what is refused anyway.
        Err(UseError::Plaintext(secret, name)) => Verdict::Refuse(Refusal::Plaintext { secret, name }),
        Err(UseError::Misuse(secret, name)) => Verdict::Refuse(Refusal::PlaceholderMisuse { secret, name }),
        Ok(uses) => match hold {
            Some(hold) => Verdict::Hold(hold),
            None => counted(Permit::new(uses, allows, policy.generation), limits),
        },
    }
}

/// What the mode says to a request that no rule matches for certain; none if it is allowed.
enum Unmatched {
    Held,
    Refused,
}

fn unmatched(mode: PolicyMode, approved: Option<&Approved>) -> Option<Unmatched> {
    match mode {
        PolicyMode::Allow => None,
        PolicyMode::Ask => {
            let is_lifted = approved.is_some_and(|approved| approved.lifts(None));
            (!is_lifted).then_some(Unmatched::Held)
        }
        PolicyMode::Deny => Some(Unmatched::Refused),
    }
}

/// Whether the rules' verdict depends on which path the upstream reads.
pub(crate) fn depends_on_path(policy: &Policy, facts: &Facts<'_>) -> bool {
    policy.mode != PolicyMode::Allow || policy.rules.depends_on_path(facts)
}

fn held(hold: &mut Option<Hold>, rule: RuleView<'_>) {
    match hold {
        None => {
            *hold = Some(Hold {
                rule: Some(HoldRule { id: rule.id, name: rule.name.into() }),
                seconds: rule.approval_timeout,
                rules: RuleIds::from_slice(&[rule.id]),
            });
        }
        Some(hold) => {
            hold.rules.push(rule.id);
            hold.seconds = hold.seconds.min(rule.approval_timeout);
            if hold.rule.as_ref().is_none_or(|shown| rule.id < shown.id) {
                hold.rule = Some(HoldRule { id: rule.id, name: rule.name.into() });
            }
        }
    }
}

fn limited(rule: RuleView<'_>) -> Option<Limited> {
    rule.rate.map(|rate| Limited { rule: rule.id, name: rule.name.into(), rate })
}

fn counted(permit: Permit, mut limits: SmallVec<[Limited; 1]>) -> Verdict {
    if limits.is_empty() {
        return Verdict::Allow(permit);
    }
    limits.sort_unstable_by_key(|limit| limit.rule);
    Verdict::Count(Quota::new(permit, limits))
}

/// Decides about a tunnel that is passed through untouched. Nobody sees what goes through it, so any block rule
/// that could concern something within refuses it, any approval rule holds it, any rate limit counts it as one request,
/// and only a rule that concerns everything allows it.
pub fn decide_tunnel(policy: &Policy, facts: &Facts<'_>, approved: Option<&Approved>) -> Verdict {
    let approved = approved.filter(|approved| approved.is_for(facts));
    let mut block: Option<RuleView<'_>> = None;
    let mut allows = RuleIds::new();
    let mut limits = SmallVec::new();
    let mut hold = None;
    policy.rules.for_each_within(facts, |rule, everything| match rule.action {
        Action::Block if block.is_none_or(|first| rule.id < first.id) => block = Some(rule),
        Action::RateLimit => {
            if everything {
                allows.push(rule.id);
            }
            limits.extend(limited(rule));
        }
        Action::ManualApproval => {
            allows.push(rule.id);
            if approved.is_none_or(|approved| !approved.lifts(Some(rule.id))) {
                held(&mut hold, rule);
            }
        }
        Action::Allow if everything => allows.push(rule.id),
        Action::Block | Action::Allow => {}
    });
    if let Some(rule) = block {
        let rules = std::iter::once(rule.id).collect();
        return Verdict::Refuse(Refusal::Blocked { rule: rule.id, name: rule.name.into(), rules });
    }
    if allows.is_empty() {
        match unmatched(policy.mode, approved) {
            Some(Unmatched::Refused) => return Verdict::Refuse(Refusal::BlockedByDefault),
            Some(Unmatched::Held) => hold = Some(Hold::by_mode()),
            None => {}
        }
    }
    allows.sort_unstable();
    match hold {
        Some(hold) => Verdict::Hold(hold),
        None => counted(Permit::new(SecretUses::new(), allows, policy.generation), limits),
    }
}
