//! Secrets: the credentials that agents use without seeing them.

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::agents::{result_of, with_id};
use super::id::Id;
use super::{services, value};
use crate::context::Context;
use crate::exit::{Failure, note, warn};
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// Subcommands for secrets.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the secrets; their values are never shown
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show a secret, without its value
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Store a secret
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// Name [default: the service's name]
        #[arg(long, required_unless_present = "service")]
        name: Option<String>,
        /// Service that the key is for (`onecli services` lists them)
        #[arg(long, conflicts_with = "kind")]
        service: Option<String>,
        /// Type of the key [default: generic]
        #[arg(long = "type", value_enum)]
        kind: Option<Kind>,
        #[command(flatten)]
        value: value::Value,
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Change a secret; options that are left out keep their value
    #[command(after_help = "Example: onecli secrets update GitHub --path-pattern '/repos/*'")]
    Update {
        #[command(flatten)]
        id: Id,
        /// New name
        #[arg(long)]
        name: Option<String>,
        /// Prompt for a new value
        #[arg(long)]
        ask: bool,
        #[command(flatten)]
        value: value::Value,
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Delete a secret; it is no longer used from the next request on
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Replace a secret's value; the old one is kept as fallback for a while
    #[command(after_help = "Example: onecli secrets rotate GitHub --grace-seconds 600")]
    Rotate {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        value: value::Value,
        /// How long the old value is kept as fallback if the new one is rejected
        #[arg(long)]
        grace_seconds: Option<u64>,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// The type of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Any key, sent as the options say
    Generic,
    /// An Anthropic API key or OAuth token
    Anthropic,
    #[value(help = "An OpenAI API key")]
    Openai,
}

/// Where and how a secret is sent.
#[derive(Args, Debug)]
#[command(next_help_heading = "Injection")]
pub(crate) struct Target {
    /// Hosts to send it to, such as api.github.com or *.example.com: repeat the option or separate them by commas
    #[arg(long, value_delimiter = ',')]
    host_pattern: Vec<String>,
    /// Only for these paths, such as /v1/*
    #[arg(long)]
    path_pattern: Option<String>,
    /// Header to set, such as authorization
    #[arg(long, conflicts_with_all = ["param_name", "path_template"])]
    header_name: Option<String>,
    /// Format of the header; {value} is the secret, as in 'Bearer {value}'
    #[arg(long, requires = "header_name")]
    value_format: Option<String>,
    /// Query parameter to set
    #[arg(long, conflicts_with = "path_template")]
    param_name: Option<String>,
    /// Format of the parameter; {value} is the secret
    #[arg(long, requires = "param_name")]
    param_format: Option<String>,
    /// Path that contains it, such as '/bot{value}/*'
    #[arg(long)]
    path_template: Option<String>,
    /// Also send it over unencrypted HTTP
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    allow_plaintext: Option<bool>,
}

impl Target {
    fn fill(&self, body: &mut Map<String, Value>) {
        let mut injection = Map::new();
        let texts = [
            ("headerName", &self.header_name),
            ("valueFormat", &self.value_format),
            ("paramName", &self.param_name),
            ("paramFormat", &self.param_format),
            ("pathTemplate", &self.path_template),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                injection.insert(name.into(), json!(text));
            }
        }
        if let Some(first) = self.host_pattern.first() {
            // Servers that know one host alone take the one.
            for field in HOST_FIELDS {
                body.remove(field);
            }
            match self.host_pattern.as_slice() {
                [_] => body.insert("hostPattern".into(), json!(first)),
                all => body.insert("hostPatterns".into(), json!(all)),
            };
        }
        if let Some(path) = &self.path_pattern {
            body.insert("pathPattern".into(), json!(path));
        }
        if !injection.is_empty() {
            body.insert("injectionConfig".into(), Value::Object(injection));
        }
        if let Some(allow) = self.allow_plaintext {
            body.insert("allowPlaintext".into(), json!(allow));
        }
    }
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { output } => {
            let all = context.client()?.list(LIST, output.pick.max).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::Get { id, output } => output.show(&id.item(&context.client()?, LIST, NAMES).await?, &[]),
        Command::Create { name, service, kind, value, target, output } => {
            let mut body = output.fields()?;
            if let Some(service) = service {
                let mut known = services::find(&context.client()?, service).await?;
                if let Some(page) = known.remove("keysUrl").and_then(|page| page.as_str().map(str::to_owned))
                    && !value.is_given()
                {
                    note(&format!("get a key at {page}"));
                }
                if !target.host_pattern.is_empty() || names_hosts(&body) {
                    for field in HOST_FIELDS {
                        known.remove(field);
                    }
                    // They are for hosts that may not be among these; the server adds those that are.
                    if let Some(injection) = known.get_mut("injectionConfig").and_then(Value::as_object_mut) {
                        injection.remove("overrides");
                    }
                }
                known.append(&mut body);
                body = known;
            } else {
                let kind = kind.unwrap_or(Kind::Generic);
                body.insert("type".into(), json!(kind_name(kind)));
                if target.host_pattern.is_empty() && !names_hosts(&body) {
                    body.insert("hostPattern".into(), json!(default_host(kind)?));
                }
            }
            if let Some(name) = name {
                body.insert("name".into(), json!(name));
            }
            target.fill(&mut body);
            if output.dry_run {
                body.insert("value".into(), json!(HIDDEN));
                return output.show_plan("Store a secret", &Value::Object(body));
            }
            // Connect before prompting: without a server there is no use in asking.
            let client = context.client()?;
            if value.is_given() || !body.contains_key("value") {
                body.insert("value".into(), json!(value.read(&question(&body)).await?));
            }
            let created = client.call(Method::POST, LIST, Some(&Value::Object(body))).await?;
            if let Some(warning) = created.get("warning").and_then(Value::as_str) {
                warn(warning);
            }
            output.show(&created)
        }
        Command::Update { id, name, ask, value, target, output } => {
            let mut body = Map::new();
            if let Some(name) = name {
                body.insert("name".into(), json!(name));
            }
            target.fill(&mut body);
            if output.dry_run {
                if *ask || value.is_given() {
                    body.insert("value".into(), json!(HIDDEN));
                }
                return output.show_plan("Change a secret", &with_id(id.given()?, &Value::Object(body)));
            }
            let client = context.client()?;
            let id = id.find(&client, LIST, NAMES).await?;
            if *ask || value.is_given() {
                body.insert("value".into(), json!(value.read("New value").await?));
            }
            if body.is_empty() {
                return Err(Failure::usage("nothing to change")
                    .hint("`onecli secrets update --help` lists the options"));
            }
            let answer =
                client.call(Method::PATCH, &format!("{LIST}/{id}"), Some(&Value::Object(body))).await?;
            output.show(&result_of(answer, &Method::PATCH, &id), &[])
        }
        Command::Delete { id, output } => {
            if output.dry_run {
                return output.show_plan("Delete a secret", &with_id(id.given()?, &Value::Null));
            }
            let client = context.client()?;
            let id = id.find(&client, LIST, NAMES).await?;
            let answer = client.call(Method::DELETE, &format!("{LIST}/{id}"), None).await?;
            output.show(&result_of(answer, &Method::DELETE, &id), &[])
        }
        Command::Rotate { id, value, grace_seconds, output } => {
            let mut body = Map::new();
            if let Some(seconds) = grace_seconds {
                body.insert("graceSeconds".into(), json!(seconds));
            }
            if output.dry_run {
                body.insert("value".into(), json!(HIDDEN));
                return output
                    .show_plan("Replace a secret's value", &with_id(id.given()?, &Value::Object(body)));
            }
            let client = context.client()?;
            let id = id.find(&client, LIST, NAMES).await?;
            body.insert("value".into(), json!(value.read("New value").await?));
            let answer =
                client.call(Method::POST, &format!("{LIST}/{id}/rotate"), Some(&Value::Object(body))).await?;
            output.show(&result_of(answer, &Method::POST, &id), &[])
        }
    }
}

