//! Encryption keys: status and rotation.

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;

use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{ReadArgs, WriteArgs};

/// Subcommands for encryption keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the keys and how many values each protects
    #[command(visible_alias = "list", after_help = "Example: onecli keys status")]
    Status {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Create a new key and re-wrap everything with it while the server runs
    #[command(after_help = "Example: onecli keys rotate\nProgress: onecli keys status")]
    Rotate {
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Status { output } => output.show(&context.client()?.read("/v1/keys").await?, &[]),
        Command::Rotate { output } if output.dry_run => {
            output.show_plan("Create a new encryption key and re-wrap all data keys", &json!({}))
        }
        Command::Rotate { output } => {
            output.show(&context.client()?.call(Method::POST, "/v1/keys/rotate", None).await?, &[])
        }
    }
}
