//! Activity: list, follow and export what agents did.

use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use futures_util::StreamExt;
use serde_json::Value;

use super::id::Id;
use crate::client::{Client, with};
use crate::context::Context;
use crate::exit::{Exit, Failure, note};
use crate::printer::{Column, ReadArgs, print};

/// Subcommands for activity.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what agents did, newest first
    #[command(after_help = "Example: onecli activity list --verdict block --max 20")]
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show one record
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show the latest records, oldest first; with -f also new ones as they arrive
    #[command(after_help = "Example: onecli activity tail -f")]
    Tail {
        /// Keep showing new records until interrupted
        #[arg(long, short)]
        follow: bool,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Export all matching records
    Export {
        /// Format: jsonl or csv
        #[arg(long, default_value = "jsonl")]
        format: String,
        /// File to write instead of stdout
        #[arg(long)]
        output: Option<PathBuf>,
        #[command(flatten)]
        filter: Filter,
    },
}

/// Which records to show.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filter {
    /// Only this agent's
    #[arg(long)]
    agent_id: Option<String>,
    /// Only to this host
    #[arg(long)]
    host: Option<String>,
    /// Only with this method
    #[arg(long)]
    method: Option<String>,
    /// Only with this status, such as 403 or 4xx
    #[arg(long)]
    status: Option<String>,
    /// Only with this verdict, or one of several: block,hold
    #[arg(long)]
    verdict: Option<String>,
    /// Only from this time on (RFC 3339)
    #[arg(long)]
    from: Option<String>,
    /// Only before this time (RFC 3339)
    #[arg(long)]
    to: Option<String>,
    /// Only alarms
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    alarm: Option<bool>,
    /// Only with this text
    #[arg(long, short)]
    q: Option<String>,
}

impl Filter {
    fn on(&self, path: &str) -> String {
        let alarm = self.alarm.map(|alarm| alarm.to_string());
        let all = [
            ("agentId", &self.agent_id),
            ("host", &self.host),
            ("method", &self.method),
            ("status", &self.status),
            ("verdict", &self.verdict),
            ("from", &self.from),
            ("to", &self.to),
            ("alarm", &alarm),
            ("q", &self.q),
        ];
        all.iter().fold(path.to_owned(), |path, (name, value)| match value {
            Some(value) => with(&path, name, value),
            None => path,
        })
    }

    fn is_empty(&self) -> bool {
        self.on("").is_empty()
    }
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    let client = context.client()?;
    match command {
        Command::List { filter, output } => {
            let all = client.list(&filter.on(LIST), Some(output.pick.max.unwrap_or(50))).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::Get { id, output } => {
            output.show(&client.read(&format!("{LIST}/{}", id.given()?)).await?, &[])
        }
        Command::Tail { follow, filter, output } => tail(&client, *follow, filter, output).await,
        Command::Export { format, output, filter } => {
            let path = filter.on(&with("/v1/activity/export", "format", format));
            export(&client, &path, output.as_deref()).await
        }
    }
}

async fn tail(client: &Client, follow: bool, filter: &Filter, output: &ReadArgs) -> Result<(), Failure> {
    if follow && !filter.is_empty() {
        return Err(Failure::usage("-f can't be combined with filters")
            .hint("use `onecli activity tail -f --json | jq 'select(.host == \"…\")'`"));
    }
    let mut records = client.list(&filter.on(LIST), Some(output.pick.max.unwrap_or(10))).await?;
    let mut last = records.first().and_then(id_of);
    records.reverse();
    for record in &records {
        show(record, output)?;
    }
    if !follow {
        return Ok(());
    }
    loop {
        match listen(client, &mut last, output).await {
            Ok(()) => {}
            // The server may be restarting.
            Err(failure) if failure.exit == Exit::Unreachable && last.is_some() => {
                note("waiting for the server");
            }
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Shows new records until the server ends the stream.
async fn listen(client: &Client, last: &mut Option<String>, output: &ReadArgs) -> Result<(), Failure> {
    let mut bytes = client.stream("/v1/activity/stream", last.as_deref()).await?.bytes_stream();
    let mut events = Events::default();
    while let Some(Ok(chunk)) = bytes.next().await {
        for record in events.read(&chunk) {
            show(&record, output)?;
            *last = id_of(&record).or(last.take());
        }
    }
    Ok(())
}

fn id_of(record: &Value) -> Option<String> {
    record.get("id").and_then(Value::as_str).map(str::to_owned)
}

fn show(record: &Value, output: &ReadArgs) -> Result<(), Failure> {
    if output.pick.quiet.is_some() || !output.pick.fields.is_empty() {
        return output.show(record, COLUMNS);
    }
    if output.json || !stdout().is_terminal() {
        return print(format!("{record}\n"));
    }
    let text = |name: &str| match record.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.chars().filter(|letter| !letter.is_control()).collect(),
        Some(other) => other.to_string(),
    };
    print(format!(
        "{}  {:<12} {:<12} {:>3}  {:<7} {}{}\n",
        text("at"),
        text("agentName"),
        text("verdict"),
        text("status"),
        text("method"),
        text("host"),
        text("path"),
    ))
}

/// Writes a streamed response to a file or to stdout.
pub(super) async fn export(client: &Client, path: &str, to: Option<&std::path::Path>) -> Result<(), Failure> {
    let mut bytes = client.stream(path, None).await?.bytes_stream();
    let mut file = match to {
        Some(to) => Some(std::fs::File::create(to).map_err(|error| Failure::file("write", to, &error))?),
        None => None,
    };
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.map_err(|_| Failure::of(Exit::Unreachable, "the server ended the export early"))?;
        match (&mut file, to) {
            (Some(file), Some(to)) => {
                file.write_all(&chunk).map_err(|error| Failure::file("write", to, &error))?;
            }
            _ => print(&chunk)?,
        }
    }
    Ok(())
}

/// A parser for server-sent events (WHATWG HTML §9.2.6).
#[derive(Default)]
struct Events {
    rest: Vec<u8>,
    data: String,
}

impl Events {
    fn read(&mut self, chunk: &[u8]) -> Vec<Value> {
        self.rest.extend_from_slice(chunk);
        let mut records = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                records.extend(serde_json::from_str(&std::mem::take(&mut self.data)).ok());
            } else if let Some(data) = line.strip_prefix("data:") {
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            }
        }
        records
    }
}

const LIST: &str = "/v1/activity";
const PAUSE: Duration = Duration::from_secs(1);
const COLUMNS: &[Column] = &[
    ("at", "at"),
    ("agent", "agentName"),
    ("verdict", "verdict"),
    ("status", "status"),
    ("method", "method"),
    ("host", "host"),
    ("path", "path"),
    ("ms", "durationMs"),
    ("id", "id"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_in_pieces_is_one_record() {
        let mut events = Events::default();

        assert!(events.read(b": still here\n\nevent: activity\nda").is_empty());
        assert!(events.read(b"ta: {\"id\":\"1\"}\r\n").is_empty());
        let records = events.read(b"\r\ndata:{\"id\":\"2\"}\n\n");

        assert_eq!(records.iter().filter_map(id_of).collect::<Vec<_>>(), ["1", "2"]);
    }
}
