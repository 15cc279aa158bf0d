//! Retention: how long records are kept, and their maximum size.

use onecli_store::Store;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How long records are kept, and their maximum size, in all projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How many days activity is kept; `None` keeps it until the size limit is reached.
    #[serde(default = "default_activity_days")]
    pub activity_days: Option<u32>,
    /// The maximum size of all activity in bytes; `None` sets no limit.
    #[serde(default = "default_activity_max_bytes")]
    pub activity_max_bytes: Option<u64>,
    /// How many days the outcome of held requests is kept.
    pub approval_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            activity_days: default_activity_days(),
            activity_max_bytes: default_activity_max_bytes(),
            approval_days: DEFAULT_DAYS,
        }
    }
}

impl Retention {
    /// Checks all values; the error names the first field that is out of range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let days = [("activityDays", self.activity_days), ("approvalDays", Some(self.approval_days))];
        for (field, days) in days {
            if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
                let message = format!("\"{field}\" must be a whole number of days from 1 to {MOST_DAYS}");
                return Err(Error::invalid(field, message));
            }
        }
        if self.activity_max_bytes.is_some_and(|bytes| !(LEAST_BYTES..=MOST_BYTES).contains(&bytes)) {
            let message = format!(
                "\"activityMaxBytes\" must be a whole number of bytes from {LEAST_BYTES} (1 MiB) to {MOST_BYTES} (1 PiB), \
                 or null for no bound"
            );
            return Err(Error::invalid("activityMaxBytes", message));
        }
        Ok(())
    }
}

/// The stored setting, or the default.
pub(crate) async fn read(store: &Store) -> Result<Retention, onecli_store::Error> {
    let value = store.settings().fetch(NAME).await?;
    Ok(value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default())
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn default_activity_days() -> Option<u32> {
    Some(DEFAULT_DAYS)
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn default_activity_max_bytes() -> Option<u64> {
    Some(1024 * 1024 * 1024)
}

/// The setting's name in the store.
pub(crate) const NAME: &str = "retention";
const DEFAULT_DAYS: u32 = 90;
/// 10 years.
const MOST_DAYS: u32 = 3_650;
/// A lower limit would hold too few records to be useful.
const LEAST_BYTES: u64 = 1024 * 1024;
const MOST_BYTES: u64 = 1 << 50;
