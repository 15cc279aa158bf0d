//! Agents: who may send requests, with which token, and which secrets they may use.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use super::id::{self, Id};
use crate::client::Client;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// What to do with agents.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the agents
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show one
    #[command(after_help = "Example: onecli agents get scribe")]
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show the one that is meant where none is named
    GetDefault {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create one
    #[command(after_help = "Example: onecli agents create --name Scribe --identifier scribe")]
    Create {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its short name: small letters, digits and hyphens
        #[arg(long)]
        identifier: String,
        /// Short name of an agent whose access it inherits
        #[arg(long)]
        parent_identifier: Option<String>,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Rename one
    #[command(visible_alias = "rename", after_help = "Example: onecli agents update scribe --name Writer")]
    Update {
        #[command(flatten)]
        id: Id,
        /// Its new name
        #[arg(long)]
        name: String,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Delete one; its token stops working at once
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Give one a new token; the old one stops working at once
    RegenerateToken {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Make one the one that is meant where none is named
    SetDefault {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Refuse all that one sends, until it is resumed
    Suspend {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Let a suspended one go on
    Resume {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// List the ids of the secrets that one was given
    Secrets {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Give one these secrets, and no others
    #[command(after_help = "Example: onecli agents set-secrets scribe --secret-ids ID,ID")]
    SetSecrets {
        #[command(flatten)]
        id: Id,
        /// The secrets' ids
        #[arg(long, value_delimiter = ',', required = true, num_args = 0..)]
        secret_ids: Vec<String>,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Say whether one may use all secrets, or those that it was given
    SetSecretMode {
        #[command(flatten)]
        id: Id,
        /// All, or those that it was given
        #[arg(long)]
        mode: Mode,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Which secrets an agent may use.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// All of the project.
    All,
    /// Those that it was given.
    Selective,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selective => "selective",
        }
    }
}

/// Does it.
pub(crate) async fn carry_out(context: &Context, command: &Command) -> Result<(), Failure> {
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
            post("/regenerate-token", "Give an agent a new token", context, id, output).await
        }
        Command::SetDefault { id, output } => {
            post("/set-default", "Make an agent the default", context, id, output).await
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
            let body = json!({"mode": mode.word()});
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

/// An assignment without the mode that makes it count would be a surprise.
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
        return output.show_plan("Give an agent these secrets and no others", &with_id(id.given()?, &body));
    }
    let client = context.client()?;
    let id = id.find(&client, LIST, NAMES).await?;
    let answer = client.call(Method::PUT, &format!("{LIST}/{id}/secrets"), Some(&body)).await?;
    let mode = json!({"mode": Mode::Selective.word()});
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
        output.show(&said(answer, &self.method, &id), &[])
    }
}

/// What came of it, also where the server says nothing.
pub(crate) fn said(answer: Value, method: &Method, id: &str) -> Value {
    let status = if *method == Method::DELETE { "deleted" } else { "done" };
    if answer.is_null() { json!({"status": status, "id": id}) } else { answer }
}

/// A payload with the id of what it changes.
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
