//! Conditions: what else must hold of a request for a rule to match it.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;

/// What else must hold of a request, as people write it and the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Where to look.
    pub target: Part,
    /// Which one: a parameter or a header.
    pub key: String,
    /// How to compare.
    pub operator: Operator,
    /// With what; `exists` takes none.
    pub value: Option<String>,
}

/// The part of a request that a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A query parameter, decoded.
    Query,
    /// A header, by its name in any letter case.
    Header,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// The same text.
    Equals,
    /// Another text, or none.
    NotEquals,
    /// Holds the text.
    Contains,
    /// Begins with it.
    StartsWith,
    /// Ends with it.
    EndsWith,
    /// A regular expression finds something; it takes linear time.
    Matches,
    /// It is there.
    Exists,
    /// A number above it.
    GreaterThan,
    /// A number below it.
    LessThan,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// For certain.
    Yes,
    /// For certain not.
    No,
    /// It can't be read for certain: some values say yes and others no, or one is not what it must be.
    Doubtful,
}

/// A condition, ready to be asked.
#[derive(Debug)]
pub struct Test {
    part: Part,
    key: Box<str>,
    check: Check,
}

#[derive(Debug)]
enum Check {
    Equals(Box<str>),
    NotEquals(Box<str>),
    Contains(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Box<Regex>),
    Exists,
    GreaterThan(f64),
    LessThan(f64),
}

/// Why a condition can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCondition {
    /// There are too many.
    #[error("a rule has at most {MOST} conditions")]
    TooMany,
    /// It doesn't say which parameter or header.
    #[error("a condition on `query` or `header` needs the name of one as \"key\"")]
    NoKey,
    /// It compares with nothing.
    #[error("the operator needs a \"value\"")]
    NoValue,
    /// Its value is longer than any that makes sense.
    #[error("a condition's key and value have at most {LONGEST} bytes")]
    TooLong,
    /// Its value is no number.
    #[error("`greater_than` and `less_than` compare with a number")]
    NoNumber,
    /// Its regular expression is none.
    #[error("the regular expression can't be used: {0}")]
    Regex(String),
}

impl Operator {
    /// Every operator, as written.
    pub const NAMES: [&'static str; 9] = [
        "equals",
        "not_equals",
        "contains",
        "starts_with",
        "ends_with",
        "matches",
        "exists",
        "greater_than",
        "less_than",
    ];
}

/// Compiles a rule's conditions. All must hold.
pub fn compile(conditions: &[Condition]) -> Result<Box<[Test]>, BadCondition> {
    if conditions.len() > MOST {
        return Err(BadCondition::TooMany);
    }
    conditions.iter().map(Test::compile).collect()
}

impl Test {
    fn compile(condition: &Condition) -> Result<Self, BadCondition> {
        if condition.key.is_empty() {
            return Err(BadCondition::NoKey);
        }
        let value = condition.value.as_deref();
        if condition.key.len().max(value.map_or(0, str::len)) > LONGEST {
            return Err(BadCondition::TooLong);
        }
        let text = || value.map(Box::from).ok_or(BadCondition::NoValue);
        let number = || read_number(value.ok_or(BadCondition::NoValue)?).ok_or(BadCondition::NoNumber);
        let check = match condition.operator {
            Operator::Equals => Check::Equals(text()?),
            Operator::NotEquals => Check::NotEquals(text()?),
            Operator::Contains => Check::Contains(text()?),
            Operator::StartsWith => Check::StartsWith(text()?),
            Operator::EndsWith => Check::EndsWith(text()?),
            Operator::Exists => Check::Exists,
            Operator::GreaterThan => Check::GreaterThan(number()?),
            Operator::LessThan => Check::LessThan(number()?),
            Operator::Matches => {
                let compiled = regex::RegexBuilder::new(value.ok_or(BadCondition::NoValue)?)
                    .size_limit(REGEX_BYTES)
                    .build()
                    .map_err(|error| BadCondition::Regex(error.to_string()))?;
                Check::Matches(Box::new(compiled))
            }
        };
        Ok(Self { part: condition.target, key: condition.key.as_str().into(), check })
    }

    /// Whether it holds of a request.
    pub fn ask(&self, facts: &Facts<'_>) -> Truth {
        let mut all: Option<Truth> = None;
        let mut see = |value: Option<&str>| {
            let truth = value.map_or(Truth::Doubtful, |value| self.check.ask(value));
            all = Some(all.map_or(truth, |before| if before == truth { truth } else { Truth::Doubtful }));
        };
        match self.part {
            Part::Query => facts.target.query_values(&self.key).for_each(|value| see(Some(&value))),
            Part::Header => facts.headers.each(&self.key, &mut |value| see(std::str::from_utf8(value).ok())),
        }
        all.unwrap_or(if matches!(self.check, Check::NotEquals(_)) { Truth::Yes } else { Truth::No })
    }
}

impl Check {
    fn ask(&self, found: &str) -> Truth {
        let holds = match self {
            Self::Equals(value) => *found == **value,
            Self::NotEquals(value) => *found != **value,
            Self::Contains(value) => found.contains(&**value),
            Self::StartsWith(value) => found.starts_with(&**value),
            Self::EndsWith(value) => found.ends_with(&**value),
            Self::Matches(regex) => regex.is_match(found),
            Self::Exists => true,
            Self::GreaterThan(value) => match read_number(found) {
                Some(found) => found > *value,
                None => return Truth::Doubtful,
            },
            Self::LessThan(value) => match read_number(found) {
                Some(found) => found < *value,
                None => return Truth::Doubtful,
            },
        };
        if holds { Truth::Yes } else { Truth::No }
    }
}

/// Whether all hold: one that doesn't settles it, then one in doubt.
pub fn ask_all(tests: &[Test], facts: &Facts<'_>) -> Truth {
    let mut all = Truth::Yes;
    for test in tests {
        match test.ask(facts) {
            Truth::Yes => {}
            Truth::No => return Truth::No,
            Truth::Doubtful => all = Truth::Doubtful,
        }
    }
    all
}

fn read_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| !number.is_nan())
}

/// How many conditions a rule may have.
pub const MOST: usize = 10;
const LONGEST: usize = 4_096;
const REGEX_BYTES: usize = 256 * 1024;

#[cfg(test)]
mod tests;
