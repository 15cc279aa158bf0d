//! The environment, read once at start and passed on as a value.

use std::ffi::{OsStr, OsString};

use super::partial::{Partial, Source};
use super::table::{SETTINGS, Shape};

/// Environment variables, as a value that tests can construct.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// The process's environment.
    pub(crate) fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// An environment for tests.
    #[cfg(test)]
    pub(crate) fn made_of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(variables.map(|(name, value)| (name.into(), value.into())).to_vec())
    }

    /// A variable's value; an empty one counts as unset.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.os_value(name).and_then(|value| value.to_str()).map(str::to_owned)
    }

    /// A variable's raw value; an empty one counts as unset.
    pub(crate) fn os_value(&self, name: &str) -> Option<&OsStr> {
        self.0
            .iter()
            .find(|(own, value)| own == name && !value.is_empty())
            .map(|(_, value)| value.as_os_str())
    }

    /// The server's settings given in the environment.
    pub(crate) fn settings(&self) -> Partial {
        let mut given = Partial::default();
        for setting in SETTINGS {
            let Some((name, value)) = setting.env.iter().find_map(|name| Some((*name, self.value(name)?)))
            else {
                continue;
            };
            let values = match setting.shape {
                Shape::Many => split(&value),
                Shape::One | Shape::Switch => vec![value],
            };
            given.put(setting.key, values, Source::Env(name));
        }
        given
    }
}

/// Several values in one variable are separated by commas or whitespace.
fn split(value: &str) -> Vec<String> {
    value.split([',', ' ', '\n', '\t']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_a_setting_wins() {
        let given = Environment::made_of([("PORT", "1"), ("ONECLI_PORT", "2")]).settings();

        assert_eq!(given.given("port").unwrap().values, ["2"]);
        assert_eq!(given.given("port").unwrap().source, Source::Env("ONECLI_PORT"));
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        assert!(Environment::made_of([("PORT", "")]).settings().given("port").is_none());
    }

    #[test]
    fn several_values_are_separated_by_commas() {
        let given = Environment::made_of([("ONECLI_TUNNEL_HOSTS", "a.test, b.test")]).settings();

        assert_eq!(given.given("tunnel").unwrap().values, ["a.test", "b.test"]);
    }
}
