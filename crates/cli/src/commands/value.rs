//! A secret's value: asked for, piped in, from a file, or, unwisely, an argument.

use std::path::PathBuf;

use clap::Args;

use crate::exit::{Failure, warn};
use crate::prompt;

/// Where a secret's value comes from.
#[derive(Args, Clone)]
#[command(next_help_heading = "Value (asked for, or read from stdin, unless one of these is given)")]
pub(crate) struct Value {
    /// File with the value; `-` is stdin
    #[arg(long, visible_alias = "file", value_name = "FILE", conflicts_with = "value")]
    value_file: Option<PathBuf>,
    /// The value itself, which other processes of this machine then see
    #[arg(long, allow_hyphen_values = true)]
    value: Option<String>,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").finish_non_exhaustive()
    }
}

impl Value {
    /// Whether one was named.
    pub(crate) fn is_given(&self) -> bool {
        self.value.is_some() || self.value_file.is_some()
    }

    /// The value.
    pub(crate) async fn read(&self, question: &str) -> Result<String, Failure> {
        if let Some(value) = &self.value {
            warn(
                "--value is seen by other processes of this machine; leave it out to be asked, or use --value-file",
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
