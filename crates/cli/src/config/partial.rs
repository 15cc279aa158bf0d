//! Settings from one source, not parsed yet; merged in order of precedence they give all settings.

use std::collections::BTreeMap;
use std::fmt;

/// Where a setting's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag.
    Flag(&'static str),
    /// A variable of the environment.
    Env(&'static str),
    /// `onecli.toml`.
    File(&'static str),
    /// The default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(key) => write!(f, "--{key}"),
            Self::Env(name) => f.write_str(name),
            Self::File(key) => write!(f, "onecli.toml, `{key}`"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting's value as written, and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// The values, one for each time it was given.
    pub(crate) values: Vec<String>,
    /// The source.
    pub(crate) source: Source,
}

/// Some of the settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Partial(BTreeMap<&'static str, Given>);

impl Partial {
    /// Adds a setting.
    pub(crate) fn put(&mut self, key: &'static str, values: Vec<String>, source: Source) {
        self.0.insert(key, Given { values, source });
    }

    /// These settings, completed with others.
    #[must_use]
    pub(crate) fn or(mut self, others: Self) -> Self {
        for (key, given) in others.0 {
            self.0.entry(key).or_insert(given);
        }
        self
    }

    /// A setting as given.
    pub(crate) fn given(&self, key: &str) -> Option<&Given> {
        self.0.get(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_wins_and_others_fill_the_gaps() {
        let mut first = Partial::default();
        first.put("port", vec!["1".into()], Source::Flag("port"));
        let mut second = Partial::default();
        second.put("port", vec!["2".into()], Source::Default);
        second.put("bind", vec!["::1".into()], Source::Default);

        let both = first.or(second);

        assert_eq!(both.given("port").unwrap().values, ["1"]);
        assert_eq!(both.given("bind").unwrap().values, ["::1"]);
    }
}
