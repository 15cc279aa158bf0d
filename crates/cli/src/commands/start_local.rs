//! Starts a local server in the background and waits until it responds.

use std::fs::OpenOptions;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::client::{Client, named};
use crate::context::Context;
use crate::exit::{Exit, Failure, note, plain};

/// A client for the running server; starts one if none responds.
pub(crate) async fn client(context: &Context) -> Result<Client, Failure> {
    if let Some(client) = responding(context).await? {
        return Ok(client);
    }
    if let Some(url) = named(&context.environment, &context.data)? {
        return Err(Failure::of(Exit::Unreachable, format!("the server at {url} doesn't respond"))
            .hint("--start starts a local server only if ONECLI_URL and `onecli config set` name no other"));
    }
    note("onecli: starting a local server");
    let mut server = spawn(context)?;
    for _ in 0..TRIES {
        if let Some(client) = responding(context).await? {
            return Ok(client);
        }
        if let Ok(Some(_)) = server.try_wait() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    let log = std::fs::read_to_string(context.data.file(LOG)).unwrap_or_default();
    let last: Vec<&str> = log.lines().rev().take(5).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(Failure::of(Exit::Unreachable, format!("the server didn't start:\n{}", last.join("\n")))
        .hint(format!("the full log is {}", context.data.file(LOG).display())))
}

async fn responding(context: &Context) -> Result<Option<Client>, Failure> {
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) if failure.exit == Exit::Unreachable => return Ok(None),
        Err(failure) => return Err(failure),
    };
    match client.read("/v1/health").await {
        Ok(_) => Ok(Some(client)),
        Err(failure) if failure.exit == Exit::Unreachable => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn spawn(context: &Context) -> Result<Child, Failure> {
    context.data.create()?;
    let path = context.data.file(LOG);
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = |error: std::io::Error| Failure::file("write", &path, &error);
    let log = options.open(&path).map_err(failed)?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("can't find the onecli binary: {}", plain(&error))))?;
    let mut command = Command::new(program);
    command
        .arg("start")
        .arg("--data-dir")
        .arg(context.data.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(failed)?)
        .stderr(log);
    // Ctrl-C in this terminal is for the program, not for the server.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| Failure::new(format!("can't start the server: {}", plain(&error))))
}

const LOG: &str = "server.log";
const TRIES: usize = 300;
const PAUSE: Duration = Duration::from_millis(100);
