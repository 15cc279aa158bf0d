//! The log on stderr: text for people, JSON for collectors.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Lines for people.
    Text,
    /// One JSON object a line.
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
        Err(_) => Err(format!("`{text}` is no log level: error, warn, info, debug or trace")),
    }
}

/// Begins to log. Where a logger is set up already, that one stays.
pub(crate) fn start(format: Option<Format>, level: &str, color: bool) {
    let terminal = stderr().is_terminal();
    let filter = EnvFilter::new(level);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let format = format.unwrap_or(if terminal { Format::Text } else { Format::Json });
    let started = match format {
        Format::Text => builder.with_ansi(terminal && color).try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("a logger is set up already");
    }
}
