//! What holds where nobody said anything.

use super::partial::{Partial, Source};
use super::table::SETTINGS;

/// The defaults of all settings that have one.
pub(crate) fn defaults() -> Partial {
    let mut given = Partial::default();
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            given.put(setting.key, vec![default.to_owned()], Source::Default);
        }
    }
    given
}
