//! Rules as a file for version control: readable and in a stable order.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::context::Context;
use crate::exit::{Failure, note};
use crate::printer::{ReadArgs, WriteArgs, print, printable};
use crate::prompt;

/// A file of rules.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    rules: Vec<FileRule>,
}

/// A rule, with its fields in reading order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    name: String,
    action: String,
    host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Several methods, in place of `method`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    methods: Vec<String>,
    /// The agent's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval_timeout: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case_insensitive: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<FileCondition>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCondition {
    target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    operator: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Scalar>,
}

/// A value; numbers and booleans need no quotes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
    Flag(bool),
}

/// Exports the project's rules.
pub(super) async fn export(context: &Context, file: Option<&Path>) -> Result<(), Failure> {
    let client = context.client()?;
    let agents = Agents::of(&client).await?;
    let mut rules = client
        .list("/v1/rules", None)
        .await?
        .iter()
        .map(|rule| FileRule::of(rule, &agents))
        .collect::<Result<Vec<_>, _>>()?;
    // Stable: by name, and those of one name by age.
    rules.sort_by(|one, other| one.name.cmp(&other.name));
    let text = toml::to_string(&RuleFile { rules })
        .map_err(|error| Failure::new(format!("the rules can't be written as TOML: {error}")))?;
    match file.filter(|file| *file != Path::new("-")) {
        None => print(text),
        Some(file) => {
            std::fs::write(file, text).map_err(|error| Failure::file("write", file, &error))?;
            note(&format!("wrote {}", file.display()));
            Ok(())
        }
    }
}

/// Imports the project's rules from a file.
pub(super) async fn import(
    context: &Context,
    file: &Path,
    prune: bool,
    output: &WriteArgs,
) -> Result<(), Failure> {
    let client = context.client()?;
    let agents = Agents::of(&client).await?;
    let rules = read(file, &agents)?;
    let body = json!({"rules": rules, "prune": prune, "dryRun": output.dry_run});
    let plan = client.call(Method::POST, "/v1/rules/import", Some(&body)).await?;
    if output.wants_json() {
        return output.show(&plan, &[]);
    }
    print(describe(&plan, &agents))
}

/// Shows which requests would get a different verdict.
pub(super) async fn replay(
    context: &Context,
    file: &Path,
    days: u32,
    mode: Option<&str>,
    output: &ReadArgs,
) -> Result<(), Failure> {
    let client = context.client()?;
    let agents = Agents::of(&client).await?;
    let rules = read(file, &agents)?;
    let body = json!({"rules": rules, "days": days, "mode": mode});
    let replay = client.call(Method::POST, "/v1/rules/replay", Some(&body)).await?;
    if output.wants_json() {
        return output.show(&replay, &[]);
    }
    let count = |name: &str| replay.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut text = format!(
        "{} requests: {} unchanged, {} changed, {} unknown (records contain no headers, bodies or parameter values)\n",
        count("requests"),
        count("unchanged"),
        count("changed"),
        count("unknown"),
    );
    if replay.get("truncated").and_then(Value::as_bool) == Some(true) {
        text.push_str("only the newest requests were read\n");
    }
    for rule in replay.get("rules").and_then(Value::as_array).into_iter().flatten() {
        let count = |name: &str| rule.get(name).and_then(Value::as_u64).unwrap_or_default();
        let perhaps = match count("unknown") {
            0 => String::new(),
            unknown => format!(" (possibly {unknown} more)"),
        };
        let _ = writeln!(text, "{:>7} matched by {}{perhaps}", count("matched"), name_of(rule));
    }
    for example in replay.get("examples").and_then(Value::as_array).into_iter().flatten() {
        let text_of = |name: &str| printable(example.get(name).and_then(Value::as_str).unwrap_or_default());
        let _ = writeln!(
            text,
            "{}  {} -> {}  {} {}{}  ({})",
            text_of("at"),
            text_of("before"),
            text_of("after"),
            text_of("method"),
            text_of("host"),
            text_of("path"),
            text_of("agentName"),
        );
    }
    print(text)
}

/// The project's agents by id and by identifier.
struct Agents {
    identifiers: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl Agents {
    async fn of(client: &Client) -> Result<Self, Failure> {
        let mut this = Self { identifiers: HashMap::new(), ids: HashMap::new() };
        for agent in client.list("/v1/agents", None).await? {
            let text = |name: &str| agent.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            this.identifiers.insert(text("id"), text("identifier"));
            this.ids.insert(text("identifier"), text("id"));
        }
        Ok(this)
    }
}

impl FileRule {
    /// Converts a rule of the API.
    fn of(rule: &Value, agents: &Agents) -> Result<Self, Failure> {
        let foreign = || Failure::new("the server sent a rule that this version can't read");
        let text = |name: &str| rule.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| rule.get(name).and_then(Value::as_bool);
        let conditions = rule.get("conditions").and_then(Value::as_array).into_iter().flatten();
        let is_hold = text("action").as_deref() == Some("manual_approval");
        Ok(Self {
            name: text("name").ok_or_else(foreign)?,
            action: text("action").ok_or_else(foreign)?,
            host: text("hostPattern").ok_or_else(foreign)?,
            path: text("pathPattern"),
            method: text("method"),
            // One alone is written as `method`.
            methods: methods_of(rule).into_iter().filter(|_| text("method").is_none()).collect(),
            agent: text("agentId").map(|id| agents.identifiers.get(&id).cloned().unwrap_or(id)),
            limit: rule.get("rateLimit").and_then(Value::as_u64),
            window: text("rateLimitWindow"),
            approval_timeout: rule.get("approvalTimeoutSeconds").and_then(Value::as_u64).filter(|_| is_hold),
            case_insensitive: flag("caseInsensitive").filter(|on| *on),
            enabled: flag("enabled").filter(|on| !*on),
            conditions: conditions
                .map(|condition| {
                    let text = |name: &str| condition.get(name).and_then(Value::as_str).map(str::to_owned);
                    Ok(FileCondition {
                        target: text("target").ok_or_else(foreign)?,
                        key: text("key").filter(|key| !key.is_empty()),
                        operator: text("operator").ok_or_else(foreign)?,
                        value: text("value").map(Scalar::Text),
                    })
                })
                .collect::<Result<_, Failure>>()?,
        })
    }

