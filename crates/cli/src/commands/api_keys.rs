//! API keys, which a person's own programs use.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::id::Id;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, CreateArgs, ReadArgs, WriteArgs};

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List them; the keys themselves are not kept
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Make one; it is shown this once
    #[command(after_help = "Example: onecli api-keys create --name ci --quiet apiKey")]
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        #[command(flatten)]
        output: CreateArgs,
    },
    /// Revoke one; it stops working at once
    #[command(visible_alias = "remove")]
    Delete {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Does it.
pub(crate) async fn carry_out(context: &Context, command: &Command) -> Result<(), Failure> {
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