fn question(body: &Map<String, Value>) -> String {
    format!("Value of {}", body.get("name").and_then(Value::as_str).unwrap_or("the secret"))
}

fn names_hosts(body: &Map<String, Value>) -> bool {
    HOST_FIELDS.iter().any(|field| body.contains_key(*field))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Generic => "generic",
        Kind::Anthropic => "anthropic",
        Kind::Openai => "openai",
    }
}

fn default_host(kind: Kind) -> Result<&'static str, Failure> {
    match kind {
        Kind::Anthropic => Ok("api.anthropic.com"),
        Kind::Openai => Ok("api.openai.com"),
        Kind::Generic => Err(Failure::usage("--host-pattern is missing: a generic secret needs the host that it is sent to")
            .hint("for example --host-pattern api.github.com --header-name authorization --value-format 'Bearer {value}'")),
    }
}

const LIST: &str = "/v1/secrets";
const NAMES: &[&str] = &["name"];
const HOST_FIELDS: [&str; 2] = ["hostPattern", "hostPatterns"];
const HIDDEN: &str = "***";
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("name", "name"),
    ("type", "type"),
    ("hosts", "hostPatterns"),
    ("path", "pathPattern"),
    ("value", "preview"),
    ("health", "health"),
    ("last used", "lastUsedAt"),
];
const CREATE_EXAMPLES: &str = "\
Examples:
  onecli secrets create --service anthropic
  onecli secrets create --service github --name 'GitHub, read only' --value-file token.txt
  onecli secrets create --name Example --host-pattern api.example.com,files.example.com --header-name authorization \\
      --value-format 'Bearer {value}' --value-file token.txt
  pass show mail | onecli secrets create --name Mail --host-pattern api.mail.test --param-name key";
