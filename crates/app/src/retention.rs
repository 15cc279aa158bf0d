//! Retention: how long records are kept.

use onecli_store::Store;
use serde::{Deserialize, Serialize};

/// How many days records are kept, in all projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Activity; `None` keeps it forever.
    pub activity_days: Option<u32>,
    /// Decisions about held requests.
    pub approval_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { activity_days: None, approval_days: 90 }
    }
}

/// The stored setting, or the default.
pub(crate) async fn read(store: &Store) -> Result<Retention, onecli_store::Error> {
    let value = store.settings().fetch(NAME).await?;
    Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
}

/// The setting's name in the store.
pub(crate) const NAME: &str = "retention";
/// 10 years.
pub(crate) const MOST_DAYS: u32 = 3_650;
