//! Grants: requests that a person allowed to pass without asking again.

use clap::Subcommand;
use reqwest::Method;
use serde_json::Value;

use super::agents::{result_of, with_id};
use super::id::Id;
use crate::client::segment;
use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, ReadArgs, WriteArgs};

/// Subcommands for grants.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List active grants
    List {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Revoke a grant
    #[command(visible_alias = "delete")]
    Revoke {
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
        Command::Revoke { id, output } => {
            if output.dry_run {
                return output.show_plan("Revoke a grant", &with_id(id.given()?, &Value::Null));
            }
            let client = context.client()?;
            let id = id.find(&client, LIST, &[]).await?;
            let answer = client.call(Method::DELETE, &format!("{LIST}/{}", segment(&id)), None).await?;
            output.show(&result_of(answer, &Method::DELETE, &id), &[])
        }
    }
}

const LIST: &str = "/v1/grants";
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("method", "method"),
    ("host", "host"),
    ("path", "path"),
    ("pattern", "pathPattern"),
    ("left", "requestsLeft"),
    ("until", "expiresAt"),
    ("by", "createdBy"),
];
