//! The server's log on stderr: text for people, JSON for collectors.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::exit::warn;
use crate::stderr::{Writer, write_in_background};

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Format {
    /// Reads a format's name.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is neither `text` nor `json`")),
        }
    }
}

/// Reads a level or a filter such as `info,onecli_gateway=debug`.
pub(crate) fn read_level(text: &str) -> Result<String, String> {
    match text.parse::<EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("`{text}` is not a log level: error, warn, info, debug or trace")),
    }
}

/// Starts logging, unless a logger is set up already.
pub(crate) fn start(format: Option<Format>, level: &str, color: bool) {
    if let Err(error) = write_in_background() {
        warn(&format!("logging is synchronous because its thread can't be started: {error}"));
    }
    let terminal = stderr().is_terminal();
    // The subscriber reports its own errors with `eprintln!`, which panics if stderr can't be written.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(|| Writer)
        .log_internal_errors(false);
    let format = format.unwrap_or(if terminal { Format::Text } else { Format::Json });
    let started = match format {
        Format::Text => builder.with_ansi(terminal && color).try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("a logger is set up already");
    }
    // The default hook writes to stderr on the panicking thread and may block there.
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        tracing::error!(thread = thread.name().unwrap_or_default(), "{panic}");
    }));
}
