//! Rules: what agents may do, and what a request would meet.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::agents::{said, with_id};
use super::id::{self, Id};
use super::rule_files;
use crate::client::segment;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the rules
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show one
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create one
    #[command(after_help = "\
Example: onecli rules create --name 'No deletes' --host-pattern api.github.com --method DELETE --action block")]
    Create {
        /// Its name
        #[arg(long)]
        name: String,
        /// Hosts that it concerns, such as api.github.com, *.example.com or *
        #[arg(long)]
        host_pattern: String,
        /// What becomes of such requests: block, allow, `rate_limit` or `manual_approval`
        #[arg(long)]
        action: String,
        #[command(flatten)]
        more: More,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Change one; what is not named stays
    Update {
        #[command(flatten)]
        id: Id,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
        /// Hosts that it concerns
        #[arg(long)]
        host_pattern: Option<String>,
        /// What becomes of such requests
        #[arg(long)]
        action: Option<String>,
        #[command(flatten)]
        more: More,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Delete one
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Let one count
    Enable {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Keep one, but let it not count
    Disable {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Write the rules into a file, for keeping them in git
    #[command(after_help = "Example: onecli rules export policy.toml")]
    Export {
        /// File to write; stdout if left out
        file: Option<PathBuf>,
    },
    /// Make the rules those of a file, all at once or not at all
    #[command(after_help = "\
Rules are the same by their names.

Example: onecli rules import policy.toml --dry-run")]
    Import {
        /// File to read; `-` is stdin
        file: PathBuf,
        /// Remove rules that are not in the file
        #[arg(long)]
        prune: bool,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Show which requests of the last days would get another verdict from the rules of a file
    #[command(after_help = "Example: onecli rules replay policy.toml --days 7")]
    Replay {
        /// File with the rules, all of them; `-` is stdin
        file: PathBuf,
        /// The requests of how many days
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// What happens to requests that no rule matches: allow, ask or deny; the project's own mode if left out
        #[arg(long)]
        mode: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Ask what would become of a request; nothing is sent
    #[command(
        after_help = "Example: onecli rules test POST https://api.github.com/repos/a/b/issues --agent-id scribe"
    )]
    Test {
        /// The request's method
        method: String,
        /// The request's URL
        url: String,
        /// The agent that would send it, by id or identifier
        #[arg(long, visible_alias = "agent")]
        agent_id: Option<String>,
        /// A header of it, as 'name: value'
        #[arg(long = "header", short = 'H', value_name = "HEADER")]
        headers: Vec<String>,
        /// Its body
        #[arg(long)]
        body: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
}

/// What else a rule may say.
#[derive(Args, Debug)]
pub(crate) struct More {
    /// Paths that it concerns, such as /v1/*
    #[arg(long)]
    path_pattern: Option<String>,
    /// Method that it concerns; repeatable, or several with commas between
    #[arg(long = "method", visible_alias = "methods", value_name = "METHOD", value_delimiter = ',')]
    methods: Vec<String>,
    /// Agent that it concerns
    #[arg(long)]
    agent_id: Option<String>,
    /// How many requests may pass
    #[arg(long)]
    rate_limit: Option<u64>,
    /// In which time: minute, hour or day
    #[arg(long)]
    rate_limit_window: Option<String>,
    /// How many seconds there are to decide, with `manual_approval`
    #[arg(long, value_name = "SECONDS")]
    approval_timeout: Option<u64>,
    /// What else must hold: 'TARGET[:KEY] OPERATOR [VALUE]', such as '`body_json:/amount` `greater_than` 100'; repeatable
    #[arg(long = "condition", value_name = "CONDITION")]
    conditions: Vec<String>,
    /// Ignore letter case in paths
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    case_insensitive: Option<bool>,
    /// Whether it counts
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    enabled: Option<bool>,
}

impl More {
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

/// Does it.
pub(crate) async fn carry_out(context: &Context, command: &Command) -> Result<(), Failure> {
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
                    .hint("`onecli rules update --help` shows what can be"));
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
    output.show(&said(answer, &method, &id), &[])
}

/// Reads a condition as it is written on a command line.
fn read_condition(text: &str) -> Result<Value, Failure> {
    let mut words = text.trim().splitn(3, ' ').map(str::trim);
    let (Some(place), Some(operator)) = (words.next(), words.next().filter(|word| !word.is_empty())) else {
        return Err(Failure::usage(format!("`{text}` is no condition")).hint(
            "a condition is written 'TARGET[:KEY] OPERATOR [VALUE]', such as 'header:x-env equals prod'",
        ));
    };
    let (target, key) = place.split_once(':').unwrap_or((place, ""));
    let mut condition = json!({"target": target, "operator": operator});
    if let Some(fields) = condition.as_object_mut() {
        put(fields, "key", Some(key).filter(|key| !key.is_empty()));
        put(fields, "value", words.next());
    }
    Ok(condition)
}

fn read_header(text: &str) -> Result<(String, Value), Failure> {
    let (name, value) = text.split_once(':').ok_or_else(|| {
        Failure::usage(format!("`{text}` is no header")).hint("a header is written 'name: value'")
    })?;
    Ok((name.trim().to_owned(), json!(value.trim())))
}

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
