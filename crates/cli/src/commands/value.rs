//! A secret's value: from a prompt, stdin, a file or an argument.

use std::path::PathBuf;

use clap::Args;

use crate::exit::{Failure, warn};
use crate::prompt;

/// Where a secret's value comes from.
#[derive(Args, Clone)]
#[command(next_help_heading = "Value (from a prompt or stdin unless one of these is given)")]
pub(crate) struct Value {
    /// File that contains the value; `-` is stdin
    #[arg(long, visible_alias = "file", value_name = "FILE", conflicts_with = "value")]
    value_file: Option<PathBuf>,
    /// The value itself; other processes on this machine can see it
    #[arg(long, allow_hyphen_values = true)]
    value: Option<String>,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").finish_non_exhaustive()
    }
}

impl Value {
    /// Whether a value or file was given.
    pub(crate) fn is_given(&self) -> bool {
        self.value.is_some() || self.value_file.is_some()
    }

    /// The value.
    pub(crate) async fn read(&self, question: &str) -> Result<String, Failure> {
        if let Some(value) = &self.value {
            warn(
                "other processes on this machine can see --value; leave it out to be prompted, or use --value-file",
            );
            if value.is_empty() {
                return Err(Failure::usage("the value is empty"));
            }
            return Ok(value.clone());
        }
        match &self.value_file {
            Some(path) => prompt::file(path).and_then(prompt::not_empty),
            None => prompt::secret(question).await,
        }
    }
}
