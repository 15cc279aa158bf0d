//! Judging a case as the gateway and `rules test` would.

use onecli_domain::body::Body;
use onecli_domain::condition::Condition;
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::{Policy, decide};
use onecli_domain::facts::{Access, Facts, Headers, read_content, read_overrides};
use onecli_domain::host::read_authority;
use onecli_domain::id::{AgentId, ProjectId, RuleId};
use onecli_domain::method::{Method, Methods};
use onecli_domain::path::Path;
use onecli_domain::project::PolicyMode;
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::{Action, Rule};
use onecli_domain::rules::RuleSet;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use onecli_domain::verdict::{Refusal, Verdict};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as BadWord;
use uuid::Uuid;

use crate::case::{Case, ConditionSpec, Mode, RuleSpec};

/// What came of a case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) verdict: &'static str,
    /// The names of the rules that match, sorted.
    pub(crate) matched: Vec<String>,
}

/// Judges a case. An error means that the case can't be judged at all, not that its request is refused.
pub(crate) fn verdict_of(case: &Case) -> Result<Judged, String> {
    let rules: Vec<Rule> =
        case.rules.iter().zip(1..).map(|(spec, number)| rule(spec, number)).collect::<Result<_, _>>()?;
    let policy = Policy {
        generation: 0,
        mode: match case.mode {
            Mode::Allow => PolicyMode::Allow,
            Mode::Ask => PolicyMode::Ask,
            Mode::Deny => PolicyMode::Deny,
        },
        rules: RuleSet::compile(&rules).map_err(|error| error.to_string())?,
        credentials: CredentialTable::default(),
    };
    let request = &case.request;
    let Ok(target) = read_url(&request.url) else {
        return Ok(Judged { verdict: "bad_request", matched: Vec::new() });
    };
    let values = |name: &'static str| {
        let named = request.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    };
    let body = request.body().unwrap_or_default();
    let headers = Headers::of(&request.headers);
    let content = read_content(body, headers, MOST_INSPECTED);
    let unread = Facts {
        agent: agent(request.agent.as_deref())?.unwrap_or(AgentId(Uuid::nil())),
        access: Access::All,
        target: &target,
        method: &request.method,
        overrides: read_overrides(&target, values),
        headers,
        body: Body::Unread,
    };
    let facts = Facts { body: Body::Read(&content), ..unread.clone() };
    let mut matched = Vec::new();
    policy.rules.for_each_match(&facts, |rule| matched.push(rule.name.to_owned()));
    matched.sort_unstable();
    // As the gateway does: the body is read only where that is asked for.
    let first = decide(&policy, &unread);
    let verdict = if matches!(first, Verdict::ReadBody) { decide(&policy, &facts) } else { first };
    let verdict = match verdict {
        Verdict::Allow(_) => "allow",
        Verdict::Hold(_) => "hold",
        Verdict::Count(_) => "rate_limit",
        Verdict::Refuse(Refusal::Blocked { .. }) => "block",
        Verdict::Refuse(Refusal::BlockedByDefault) => "default_deny",
        Verdict::Refuse(Refusal::AmbiguousPath(_)) => "bad_request",
        Verdict::Refuse(refusal) => return Err(format!("{refusal:?}")),
        Verdict::ReadBody => return Err("the body is asked for twice".into()),
    };
    Ok(Judged { verdict, matched })
}

/// Reads an absolute URL as the gateway would.
pub(crate) fn read_url(url: &str) -> Result<Target, String> {
    let (scheme, rest) = match url.split_once("://") {
        Some((name, rest)) if name.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
        Some((name, rest)) if name.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
        Some(_) | None => return Err("neither http nor https".into()),
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let (host, port) =
        read_authority(authority, Some(scheme.default_port())).map_err(|error| error.to_string())?;
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.into())),
        None => (path, None),
    };
    let path = if path.is_empty() { "/" } else { path };
    let path = Path::read(path).map_err(|error| error.to_string())?;
    Ok(Target { scheme, host, port, path, query })
}

fn rule(spec: &RuleSpec, number: u128) -> Result<Rule, String> {
    let unknown = |what: &str, word: &str| format!("there is no {what} {word:?}");
    let action = Action::read(&spec.action).ok_or_else(|| unknown("action", &spec.action))?;
    let methods = spec.method.iter().chain(spec.methods.iter().flatten());
    let methods = methods
        .map(|name| Method::read(name).ok_or_else(|| unknown("method", name)))
        .collect::<Result<Vec<_>, _>>()?;
    let rate = match &spec.rate {
        Some(rate) => {
            let window = Window::read(&rate.window).ok_or_else(|| unknown("window", &rate.window))?;
            Some(RateLimit { limit: rate.limit, window })
        }
        None => (action == Action::RateLimit).then_some(RateLimit { limit: 10, window: Window::Minute }),
    };
    Ok(Rule {
        id: RuleId(Uuid::from_u128(number)),
        project: ProjectId(Uuid::nil()),
        name: spec.name.clone(),
        host_pattern: spec.host.clone(),
        path_pattern: spec.path.clone(),
        methods: Methods::of(methods),
        agent: agent(spec.agent.as_deref())?,
        action,
        rate,
        approval_timeout: spec.timeout,
        enabled: spec.enabled,
        case_insensitive: spec.case_insensitive,
        conditions: spec.conditions.iter().map(condition).collect::<Result<_, _>>()?,
        created_at: Timestamp(0),
    })
}

fn condition(spec: &ConditionSpec) -> Result<Condition, String> {
    Ok(Condition {
        target: word(&spec.target)?,
        key: spec.key.clone().unwrap_or_default(),
        operator: word(&spec.operator)?,
        value: spec.value.clone(),
    })
}

/// Reads a word of the contract, whichever the domain knows.
fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    T::deserialize(text.into_deserializer()).map_err(|error: BadWord| error.to_string())
}

/// The ids that agents have in cases.
fn agent(name: Option<&str>) -> Result<Option<AgentId>, String> {
    match name {
        None => Ok(None),
        Some("a") => Ok(Some(AgentId(Uuid::from_u128(0xa)))),
        Some("b") => Ok(Some(AgentId(Uuid::from_u128(0xb)))),
        Some(other) => Err(format!("there is no agent {other:?}")),
    }
}

/// As the gateway's default.
const MOST_INSPECTED: usize = 1024 * 1024;
