//! Settings of the server, and which server the commands call.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::client::{named, normal};
use crate::config::{SETTINGS, ServerFlags, gather, shown};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::printer::{Column, ReadArgs, WriteArgs};

/// Subcommands for settings.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the server's settings and where each comes from
    #[command(after_help = "Example: onecli config show --port 8080")]
    Show {
        #[command(flatten)]
        output: ReadArgs,
        #[command(flatten)]
        flags: Box<ServerFlags>,
    },
    /// Show which server the commands call
    Get {
        /// The setting
        #[arg(value_parser = ["api-host"])]
        key: String,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Set which server the commands call; an empty value means the local one
    #[command(after_help = "Example: onecli config set api-host https://onecli.example.com")]
    Set {
        /// The setting
        #[arg(value_parser = ["api-host"])]
        key: String,
        /// Its value
        value: String,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Show { output, flags } => show(context, flags, output),
        Command::Get { key, output } => {
            let value = named(&context.environment, &context.data)?;
            let value = match value {
                Some(value) => value,
                None => context.client().map(|client| client.located().url.clone()).unwrap_or_default(),
            };
            output.show(&json!({"key": key, "value": value}), &[])
        }
        Command::Set { key, value, output } => {
            let value = if value.is_empty() { String::new() } else { normal(value, "api-host")? };
            let payload = json!({"key": key, "value": value});
            if output.dry_run {
                return output.show_plan("Set which server the commands call", &payload);
            }
            keep(context, key, &value)?;
            output.show(&json!({"status": "saved", "key": key, "value": value}), &[])
        }
    }
}

fn keep(context: &Context, key: &str, value: &str) -> Result<(), Failure> {
    let kept = std::fs::read(context.data.file(FILE)).ok();
    let mut kept: Map<String, Value> =
        kept.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    if value.is_empty() {
        kept.remove(key);
    } else {
        kept.insert(key.to_owned(), json!(value));
    }
    let text = serde_json::to_vec_pretty(&kept).map_err(|error| Failure::new(error.to_string()))?;
    context.data.write(FILE, &text).map(|_| ())
}

fn show(context: &Context, flags: &ServerFlags, output: &ReadArgs) -> Result<(), Failure> {
    let (given, problems) = gather(flags, &context.environment, &context.data);
    let data_dir = json!({"setting": "data-dir", "value": context.data.path(), "source": "--data-dir, ONECLI_DATA_DIR or the home directory"});
    let mut rows = vec![data_dir];
    for setting in SETTINGS {
        let row = match given.given(setting.key) {
            Some(given) => {
                let values: Vec<String> = given.values.iter().map(|value| shown(setting, value)).collect();
                json!({"setting": setting.key, "value": values.join(", "), "source": given.source.to_string()})
            }
            None => json!({"setting": setting.key, "value": setting.otherwise, "source": "default"}),
        };
        rows.push(row);
    }
    output.show(&Value::Array(rows), COLUMNS)?;
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure { exit: Exit::Usage, what: problems, hints: Vec::new() })
    }
}

const FILE: &str = "config.json";
const COLUMNS: &[Column] = &[("setting", "setting"), ("value", "value"), ("source", "source")];
