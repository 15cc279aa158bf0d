//! One server for each data directory.

use std::fs::{File, OpenOptions, TryLockError};

use crate::client::Running;
use crate::config::DataDir;
use crate::exit::Failure;

/// Held for as long as the server runs; the system lets go of it even if the process is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it.
    pub(crate) fn take(data: &DataDir) -> Result<Self, Failure> {
        let path = data.file("server.lock");
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| Failure::file("write", &path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(taken(data)),
            Err(TryLockError::Error(error)) => Err(Failure::file("lock", &path, &error)),
        }
    }
}

fn taken(data: &DataDir) -> Failure {
    let who = Running::find(data)
        .map_or_else(String::new, |running| format!(": process {}, at {}", running.pid, running.url));
    Failure::new(format!("a server already runs on {}{who}", data.path().display()))
        .hint("stop it first, or give this one a data directory and ports of its own: --data-dir, --port, --gateway-port")
}
