//! Agents: create them, manage their tokens and the secrets they can use.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::id::{self, Id};
use crate::client::Client;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// Subcommands for agents.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the agents
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show an agent
    #[command(after_help = "Example: onecli agents get scribe")]
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show the default agent
    GetDefault {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create an agent
    #[command(after_help = "Example: onecli agents create --name Scribe --identifier scribe")]
    Create {
        /// Name
        #[arg(long)]
        name: String,
        /// Identifier: lowercase letters, digits and hyphens
        #[arg(long)]
        identifier: String,
        /// Identifier of an agent whose access it inherits
        #[arg(long)]
        parent_identifier: Option<String>,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Rename an agent
    #[command(visible_alias = "rename", after_help = "Example: onecli agents update scribe --name Writer")]
    Update {
        #[command(flatten)]
        id: Id,
        /// New name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Delete an agent; its token stops working immediately
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Replace an agent's token; the old one stops working immediately
    RegenerateToken {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Set the default agent
    SetDefault {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Suspend an agent: all its requests are refused until it is resumed
    Suspend {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Resume a suspended agent
    Resume {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// List the ids of the secrets assigned to an agent
    Secrets {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Replace the secrets assigned to an agent, and limit it to them
    #[command(after_help = "Example: onecli agents set-secrets scribe --secret-ids ID,ID")]
    SetSecrets {
        #[command(flatten)]
        id: Id,
        /// Ids of the secrets
        #[arg(long, value_delimiter = ',', required = true, num_args = 0..)]
        secret_ids: Vec<String>,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Set whether an agent can use all secrets or only those assigned to it
    SetSecretMode {
        #[command(flatten)]
        id: Id,
        /// All secrets, or only those assigned
        #[arg(long)]
        mode: Mode,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Which secrets an agent may use.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// All secrets of the project
    All,
    /// Only secrets assigned to the agent
    Selective,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selective => "selective",
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
        Command::GetDefault { output } => {
            output.show(&context.client()?.read("/v1/agents/default").await?, &[])
        }
        Command::Create { name, identifier, parent_identifier, output } => {
            let mut body = output.fields()?;
            body.insert("name".into(), json!(name));
            body.insert("identifier".into(), json!(identifier));
            if let Some(parent) = parent_identifier {
                body.insert("parentIdentifier".into(), json!(parent));
            }
            let body = Value::Object(body);
            if output.dry_run {
                return output.show_plan("Create an agent", &body);
            }
            output.show(&context.client()?.call(Method::POST, LIST, Some(&body)).await?)
        }
        Command::Update { id, name, output } => {
            let body = json!({"name": name});
            let change = Change { method: Method::PATCH, verb: "", body, what: "Rename an agent" };
            change.make(context, id, output).await
        }
        Command::Delete { id, output } => {
            let change =
                Change { method: Method::DELETE, verb: "", body: Value::Null, what: "Delete an agent" };
            change.make(context, id, output).await
        }
        Command::RegenerateToken { id, output } => {
            post("/regenerate-token", "Replace an agent's token", context, id, output).await
        }
        Command::SetDefault { id, output } => {
            post("/set-default", "Set the default agent", context, id, output).await
        }
        Command::Suspend { id, output } => post("/suspend", "Suspend an agent", context, id, output).await,
        Command::Resume { id, output } => post("/resume", "Resume an agent", context, id, output).await,
        Command::Secrets { id, output } => {
            let client = context.client()?;
            let id = id.find(&client, LIST, NAMES).await?;
            output.show(&client.read(&format!("{LIST}/{id}/secrets")).await?, &[])
        }
        Command::SetSecrets { id, secret_ids, output } => set_secrets(context, id, secret_ids, output).await,
        Command::SetSecretMode { id, mode, output } => {
            let body = json!({"mode": mode.as_str()});
            let change = Change {
                method: Method::PATCH,
                verb: "/secret-mode",
                body,
                what: "Set an agent's secret mode",
            };
            change.make(context, id, output).await
        }
    }
}

/// Also sets the mode, without which the assignment would have no effect.
async fn set_secrets(
    context: &Context,
    id: &Id,
    secrets: &[String],
    output: &WriteArgs,
) -> Result<(), Failure> {
    let secrets: Vec<&String> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    for secret in &secrets {
        id::check(secret)?;
    }
    let body = json!({"secretIds": secrets});
    if output.dry_run {
        return output.show_plan("Replace the secrets assigned to an agent", &with_id(id.given()?, &body));
    }
    let client = context.client()?;
    let id = id.find(&client, LIST, NAMES).await?;
    let answer = client.call(Method::PUT, &format!("{LIST}/{id}/secrets"), Some(&body)).await?;
    let mode = json!({"mode": Mode::Selective.as_str()});
    client.call(Method::PATCH, &format!("{LIST}/{id}/secret-mode"), Some(&mode)).await?;
    output.show(&answer, &[])
}

async fn post(verb: &str, what: &str, context: &Context, id: &Id, output: &WriteArgs) -> Result<(), Failure> {
    Change { method: Method::POST, verb, body: Value::Null, what }.make(context, id, output).await
}

/// A change to one agent.
struct Change<'a> {
    method: Method,
    verb: &'a str,
    body: Value,
    what: &'a str,
}

impl Change<'_> {
    async fn make(&self, context: &Context, id: &Id, output: &WriteArgs) -> Result<(), Failure> {
        if output.dry_run {
            return output.show_plan(self.what, &with_id(id.given()?, &self.body));
        }
        let client: Client = context.client()?;
        let id = id.find(&client, LIST, NAMES).await?;
        let body = (!self.body.is_null()).then_some(&self.body);
        let answer = client.call(self.method.clone(), &format!("{LIST}/{id}{}", self.verb), body).await?;
        output.show(&result_of(answer, &self.method, &id), &[])
    }
}

/// The response, or a status where the server sends no body.
pub(crate) fn result_of(answer: Value, method: &Method, id: &str) -> Value {
    let status = if *method == Method::DELETE { "deleted" } else { "done" };
    if answer.is_null() { json!({"status": status, "id": id}) } else { answer }
}

/// A payload with the id of the resource.
pub(crate) fn with_id(id: &str, body: &Value) -> Value {
    let mut all = serde_json::Map::from_iter([("id".to_owned(), json!(id))]);
    if let Value::Object(fields) = body {
        all.extend(fields.clone());
    }
    Value::Object(all)
}

const LIST: &str = "/v1/agents";
const NAMES: &[&str] = &["identifier", "name"];
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("identifier", "identifier"),
    ("name", "name"),
    ("default", "isDefault"),
    ("secrets", "secretMode"),
    ("last seen", "lastSeenAt"),
    ("requests", "requestCount"),
];
