//! What needs a person: holds that wait, keys that fail, alarms, agents that are refused again and again.

use clap::Args;

use crate::context::Context;
use crate::exit::Failure;
use crate::printer::{Column, ReadArgs};

/// How it is shown.
#[derive(Args, Debug)]
pub(crate) struct AttentionArgs {
    #[command(flatten)]
    output: ReadArgs,
}

/// Shows it.
pub(crate) async fn carry_out(context: &Context, args: &AttentionArgs) -> Result<(), Failure> {
    args.output.show(&context.client()?.read("/v1/attention").await?, COLUMNS)
}

const COLUMNS: &[Column] =
    &[("what", "kind"), ("count", "count"), ("name", "name"), ("host", "host"), ("at", "at"), ("id", "id")];
