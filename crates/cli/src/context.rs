//! What every command gets: the environment, the data directory, and a way to the server.

use std::path::PathBuf;

use clap::Args;

use crate::client::{Client, Located, locate};
use crate::config::{DataDir, Environment};
use crate::exit::Failure;

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Everywhere {
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Everywhere", help = DATA_DIR_HELP)]
    data_dir: Option<PathBuf>,
    #[arg(long, short = 'p', global = true, value_name = "ID", help_heading = "Everywhere", help = PROJECT_HELP)]
    project: Option<String>,
}

/// What every command gets.
pub(crate) struct Context {
    /// The environment.
    pub(crate) environment: Environment,
    /// The data directory.
    pub(crate) data: DataDir,
    project: Option<String>,
}

impl Context {
    /// Finds the data directory.
    pub(crate) fn new(environment: Environment, everywhere: Everywhere) -> Result<Self, Failure> {
        let data = DataDir::find(everywhere.data_dir.as_deref(), &environment)?;
        let project = everywhere.project.or_else(|| environment.value("ONECLI_PROJECT_ID"));
        Ok(Self { environment, data, project })
    }

    /// The server that is meant, ready to be called.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_of(locate(&self.environment, &self.data)?)
    }

    /// A certain server, ready to be called.
    pub(crate) fn client_of(&self, located: Located) -> Result<Client, Failure> {
        // The first to set it wins, and all set the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Client::new(located, self.project.clone())
    }

    /// The project that was named.
    pub(crate) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Whether output to a terminal may have colours.
    pub(crate) fn color(&self) -> bool {
        self.environment.value("NO_COLOR").is_none()
    }
}

const DATA_DIR_HELP: &str =
    "Folder with all that the product keeps [env: ONECLI_DATA_DIR] [default: ~/.onecli]";
const PROJECT_HELP: &str = "Project to work in [env: ONECLI_PROJECT_ID] [default: the key's own]";
