//! Retention: for how long records are kept.

use onecli_store::Store;
use serde::{Deserialize, Serialize};

/// For how many days records are kept, in all projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// What agents did; none keeps it all.
    pub activity_days: Option<u32>,
    /// What became of held requests.
    pub approval_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { activity_days: None, approval_days: 90 }
    }
}

/// What is set; what was never set is as it is by itself.
pub(crate) async fn read(store: &Store) -> Result<Retention, onecli_store::Error> {
    let value = store.settings().fetch(NAME).await?;
    Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
}

/// The setting's name in the store.
pub(crate) const NAME: &str = "retention";
/// 10 years.
pub(crate) const MOST_DAYS: u32 = 3_650;
