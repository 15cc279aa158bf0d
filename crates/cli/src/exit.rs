//! Failures: what happened, why, what to do, and the exit code.

use std::fmt::{self, Display};
use std::process::ExitCode;

use crate::stderr;

/// How a command ended, as an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Done,
    /// It failed.
    Failed,
    /// The arguments or settings can't be used.
    Usage,
    /// The server can't be reached.
    Unreachable,
    /// Not signed in, or not allowed.
    Denied,
    /// What was named does not exist.
    NotFound,
    /// The reader of stdout closed it (`| head`). Not a failure, but there is nothing left to do.
    OutputClosed,
    /// The program to run doesn't exist; 127 as in shells.
    NoProgram,
    /// The program to run can't be executed; 126 as in shells.
    NotRunnable,
    /// Ctrl-C was pressed.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done | Self::OutputClosed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Denied => 4,
            Self::NotFound => 5,
            Self::NotRunnable => 126,
            Self::NoProgram => 127,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How a command ended, as an exit code.
    pub(crate) exit: Exit,
    /// What happened and why; one entry per problem.
    pub(crate) what: Vec<String>,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure with exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self::of(Exit::Failed, what)
    }

    /// The arguments or settings can't be used.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::of(Exit::Usage, what)
    }

    /// A failure with the given exit code.
    pub(crate) fn of(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: vec![what.into()], hints: Vec::new() }
    }

    /// Adds a hint.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// A file that can't be used.
    pub(crate) fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let failure = Self::new(format!("can't {doing} {}: {}", path.display(), plain(error)));
        if error.kind() == ErrorKind::StorageFull {
            failure.hint("free some space on that disk, then try again")
        } else if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
            failure
                .hint("make it readable and writable for this user, or choose another folder with --data-dir")
        } else {
            failure
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what.join("; "))
    }
}

/// The operating system's message without the error number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Prints a failure on stderr and returns its exit code.
pub(crate) fn report(failure: &Failure) -> ExitCode {
    if !matches!(failure.exit, Exit::Interrupted | Exit::OutputClosed) {
        let mut text = String::new();
        for what in &failure.what {
            text.push_str(&format_line("error", what));
        }
        for hint in &failure.hints {
            text.push_str(&format_line("hint", hint));
        }
        stderr::write(text.as_bytes());
    }
    failure.exit.into()
}

/// Prints a warning on stderr.
pub(crate) fn warn(what: &str) {
    stderr::write(format_line("warning", what).as_bytes());
}

/// Prints a note on stderr.
pub(crate) fn note(what: &str) {
    stderr::write(format!("{what}\n").as_bytes());
}

/// Control characters in a server's response must not reach the terminal.
fn format_line(label: &str, text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    format!("{label}: {text}\n")
}
