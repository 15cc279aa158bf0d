//! API keys stored on this machine: the local server's, and those of `auth login`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::address::is_loopback;
use crate::config::DataDir;
use crate::exit::Failure;

/// API keys by server URL, in `DATA_DIR/logins.json` (0600).
pub(crate) struct Logins<'a> {
    data: &'a DataDir,
    keys: BTreeMap<String, Value>,
}

impl<'a> Logins<'a> {
    /// Reads the stored keys.
    pub(crate) fn read(data: &'a DataDir) -> Self {
        let keys = std::fs::read(data.file(FILE)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { data, keys: keys.unwrap_or_default() }
    }

    /// The key for a server.
    pub(crate) fn key(&self, url: &str) -> Option<&str> {
        self.keys.get(url).and_then(Value::as_str)
    }

    /// Stores a key for a server.
    pub(crate) fn keep(&mut self, url: &str, key: &str) -> Result<(), Failure> {
        self.keys.insert(url.to_owned(), key.into());
        self.write()
    }

    /// Deletes the key for a server; returns whether there was one.
    pub(crate) fn forget(&mut self, url: &str) -> Result<bool, Failure> {
        let was = self.keys.remove(url).is_some();
        if was {
            self.write()?;
        }
        Ok(was)
    }

    fn write(&self) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(&self.keys).map_err(|error| Failure::new(error.to_string()))?;
        self.data.write(FILE, &text).map(|_| ())
    }
}

/// Where a key comes from, and so where a new one is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyOrigin {
    /// The environment.
    Environment,
    /// `auth login`.
    Login,
    /// The local server's file.
    File(PathBuf),
}

/// The key for a server. The local server's key is sent only to this machine.
pub(crate) fn find(data: &DataDir, url: &str, is_local: bool) -> Option<(String, KeyOrigin)> {
    if let Some(key) = Logins::read(data).key(url) {
        return Some((key.to_owned(), KeyOrigin::Login));
    }
    if !is_local && !is_loopback(url) {
        return None;
    }
    // An earlier program left a directory of that name.
    [data.file("credentials"), data.file("credentials").join("api-key")].into_iter().find_map(|path| {
        let text = std::fs::read_to_string(&path).ok()?;
        let key = text.trim();
        (!key.is_empty()).then(|| (key.to_owned(), KeyOrigin::File(path)))
    })
}

const FILE: &str = "logins.json";
