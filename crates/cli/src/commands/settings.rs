//! Settings of the installation: how long records are kept, and how much room they may take.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{ReadArgs, WriteArgs};

/// Subcommands for the settings of the installation.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the settings
    Show {
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Change settings
    #[command(after_help = "Example: onecli settings set --activity-days 365")]
    Set {
        /// Days to keep activity; 0 means forever
        #[arg(long, value_name = "DAYS")]
        activity_days: Option<u32>,
        /// Bytes that all activity may take, at least 1048576; 0 means no bound
        #[arg(long, value_name = "BYTES")]
        activity_max_bytes: Option<u64>,
        /// Days to keep the history of held requests
        #[arg(long, value_name = "DAYS", required_unless_present_any = ["activity_days", "activity_max_bytes"])]
        approval_days: Option<u32>,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Show { output } => output.show(&context.client()?.read(PATH).await?, &[]),
        Command::Set { activity_days, activity_max_bytes, approval_days, output } => {
            let mut body = Map::new();
            if let Some(days) = activity_days {
                body.insert("activityDays".into(), if *days == 0 { Value::Null } else { (*days).into() });
            }
            if let Some(bytes) = activity_max_bytes {
                body.insert(
                    "activityMaxBytes".into(),
                    if *bytes == 0 { Value::Null } else { (*bytes).into() },
                );
            }
            if let Some(days) = approval_days {
                body.insert("approvalDays".into(), (*days).into());
            }
            let body = Value::Object(body);
            if output.dry_run {
                return output.show_plan("Change the settings of the installation", &body);
            }
            output.show(&context.client()?.call(Method::PUT, PATH, Some(&body)).await?, &[])
        }
    }
}

const PATH: &str = "/v1/settings";
