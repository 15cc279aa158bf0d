//! Rule sets: taking up many rules at once, and what they would have said to what agents did.

use axum::Json;
use axum::extract::State;
use onecli_app::policy::replay::Changed;
use onecli_domain::project::PolicyMode;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::Body;
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::policy::rules::{CreateRule, Rule};
use crate::v1::schema_enums;

/// A set of rules to take up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportRules {
    /// The rules (at most 10,000). They are the same as those that are there by their names.
    rules: Vec<CreateRule>,
    /// Whether rules that the set doesn't have are removed; false if left out.
    #[serde(default)]
    prune: bool,
    /// Whether it is only said what would change; false if left out.
    #[serde(default)]
    dry_run: bool,
}

/// What changed, or would.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleSetPlan {
    /// Rules that are new.
    created: Vec<Rule>,
    /// Rules that change.
    updated: Vec<RuleUpdate>,
    /// Rules that are removed.
    deleted: Vec<Rule>,
    /// Rules that the set doesn't have, and that stay.
    kept: Vec<Rule>,
    /// How many are as the set has them already.
    unchanged: usize,
    /// Whether nothing was changed.
    dry_run: bool,
}

/// A rule that changes.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleUpdate {
    /// As it was.
    before: Rule,
    /// As it is then.
    after: Rule,
}

/// Take up a set of rules
///
/// All at once, or none of them.
#[utoipa::path(post, path = "/rules/import", tag = "rules", operation_id = "importRules", request_body = ImportRules,
    responses((status = 200, description = "What changed, or would", body = RuleSetPlan), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn import(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<ImportRules>,
) -> Result<Json<RuleSetPlan>, Error> {
    let set = read_set(body.rules)?;
    let plan = caller.app(&state).import_rules(caller.project, set, body.prune, body.dry_run).await?;
    let rules = |list: Vec<onecli_domain::rule::Rule>| list.into_iter().map(Rule::from).collect();
    Ok(Json(RuleSetPlan {
        created: rules(plan.created),
        updated: plan
            .updated
            .into_iter()
            .map(|(before, after)| RuleUpdate { before: before.into(), after: after.into() })
            .collect(),
        deleted: rules(plan.deleted),
        kept: rules(plan.kept),
        unchanged: plan.unchanged,
        dry_run: body.dry_run,
    }))
}

/// A set of rules to try on what agents did.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReplayRules {
    /// The rules, all of them: what is not in the set doesn't take part.
    rules: Vec<CreateRule>,
    /// What happens to requests that no rule matches; the project's own mode if left out.
    #[serde(default)]
    #[schema(value_type = Option<schema_enums::PolicyMode>)]
    mode: Option<String>,
    /// The requests of how many days (1 to 90); 7 if left out.
    #[serde(default)]
    days: Option<u32>,
}

/// What the rules would have said.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replay {
    /// From when on requests were looked at.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// How many were looked at.
    requests: usize,
    /// How many get the same verdict as from the rules of now.
    unchanged: usize,
    /// How many get another.
    changed: usize,
    /// Of how many the records don't tell, since they hold no headers, bodies and values of parameters.
    unknown: usize,
    /// How many are no requests that rules judge, such as tunnels that are passed through.
    skipped: usize,
    /// Whether there were more than are looked at; then the newest were.
    truncated: bool,
    /// How often each rule of the set matches, in the set's order.
    rules: Vec<RuleTally>,
    /// The newest of those that change or are unknown (at most 200).
    examples: Vec<ReplayedRequest>,
}

/// How often a rule matches.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleTally {
    /// Its name.
    name: String,
    /// How many requests it matches.
    matched: usize,
    /// Of how many the records don't tell.
    unknown: usize,
}

/// A request whose verdict changes, or may change.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplayedRequest {
    /// Its record.
    activity_id: Uuid,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who asked.
    agent_id: Uuid,
    /// The agent's name at that time.
    agent_name: String,
    /// The method.
    method: String,
    /// The host.
    host: String,
    /// The path.
    path: String,
    /// What was decided then.
    recorded: &'static str,
    /// What the rules of now say: a verdict as of `rules/test`, or `unknown`.
    before: &'static str,
    /// What the rules of the set say: a verdict as of `rules/test`, or `unknown`.
    after: &'static str,
    /// Names of the set's rules that match.
    matched: Vec<String>,
    /// Names of those of which the record doesn't tell whether they match.
    unknown: Vec<String>,
}

impl From<Changed> for ReplayedRequest {
    fn from(changed: Changed) -> Self {
        let word = |outcome: Option<onecli_domain::replay::Outcome>| {
            outcome.map_or("unknown", onecli_domain::replay::Outcome::as_str)
        };
        let activity = changed.activity;
        Self {
            activity_id: activity.id.0,
            at: activity.at,
            agent_id: activity.agent.0,
            agent_name: activity.agent_name,
            method: activity.method,
            host: activity.host,
            path: activity.path,
            recorded: activity.verdict.as_str(),
            before: word(changed.before),
            after: word(changed.after),
            matched: changed.matched,
            unknown: changed.unknown,
        }
    }
}

/// Try a set of rules on what agents did
///
/// Says which of the last days' requests would get another verdict than from the rules of now. Nothing is changed.
#[utoipa::path(post, path = "/rules/replay", tag = "rules", operation_id = "replayRules", request_body = ReplayRules,
    responses((status = 200, description = "What would change", body = Replay), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn replay(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<ReplayRules>,
) -> Result<Json<Replay>, Error> {
    let set = read_set(body.rules)?;
    let mode = match body.mode.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            PolicyMode::read(text)
                .ok_or_else(|| Error::invalid("mode", "\"mode\" must be \"allow\", \"ask\" or \"deny\""))?,
        ),
    };
    let days = body.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::invalid("days", format!("\"days\" must be a whole number from 1 to {MOST_DAYS}")));
    }
    let replay = state.app.replay(caller.project, set, mode, days).await?;
    Ok(Json(Replay {
        from: replay.from,
        to: replay.to,
        requests: replay.requests,
        unchanged: replay.unchanged,
        changed: replay.changed,
        unknown: replay.unknown,
        skipped: replay.skipped,
        truncated: replay.truncated,
        rules: replay
            .tallies
            .into_iter()
            .map(|tally| RuleTally { name: tally.name, matched: tally.matched, unknown: tally.unknown })
            .collect(),
        examples: replay.examples.into_iter().map(ReplayedRequest::from).collect(),
    }))
}

fn read_set(rules: Vec<CreateRule>) -> Result<Vec<onecli_app::policy::rules::NewRule>, Error> {
    if rules.len() > MOST_RULES {
        return Err(Error::invalid("rules", format!("a set has at most {MOST_RULES} rules")));
    }
    let read = rules.into_iter().enumerate().map(|(at, rule)| {
        rule.read().map_err(|error| {
            let Error::Invalid { field, message } = error else { return error };
            Error::Invalid { field, message: format!("rule {}: {message}", at + 1) }
        })
    });
    read.collect()
}

const MOST_RULES: usize = 10_000;
const DEFAULT_DAYS: u32 = 7;
const MOST_DAYS: u32 = 90;
