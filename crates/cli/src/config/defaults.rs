//! The defaults of the settings.

use super::partial::{Partial, Source};
use super::table::SETTINGS;

/// All settings that have a default value.
pub(crate) fn defaults() -> Partial {
    let mut given = Partial::default();
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            given.put(setting.key, vec![default.to_owned()], Source::Default);
        }
    }
    given
}
