//! Approvals: list and decide held requests.

use std::collections::HashSet;
use std::fmt::Write;
use std::io::{BufRead, IsTerminal, stdin, stdout};
use std::time::Duration;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::agents::with_id;
use super::id::Id;
use crate::client::{Client, segment, with};
use crate::context::Context;
use crate::exit::{Exit, Failure, note};
use crate::printer::{Column, ReadArgs, WriteArgs, print, printable};

/// Subcommands for approvals.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List held requests in any state, newest first
    List {
        /// Only in this state, or one of several: pending,interrupted
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Show a held request
    Get {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Wait for held requests and decide them here, one by one, until interrupted
    #[command(after_help = "\
If stdout is not a terminal, each held request is printed as one line of JSON, without a prompt.

Example: onecli approvals watch")]
    Watch,
    /// Approve a request
    #[command(
        after_help = "Example: onecli approvals approve 0198… --minutes 10 --path-pattern '/v1/refunds/*'"
    )]
    Approve {
        #[command(flatten)]
        id: Id,
        /// Also allow requests with the same agent, method, host and path for this many minutes
        #[arg(long)]
        minutes: Option<u32>,
        /// Also allow this many more such requests
        #[arg(long)]
        requests: Option<u32>,
        /// Apply the grant to these paths instead of the exact path
        #[arg(long)]
        path_pattern: Option<String>,
        #[command(flatten)]
        output: WriteArgs,
    },
    /// Deny a request
    Deny {
        #[command(flatten)]
        id: Id,
        /// Reason to give to the agent
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        output: WriteArgs,
    },
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { state, output } => {
            let path = state.as_ref().map_or_else(|| LIST.to_owned(), |state| with(LIST, "state", state));
            let all = context.client()?.list(&path, output.pick.max).await?;
            output.show(&Value::Array(all), COLUMNS)
        }
        Command::Get { id, output } => {
            let client = context.client()?;
            output.show(&id.item(&client, LIST, &[]).await?, &[])
        }
        Command::Watch => watch(&context.client()?).await,
        Command::Approve { id, minutes, requests, path_pattern, output } => {
            let mut body = json!({"decision": "approve"});
            if minutes.is_some() || requests.is_some() || path_pattern.is_some() {
                let grant = json!({"minutes": minutes, "requests": requests, "pathPattern": path_pattern});
                if let Some(fields) = body.as_object_mut() {
                    fields.insert("grant".into(), grant);
                }
            }
            decide(context, id, &body, output).await
        }
        Command::Deny { id, reason, output } => {
            decide(context, id, &json!({"decision": "deny", "reason": reason}), output).await
        }
    }
}

async fn decide(context: &Context, id: &Id, body: &Value, output: &WriteArgs) -> Result<(), Failure> {
    let id = id.given()?;
    if output.dry_run {
        return output.show_plan("Decide a held request", &with_id(id, body));
    }
    output.show(&send(&context.client()?, id, body).await?, &[])
}

async fn send(client: &Client, id: &str, body: &Value) -> Result<Value, Failure> {
    client.call(Method::POST, &format!("{LIST}/{}/decision", segment(id)), Some(body)).await
}

/// Waits for held requests and asks for a decision on each.
async fn watch(client: &Client) -> Result<(), Failure> {
    let person = stdout().is_terminal() && stdin().is_terminal();
    let mut lines = person.then(read_lines);
    if person {
        note("waiting for requests that need approval; press Ctrl-C to stop");
    }
    let mut known: HashSet<String> = HashSet::new();
    loop {
        let exclude: Vec<&str> = known.iter().map(String::as_str).collect();
        let pending = client.read(&with(&format!("{LIST}/pending"), "exclude", &exclude.join(","))).await?;
        for held in pending.get("requests").and_then(Value::as_array).into_iter().flatten() {
            let id = held.get("id").and_then(Value::as_str).unwrap_or_default();
            known.insert(id.to_owned());
            match &mut lines {
                None => print(format!("{held}\n"))?,
                Some(lines) => ask(client, id, held, lines).await?,
            }
        }
        if known.len() > MOST_KNOWN {
            // Skipped requests come again; decided ones don't.
            known.clear();
        }
    }
}

