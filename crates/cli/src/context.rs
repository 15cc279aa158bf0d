//! What every command gets: the environment, the data directory, and a client for the server.

use std::path::PathBuf;

use clap::Args;

use crate::client::{Client, Located, locate};
use crate::config::{DataDir, Environment};
use crate::exit::Failure;

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GlobalFlags {
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Global options", help = DATA_DIR_HELP)]
    data_dir: Option<PathBuf>,
    #[arg(long, short = 'p', global = true, value_name = "ID", help_heading = "Global options", help = PROJECT_HELP)]
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
    pub(crate) fn new(environment: Environment, global: GlobalFlags) -> Result<Self, Failure> {
        let data = DataDir::find(global.data_dir.as_deref(), &environment)?;
        let project = global.project.or_else(|| environment.value("ONECLI_PROJECT_ID"));
        Ok(Self { environment, data, project })
    }

    /// A client for the selected server.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_of(locate(&self.environment, &self.data)?)
    }

    /// A client for a given server.
    pub(crate) fn client_of(&self, located: Located) -> Result<Client, Failure> {
        // The first call wins; all set the same provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Client::new(located, self.project.clone())
    }

    /// The selected project.
    pub(crate) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// Whether output to a terminal may be coloured.
    pub(crate) fn color(&self) -> bool {
        self.environment.value("NO_COLOR").is_none()
    }
}

const DATA_DIR_HELP: &str = "Data directory [env: ONECLI_DATA_DIR] [default: ~/.onecli]";
const PROJECT_HELP: &str = "Project to use [env: ONECLI_PROJECT_ID] [default: the API key's project]";
