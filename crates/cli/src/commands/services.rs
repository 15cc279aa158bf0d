//! Known services: where their keys are sent.

use clap::Args;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::printer::{Column, ReadArgs};

/// Arguments of `services`.
#[derive(Args, Debug)]
#[command(after_help = "Example: onecli secrets create --service github")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    output: ReadArgs,
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, args: &ListArgs) -> Result<(), Failure> {
    args.output.show(&context.client()?.read(LIST).await?, COLUMNS)
}

/// The fields of a secret for a service, by the service's id or name.
pub(super) async fn find(client: &Client, wanted: &str) -> Result<Map<String, Value>, Failure> {
    let all = client.read(LIST).await?;
    let is_wanted = |service: &&Value| {
        ["id", "name"].iter().any(|field| {
            service.get(field).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        })
    };
    let service = all.as_array().into_iter().flatten().find(is_wanted).ok_or_else(|| {
        Failure::of(Exit::NotFound, format!("no service named \"{wanted}\""))
            .hint("`onecli services` lists all; for others use --host-pattern and --header-name")
    })?;
    let fields = ["name", "type", "hostPattern", "hostPatterns", "injectionConfig", "keysUrl"];
    let fields = fields.iter().filter_map(|name| Some(((*name).to_owned(), service.get(name)?.clone())));
    Ok(fields.collect())
}

const LIST: &str = "/v1/services";
const COLUMNS: &[Column] =
    &[("id", "id"), ("name", "name"), ("hosts", "hostPatterns"), ("get a key at", "keysUrl")];
