//! What needs a person: held requests, failing secrets, alarms, agents that are often refused.

use clap::Args;

use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, ReadArgs};

/// Arguments of `attention`.
#[derive(Args, Debug)]
pub(crate) struct AttentionArgs {
    #[command(flatten)]
    output: ReadArgs,
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, args: &AttentionArgs) -> Result<(), Failure> {
    args.output.show(&context.client()?.read("/v1/attention").await?, COLUMNS)
}

const COLUMNS: &[Column] =
    &[("what", "kind"), ("count", "count"), ("name", "name"), ("host", "host"), ("at", "at"), ("id", "id")];