    /// Converts to the API's form.
    fn into_body(self, agents: &Agents) -> Result<Value, Failure> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                body.insert(name.to_owned(), value);
            }
        };
        let agent = match &self.agent {
            None => None,
            Some(named) => Some(
                agents.ids.get(named).or_else(|| agents.ids.values().find(|id| *id == named)).ok_or_else(
                    || {
                        Failure::usage(format!(
                            "rule `{}`: there is no agent `{named}` in this project",
                            self.name
                        ))
                        .hint("create it first, or correct its identifier; `onecli agents list` shows all")
                    },
                )?,
            ),
        };
        put("name", json!(self.name));
        put("action", json!(self.action));
        put("hostPattern", json!(self.host));
        put("pathPattern", json!(self.path));
        put("method", json!(self.method));
        put("methods", if self.methods.is_empty() { Value::Null } else { json!(self.methods) });
        put("agentId", json!(agent));
        put("rateLimit", json!(self.limit));
        put("rateLimitWindow", json!(self.window));
        put("approvalTimeoutSeconds", json!(self.approval_timeout));
        put("caseInsensitive", json!(self.case_insensitive.unwrap_or(false)));
        put("enabled", json!(self.enabled.unwrap_or(true)));
        put("conditions", json!(self.conditions));
        Ok(Value::Object(body))
    }
}

fn read(file: &Path, agents: &Agents) -> Result<Vec<Value>, Failure> {
    let text = prompt::file(file)?;
    let read: RuleFile = toml::from_str(&text).map_err(|error| {
        Failure::usage(format!("{} can't be read: {}", file.display(), error.to_string().trim_end()))
            .hint("`onecli rules export` shows the format")
    })?;
    read.rules.into_iter().map(|rule| rule.into_body(agents)).collect()
}

/// Formats the changes.
fn describe(plan: &Value, agents: &Agents) -> String {
    let list = |name: &str| plan.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut text = String::new();
    for rule in list("created") {
        let _ = writeln!(text, "+ {}", brief(&rule, agents));
    }
    for update in list("updated") {
        let side = |name: &str| update.get(name).cloned().unwrap_or_default();
        let (before, after) = (side("before"), side("after"));
        let _ = writeln!(text, "~ {}", name_of(&after));
        for (field, new) in after.as_object().into_iter().flatten() {
            let old = before.get(field).unwrap_or(&Value::Null);
            // What `methods` says in full.
            let is_repeated = field == "method" && after.get("methods").is_some();
            if old != new && !is_repeated {
                let _ = writeln!(
                    text,
                    "    {field}: {} -> {}",
                    printable(&old.to_string()),
                    printable(&new.to_string())
                );
            }
        }
    }
    for rule in list("deleted") {
        let _ = writeln!(text, "- {}", brief(&rule, agents));
    }
    for rule in list("kept") {
        let _ = writeln!(
            text,
            "  {} is not in the file and was kept; --prune deletes such rules",
            name_of(&rule)
        );
    }
    let unchanged = plan.get("unchanged").and_then(Value::as_u64).unwrap_or_default();
    let dry = plan.get("dryRun").and_then(Value::as_bool) == Some(true);
    let (created, updated, deleted) = (list("created").len(), list("updated").len(), list("deleted").len());
    let said = if dry { "would be " } else { "" };
    text + &format!(
        "{created} {said}created, {updated} {said}changed, {deleted} {said}deleted, {unchanged} unchanged\n"
    )
}

fn methods_of(rule: &Value) -> Vec<String> {
    let names = rule.get("methods").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn name_of(rule: &Value) -> String {
    printable(rule.get("name").and_then(Value::as_str).unwrap_or_default())
}

fn brief(rule: &Value, agents: &Agents) -> String {
    let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default();
    let methods = methods_of(rule);
    let agent = agents.identifiers.get(text("agentId")).map(|agent| format!(" for {agent}"));
    let line = format!(
        "{}: {} {} {}{}{}",
        text("name"),
        text("action"),
        if methods.is_empty() { "*".to_owned() } else { methods.join(",") },
        text("hostPattern"),
        text("pathPattern"),
        agent.unwrap_or_default(),
    );
    printable(&line)
}
