//! The audit log: list, export and verify what people changed.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use onecli_app::audit_log::{Verification, public_key, verify_export, verify_store};
use onecli_domain::audit::PublicKey;
use onecli_domain::id::ChainId;
use serde_json::{Value, json};

use super::activity::export;
use crate::client::with;
use crate::config::{Server, ServerFlags, gather};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::printer::{Column, ReadArgs};
use crate::serving::parts;

/// Subcommands for the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what people changed, newest first
    #[command(after_help = "Example: onecli audit list --action secret.rotate --max 20")]
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        output: ReadArgs,
    },
    /// Export the whole log, with hashes and signatures
    #[command(after_help = "Example: onecli audit export --output audit.jsonl")]
    Export {
        /// File to write instead of stdout
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Check offline that no record was edited, removed, reordered or truncated
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Print the public key that verifies the checkpoints
    #[command(after_help = "Example: onecli audit key > onecli-audit.pub")]
    Key,
}

/// Which records to show.
#[derive(Args, Debug)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filter {
    /// Only with this action, such as agent.create
    #[arg(long)]
    action: Option<String>,
    /// Only from this time on (RFC 3339)
    #[arg(long)]
    from: Option<String>,
    /// Only before this time (RFC 3339)
    #[arg(long)]
    to: Option<String>,
}

/// Arguments of `audit verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Export to check instead of the database
    #[arg(long, value_name = "EXPORT")]
    file: Option<PathBuf>,
    /// Public key to trust, or a file that contains one (repeatable); for an export it replaces the data directory's
    /// key, for the database it is added to it
    #[arg(long, value_name = "PUBLIC_KEY")]
    key: Vec<String>,
    #[command(flatten)]
    output: ReadArgs,
}

/// Runs the command.
pub(crate) async fn execute(context: &Context, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { filter, output } => {
            let all = [("action", &filter.action), ("from", &filter.from), ("to", &filter.to)];
            let path = all.iter().fold(LIST.to_owned(), |path, (name, value)| match value {
                Some(value) => with(&path, name, value),
                None => path,
            });
            let found = context.client()?.list(&path, Some(output.pick.max.unwrap_or(50))).await?;
            if output.wants_json() {
                return output.show(&Value::Array(found), &[]);
            }
            output.show(&Value::Array(found.iter().map(row).collect()), COLUMNS)
        }
        Command::Export { output } => export(&context.client()?, "/v1/audit/export", output.as_deref()).await,
        Command::Verify(args) => verify(context, args).await,
        Command::Key => {
            let key = own_key(context)?.ok_or_else(no_key)?;
            crate::printer::print(format!("{key}\n"))
        }
    }
}

async fn verify(context: &Context, args: &VerifyArgs) -> Result<(), Failure> {
    let mut trusted = args.key.iter().map(|key| read_key(key)).collect::<Result<Vec<_>, _>>()?;
    if args.file.is_none() || trusted.is_empty() {
        trusted.extend(own_key(context)?);
    }
    if trusted.is_empty() {
        return Err(no_key().hint("or give the key with --key; `onecli audit key` prints it on the server"));
    }
    let checked = match &args.file {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
            verify_export(&text, &trusted)
        }
        None => check_database(context, trusted).await?,
    };
    if let Some(finding) = &checked.first_bad {
        let failure = Failure::of(Exit::Failed, format!("the audit log was tampered with: {finding}"));
        return Err(failure.hint("compare it with an earlier export or a backup to see what was there"));
    }
    if checked.sound.is_empty() {
        return Err(Failure::new("it contains no audit log"));
    }
    args.output.show(&summary(&checked), &[])
}

/// Checks the database that the server of this data directory uses.
async fn check_database(context: &Context, trusted: Vec<PublicKey>) -> Result<Verification, Failure> {
    let (given, problems) = gather(&ServerFlags::default(), &context.environment, &context.data);
    let mut server = Server::read(&given, problems)?;
    if server.database_url.is_none() && !context.data.file("onecli.db").exists() {
        return Err(Failure::of(
            Exit::NotFound,
            format!("there is no database in {}", context.data.path().display()),
        )
        .hint("set --data-dir, or check an export with --file"));
    }
    let store = parts::store(&mut server, &context.data)?;
    let checked = verify_store(&store, context.data.path(), trusted).await;
    checked.map_err(|error| Failure::new(error.to_string()))
}

fn summary(checked: &Verification) -> Value {
    let chains = checked.sound.iter().map(|(chain, sound)| {
        let name = if *chain == ChainId::INSTALLATION { "installation".into() } else { chain.to_string() };
        json!({
            "chain": name,
            "records": sound.records,
            "last": sound.end.sequence,
            "lastHash": sound.end.hash,
            "signedTo": sound.signed,
        })
    });
    let chains: Vec<Value> = chains.collect();
    json!({
        "ok": true,
        "records": checked.records(),
        "checkpoints": checked.checkpoints(),
        "chains": chains,
    })
}

/// A record as a table row.
fn row(record: &Value) -> Value {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let by = text("/by/name").or(text("/by/kind"));
    json!({
        "at": text("/at"),
        "person": text("/person/name").unwrap_or("-"),
        "by": by,
        "from": text("/from").unwrap_or("-"),
        "action": text("/action"),
        "target": text("/target/name").or(text("/target/kind")),
        "result": text("/result"),
        "id": text("/id"),
    })
}

fn own_key(context: &Context) -> Result<Option<PublicKey>, Failure> {
    public_key(context.data.path()).map_err(|error| Failure::new(error.to_string()))
}

fn read_key(given: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!(
            "`{given}` is neither a public key nor a readable file: {}",
            crate::exit::plain(&error)
        ))
    })?;
    text.trim().parse().map_err(|_| Failure::usage(format!("{given} contains no public key (64 hex digits)")))
}

fn no_key() -> Failure {
    Failure::of(Exit::NotFound, "there is no audit log key in the data directory")
        .hint("the server creates one on its first start; set --data-dir to its data directory")
}

const LIST: &str = "/v1/audit";
const VERIFY_EXAMPLES: &str = "\
Examples:
  onecli audit verify
  onecli audit verify --file audit.jsonl --key onecli-audit.pub";
const COLUMNS: &[Column] = &[
    ("at", "at"),
    ("person", "person"),
    ("by", "by"),
    ("from", "from"),
    ("action", "action"),
    ("target", "target"),
    ("result", "result"),
    ("id", "id"),
];
