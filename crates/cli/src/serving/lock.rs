//! The lock that allows only one server per data directory.

use std::fs::{File, OpenOptions, TryLockError};

use crate::client::Running;
use crate::config::DataDir;
use crate::exit::Failure;

/// Held while the server runs. The system releases it even if the process is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock.
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
    Failure::new(format!("a server is already using {}{who}", data.path().display()))
        .hint("stop it first, or start this one with its own --data-dir, --port and --gateway-port")
}
