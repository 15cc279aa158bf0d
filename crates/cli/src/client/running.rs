//! `DATA_DIR/server.json`: the running local server.

use serde::{Deserialize, Serialize};

use crate::config::DataDir;
use crate::exit::Failure;

/// The running local server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Running {
    /// Its process id.
    pub(crate) pid: u32,
    /// The API's URL.
    pub(crate) url: String,
    /// The gateway's URL.
    pub(crate) gateway: String,
}

impl Running {
    /// The server that uses a data directory, if it runs.
    pub(crate) fn find(data: &DataDir) -> Option<Self> {
        let text = std::fs::read(data.file(FILE)).ok()?;
        let running: Self = serde_json::from_slice(&text).ok()?;
        is_alive(running.pid).then_some(running)
    }

    /// Writes the file.
    pub(crate) fn announce(&self, data: &DataDir) -> Result<(), Failure> {
        let text = serde_json::to_vec(self).map_err(|error| Failure::new(error.to_string()))?;
        data.write(FILE, &text).map(|_| ())
    }

    /// Removes the file.
    pub(crate) fn withdraw(data: &DataDir) {
        if let Err(error) = std::fs::remove_file(data.file(FILE)) {
            tracing::debug!(%error, "can't remove server.json");
        }
    }

    /// The gateway's `HOST:PORT`.
    pub(crate) fn gateway_authority(&self) -> &str {
        self.gateway.split_once("://").map_or(self.gateway.as_str(), |(_, rest)| rest).trim_end_matches('/')
    }
}

/// A process of another user counts as alive.
fn is_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else {
        return false;
    };
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

const FILE: &str = "server.json";
