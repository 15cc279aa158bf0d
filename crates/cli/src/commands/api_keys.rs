//! API keys for programs that call the API.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::id::Id;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// Subcommands for API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List API keys; the keys themselves are never shown
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create an API key; it is shown only once
    #[command(after_help = "Example: onecli api-keys create --name ci --quiet apiKey")]
    Create {
        /// Name, such as what it is used for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Revoke an API key; it stops working immediately
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { output } => {
            let all = context.client()?.list(LIST, output.pick.max).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::Create { name, output } => {
            let mut body = output.fields()?;
            body.insert("name".into(), json!(name));
            let body = Value::Object(body);
            if output.dry_run {
                return output.show_plan("Create an API key", &body);
            }
            output.show(&context.client()?.call(Method::POST, LIST, Some(&body)).await?)
        }
        Command::Delete { id, output } => {
            if output.dry_run {
                return output.show_plan("Revoke an API key", &json!({"id": id.given()?}));
            }
            let client = context.client()?;
            let id = id.find(&client, LIST, &["name"]).await?;
            client.call(Method::DELETE, &format!("{LIST}/{id}"), None).await?;
            output.show(&json!({"status": "deleted", "id": id}), &[])
        }
    }
}

const LIST: &str = "/v1/api-keys";
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("name", "name"),
    ("key", "preview"),
    ("created", "createdAt"),
    ("last used", "lastUsedAt"),
];
