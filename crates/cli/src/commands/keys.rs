//! Encryption keys: which there are, and making a new one.

use clap::Subcommand;
use reqwest::Method;
use serde_json::json;

use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{ReadArgs, WriteArgs};

/// What to do with encryption keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the keys, and how much each protects
    #[command(visible_alias = "list", after_help = "Example: onecli keys status")]
    Status {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Make a new key, and move everything under it while the server goes on
    #[command(after_help = "Example: onecli keys rotate\nProgress: onecli keys status")]
    Rotate {
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Does it.
pub(crate) async fn carry_out(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Status { output } => output.show(&context.client()?.read("/v1/keys").await?, &[]),
        Command::Rotate { output } if output.dry_run => {
            output.show_plan("Make a new encryption key and re-wrap all data keys", &json!({}))
        }
        Command::Rotate { output } => {
            output.show(&context.client()?.call(Method::POST, "/v1/keys/rotate", None).await?, &[])
        }
    }
}
