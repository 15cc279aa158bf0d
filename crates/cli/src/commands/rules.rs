//! Rules: manage them, and test what they decide.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::agents::{result_of, with_id};
use super::id::{self, Id};
use super::rule_files;
use crate::client::segment;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// Subcommands for rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the rules
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show a rule
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create a rule
    #[command(after_help = "\
Example: onecli rules create --name 'No deletes' --host-pattern api.github.com --method DELETE --action block")]
    Create {
        /// Name
        #[arg(long)]
        name: String,
        /// Hosts that it applies to, such as api.github.com, *.example.com or *
        #[arg(long)]
        host_pattern: String,
        #[arg(long, help = "What happens to matching requests: block, allow, rate_limit or manual_approval")]
        action: String,
        #[command(flatten)]
        more: RuleFields,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Change a rule; options that are left out keep their value
    Update {
        #[command(flatten)]
        id: Id,
        /// New name
        #[arg(long)]
        name: Option<String>,
        /// Hosts that it applies to
        #[arg(long)]
        host_pattern: Option<String>,
        /// What happens to matching requests
        #[arg(long)]
        action: Option<String>,
        #[command(flatten)]
        more: RuleFields,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Delete a rule
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Enable a rule
    Enable {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Disable a rule without deleting it
    Disable {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Export the rules to a file, for version control
    #[command(after_help = "Example: onecli rules export policy.toml")]
    Export {
        /// File to write [default: stdout]
        file: Option<PathBuf>,
    },
    /// Import rules from a file, all or none
    #[command(after_help = "\
Rules are matched by name.

Example: onecli rules import policy.toml --dry-run")]
    Import {
        /// File to read; `-` is stdin
        file: PathBuf,
        /// Delete rules that are not in the file
        #[arg(long)]
        prune: bool,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Show which recent requests would get a different verdict under the rules of a file
    #[command(after_help = "Example: onecli rules replay policy.toml --days 7")]
    Replay {
        /// File with the complete set of rules; `-` is stdin
        file: PathBuf,
        /// Number of days to look back
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// Policy mode for requests that match no rule: allow, ask or deny [default: the project's]
        #[arg(long)]
        mode: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Test what would happen to a request, without sending it
    #[command(
        after_help = "Example: onecli rules test POST https://api.github.com/repos/a/b/issues --agent-id scribe"
    )]
    Test {
        /// The request's method
        method: String,
        /// The request's URL
        url: String,
        /// Agent that would send it, by id or identifier
        #[arg(long, visible_alias = "agent")]
        agent_id: Option<String>,
        /// Request header, as 'name: value' (repeatable)
        #[arg(long = "header", short = 'H', value_name = "HEADER")]
        headers: Vec<String>,
        /// Request body
        #[arg(long)]
        body: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
}

/// Further fields of a rule.
#[derive(Args, Debug)]
pub(crate) struct RuleFields {
    /// Paths that it applies to, such as /v1/*
    #[arg(long)]
    path_pattern: Option<String>,
    /// Method that it applies to (repeatable, or several separated by commas)
    #[arg(long = "method", visible_alias = "methods", value_name = "METHOD", value_delimiter = ',')]
    methods: Vec<String>,
    /// Agent that it applies to
    #[arg(long)]
    agent_id: Option<String>,
    /// Number of requests allowed per window
    #[arg(long)]
    rate_limit: Option<u64>,
    /// Window of the rate limit: minute, hour or day
    #[arg(long)]
    rate_limit_window: Option<String>,
    #[arg(long, value_name = "SECONDS", help = "Time limit for a decision, with manual_approval")]
    approval_timeout: Option<u64>,
    #[arg(long = "condition", value_name = "CONDITION", help = CONDITION_HELP)]
    conditions: Vec<String>,
    /// Ignore letter case in paths
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    case_insensitive: Option<bool>,
    /// Whether the rule is enabled
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    enabled: Option<bool>,
}

impl RuleFields {
    fn fill(&self, body: &mut Map<String, Value>) -> Result<(), Failure> {
        if let Some(agent) = &self.agent_id {
            id::check(agent)?;
        }
        put(body, "pathPattern", self.path_pattern.as_ref());
        match self.methods.as_slice() {
            [] => {}
            [one] => put(body, "method", Some(one)),
            several => put(body, "methods", Some(several)),
        }
        put(body, "agentId", self.agent_id.as_ref());
        put(body, "rateLimit", self.rate_limit);
        put(body, "rateLimitWindow", self.rate_limit_window.as_ref());
        put(body, "approvalTimeoutSeconds", self.approval_timeout);
        put(body, "caseInsensitive", self.case_insensitive);
        if !self.conditions.is_empty() {
            let read: Vec<Value> =
                self.conditions.iter().map(|text| read_condition(text)).collect::<Result<_, _>>()?;
            put(body, "conditions", Some(read));
        }
        put(body, "enabled", self.enabled);
        Ok(())
    }
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), json!(value));
    }
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { output } => {
            let all = context.client()?.list(LIST, output.pick.max).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::Get { id, output } => {
            let client = context.client()?;
            let id = id.find(&client, LIST, NAMES).await?;
            output.show(&client.read(&format!("{LIST}/{id}")).await?, &[])
        }
        Command::Create { name, host_pattern, action, more, output } => {
            let mut body = output.fields()?;
            put(&mut body, "name", Some(name));
            put(&mut body, "hostPattern", Some(host_pattern));
            put(&mut body, "action", Some(action));
            more.fill(&mut body)?;
            body.entry("enabled").or_insert(json!(true));
            let body = Value::Object(body);
            if output.dry_run {
                return output.show_plan("Create a rule", &body);
            }
            output.show(&context.client()?.call(Method::POST, LIST, Some(&body)).await?)
        }
        Command::Update { id, name, host_pattern, action, more, output } => {
            let mut body = Map::new();
            put(&mut body, "name", name.as_ref());
            put(&mut body, "hostPattern", host_pattern.as_ref());
            put(&mut body, "action", action.as_ref());
            more.fill(&mut body)?;
            if body.is_empty() {
                return Err(Failure::usage("nothing to change")
                    .hint("`onecli rules update --help` lists the options"));
            }
            change(context, Method::PATCH, id, Value::Object(body), "Change a rule", output).await
        }
        Command::Delete { id, output } => {
            change(context, Method::DELETE, id, Value::Null, "Delete a rule", output).await
        }
        Command::Enable { id, output } => {
            change(context, Method::PATCH, id, json!({"enabled": true}), "Enable a rule", output).await
        }
        Command::Disable { id, output } => {
            change(context, Method::PATCH, id, json!({"enabled": false}), "Disable a rule", output).await
        }
        Command::Export { file } => rule_files::export(context, file.as_deref()).await,
        Command::Import { file, prune, output } => rule_files::import(context, file, *prune, output).await,
        Command::Replay { file, days, mode, output } => {
            rule_files::replay(context, file, *days, mode.as_deref(), output).await
        }
        Command::Test { method, url, agent_id, headers, body, output } => {
            let client = context.client()?;
            let mut request =
                Map::from_iter([("method".to_owned(), json!(method)), ("url".to_owned(), json!(url))]);
            if let Some(agent) = agent_id {
                id::check(agent)?;
                let agent = id::find(&client, "/v1/agents", agent, &["identifier", "name"]).await?;
                put(&mut request, "agentId", agent.get("id"));
            }
            let headers =
                headers.iter().map(|header| read_header(header)).collect::<Result<Map<_, _>, _>>()?;
            if !headers.is_empty() {
                put(&mut request, "headers", Some(headers));
            }
            put(&mut request, "body", body.as_ref());
            let verdict =
                client.call(Method::POST, &format!("{LIST}/test"), Some(&Value::Object(request))).await?;
            output.show(&verdict, &[])
        }
    }
}

async fn change(
    context: &Context,
    method: Method,
    id: &Id,
    body: Value,
    what: &str,
    output: &WriteArgs,
) -> Result<(), Failure> {
    if output.dry_run {
        return output.show_plan(what, &with_id(id.given()?, &body));
    }
    let client = context.client()?;
    let id = id.find(&client, LIST, NAMES).await?;
    let path = format!("{LIST}/{}", segment(&id));
    let answer = client.call(method.clone(), &path, (!body.is_null()).then_some(&body)).await?;
    output.show(&result_of(answer, &method, &id), &[])
}

/// Parses a condition.
fn read_condition(text: &str) -> Result<Value, Failure> {
    let mut words = text.trim().splitn(3, ' ').map(str::trim);
    let (Some(subject), Some(operator)) = (words.next(), words.next().filter(|word| !word.is_empty())) else {
        return Err(Failure::usage(format!("`{text}` is not a condition")).hint(
            "a condition is written 'TARGET[:KEY] OPERATOR [VALUE]', such as 'header:x-env equals prod'",
        ));
    };
    let (target, key) = subject.split_once(':').unwrap_or((subject, ""));
    let mut condition = json!({"target": target, "operator": operator});
    if let Some(fields) = condition.as_object_mut() {
        put(fields, "key", Some(key).filter(|key| !key.is_empty()));
        put(fields, "value", words.next());
    }
    Ok(condition)
}

fn read_header(text: &str) -> Result<(String, Value), Failure> {
    let (name, value) = text.split_once(':').ok_or_else(|| {
        Failure::usage(format!("`{text}` is not a header")).hint("a header is written 'name: value'")
    })?;
    Ok((name.trim().to_owned(), json!(value.trim())))
}

const CONDITION_HELP: &str = "Condition that must also hold: 'TARGET[:KEY] OPERATOR [VALUE]', such as \
    'body_json:/amount greater_than 100' (repeatable)";
const LIST: &str = "/v1/rules";
const NAMES: &[&str] = &["name"];
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("name", "name"),
    ("action", "action"),
    ("methods", "methods"),
    ("host", "hostPattern"),
    ("path", "pathPattern"),
    ("agent", "agentId"),
    ("enabled", "enabled"),
];