/// Shows a held request and reads the decision.
async fn ask(
    client: &Client,
    id: &str,
    held: &Value,
    lines: &mut mpsc::Receiver<String>,
) -> Result<(), Failure> {
    print(describe(held))?;
    let ends = read_time(held, "expiresAt");
    loop {
        print(format!("{}\n{QUESTION}", countdown(ends)))?;
        let line = loop {
            tokio::select! {
                line = lines.recv() => match line {
                    Some(line) => break line,
                    None => return Err(Failure::of(Exit::Interrupted, "interrupted")),
                },
                () = tokio::time::sleep(Duration::from_secs(1)) => {
                    // Updates the line above, then restores the cursor.
                    print(format!("\x1b7\x1b[1F{}\x1b[K\x1b8", countdown(ends)))?;
                    if seconds_left(ends) == Some(0) {
                        note("\nexpired");
                        return Ok(());
                    }
                }
            }
        };
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let body = match (word, rest.trim()) {
            ("a" | "approve", "") => json!({"decision": "approve"}),
            ("m" | "minutes", minutes) if minutes.parse::<u32>().is_ok() => {
                json!({"decision": "approve", "grant": {"minutes": minutes.parse::<u32>().unwrap_or(1)}})
            }
            ("m" | "minutes", "") => json!({"decision": "approve", "grant": {"minutes": 10}}),
            ("d" | "deny", "") => json!({"decision": "deny"}),
            ("d" | "deny", reason) => json!({"decision": "deny", "reason": reason}),
            ("s" | "skip", _) => return Ok(()),
            _ => {
                note("type a, m MINUTES, d [REASON] or s");
                continue;
            }
        };
        return match send(client, id, &body).await {
            Ok(_) => {
                note("done");
                Ok(())
            }
            // Already decided by someone else, or cancelled.
            Err(failure) if failure.exit == Exit::Failed || failure.exit == Exit::NotFound => {
                note(&failure.to_string());
                Ok(())
            }
            Err(failure) => Err(failure),
        };
    }
}

/// Formats a held request.
fn describe(held: &Value) -> String {
    let text = |path: &str| printable(held.pointer(path).and_then(Value::as_str).unwrap_or_default());
    let held_by = match held.pointer("/rule/name").and_then(Value::as_str) {
        Some(rule) => format!("by the rule \"{}\"", printable(rule)),
        None => "because no rule matches it".to_owned(),
    };
    let mut out = format!(
        "\n{}\n  {} {}\n  by {}, held {}\n",
        text("/summary/action"),
        text("/method"),
        text("/url"),
        text("/agent/name"),
        held_by,
    );
    for detail in held.pointer("/summary/details").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| printable(detail.get(name).and_then(Value::as_str).unwrap_or_default());
        let _ = writeln!(out, "  {}: {}", text("label"), text("value"));
    }
    out
}

fn read_time(held: &Value, name: &str) -> Option<jiff::Timestamp> {
    held.get(name)?.as_str()?.parse().ok()
}

fn seconds_left(ends: Option<jiff::Timestamp>) -> Option<i64> {
    ends.map(|ends| (ends.as_second() - jiff::Timestamp::now().as_second()).max(0))
}

/// The remaining time, by this machine's clock.
fn countdown(ends: Option<jiff::Timestamp>) -> String {
    seconds_left(ends).map_or_else(String::new, |left| format!("  {} min {:02} s left", left / 60, left % 60))
}

/// Reads stdin line by line.
fn read_lines() -> mpsc::Receiver<String> {
    let (give, take) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in stdin().lock().lines() {
            let Ok(line) = line else { return };
            if give.blocking_send(line).is_err() {
                return;
            }
        }
    });
    take
}

const QUESTION: &str = "[a]pprove, approve for [m] minutes, [d]eny, [s]kip? ";
const LIST: &str = "/v1/approvals";
const MOST_KNOWN: usize = 500;
const COLUMNS: &[Column] = &[
    ("id", "id"),
    ("state", "state"),
    ("action", "summary.action"),
    ("method", "method"),
    ("host", "host"),
    ("path", "path"),
    ("agent", "agent.name"),
    ("rule", "rule.name"),
    ("expires", "expiresAt"),
    ("by", "decidedBy"),
];
