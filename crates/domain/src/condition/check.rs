//! Checks: how a condition compares a value that was found.

use memchr::memmem::Finder;
use regex::Regex;

use super::{BadCondition, Operator};
use crate::body::{Found, Json, Scalar, Tally, Truth};

/// An operator with what it compares with.
#[derive(Debug)]
pub(super) enum Check {
    Equals(Box<str>),
    Contains(Box<Finder<'static>>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Matches(Box<Regex>),
    Exists,
    GreaterThan(f64),
    LessThan(f64),
}

impl Check {
    /// Takes up an operator and what it compares with.
    pub(super) fn compile(operator: Operator, value: Option<&str>) -> Result<Self, BadCondition> {
        let text = || value.map(Box::from).ok_or(BadCondition::NoValue);
        let number = || read_number(value.ok_or(BadCondition::NoValue)?).ok_or(BadCondition::NoNumber);
        Ok(match operator {
            Operator::Equals | Operator::NotEquals => Check::Equals(text()?),
            Operator::Contains => {
                let value = value.ok_or(BadCondition::NoValue)?;
                Check::Contains(Box::new(Finder::new(value).into_owned()))
            }
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
        })
    }

    /// Whether it holds of a text.
    pub(super) fn ask(&self, found: &str) -> Truth {
        let holds = match self {
            Self::Equals(value) => *found == **value,
            Self::Contains(value) => value.find(found.as_bytes()).is_some(),
            Self::StartsWith(value) => found.starts_with(&**value),
            Self::EndsWith(value) => found.ends_with(&**value),
            Self::Matches(regex) => regex.is_match(found),
            Self::Exists => true,
            Self::GreaterThan(value) => {
                return read_number(found)
                    .map_or(Truth::Doubtful, |found| order(found, *value, found > *value));
            }
            Self::LessThan(value) => {
                return read_number(found)
                    .map_or(Truth::Doubtful, |found| order(found, *value, found < *value));
            }
        };
        holds.into()
    }

    /// The same of a percent-decoded value: what was no text can't be compared for certain.
    pub(super) fn ask_decoded(&self, found: &str) -> Truth {
        let is_text = !found.contains(char::REPLACEMENT_CHARACTER) || matches!(self, Self::Exists);
        if is_text { self.ask(found) } else { Truth::Doubtful }
    }

    /// What values in a JSON text say together. Of very many values in lists nothing is said for certain.
    pub(super) fn ask_finds(&self, json: &Json, text: &str, finds: &[Found]) -> Truth {
        let mut all = Tally::default();
        let mut left = MOST_VALUES;
        for found in finds {
            let mut own = Tally::default();
            self.ask_json(json, text, *found, &mut left, &mut own);
            all.add(if found.exact { own.sum() } else { own.sum().less_certain() });
        }
        all.sum()
    }

    fn ask_json(&self, json: &Json, text: &str, found: Found, left: &mut usize, all: &mut Tally) {
        if *left == 0 {
            return all.add(Truth::Doubtful);
        }
        *left -= 1;
        if matches!(self, Self::Exists) {
            all.add(Truth::Yes);
        } else if let Some(scalar) = json.scalar(text, found) {
            all.add(self.ask_scalar(scalar));
        } else if json.is_list(found) {
            for item in json.items(found) {
                self.ask_json(json, text, item, left, all);
                if *left == 0 {
                    return all.add(Truth::Doubtful);
                }
            }
        } else {
            // An object is no text, and who compares it with one meant something else.
            all.add(Truth::Doubtful);
        }
    }

    fn ask_scalar(&self, scalar: Scalar<'_>) -> Truth {
        let number = match scalar {
            Scalar::Text(_) | Scalar::Word(_) => None,
            Scalar::Natural(number) => Some(number as f64),
            Scalar::Integer(number) => Some(number as f64),
            Scalar::Float(number) => Some(number),
        };
        match (self, number) {
            (Self::GreaterThan(value), Some(number)) => order(number, *value, number > *value),
            (Self::LessThan(value), Some(number)) => order(number, *value, number < *value),
            (Self::Equals(value), Some(number)) => {
                let is_same_text = scalar.to_text() == **value;
                let is_whole = !matches!(scalar, Scalar::Float(_));
                // Digits beyond these count for some readers alone.
                let is_told_apart = number.abs() < TOLD_APART || is_same_text && is_whole;
                let is_same = |value: f64| value.total_cmp(&number).is_eq() || value == 0.0 && number == 0.0;
                match is_same_text || read_number(value).is_some_and(is_same) {
                    true if is_told_apart => Truth::Yes,
                    true => Truth::Doubtful,
                    false => Truth::No,
                }
            }
            _ => self.ask(&scalar.to_text()),
        }
    }
}

/// Reads a number as it is written in JSON, perhaps with a `+` or zeros before it; never `inf`.
fn read_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// Whether a number lies above (or below) another; in doubt where both are too large to be told apart.
fn order(found: f64, value: f64, holds: bool) -> Truth {
    if found.to_bits() == value.to_bits() && found.abs() >= TOLD_APART {
        Truth::Doubtful
    } else {
        holds.into()
    }
}

/// How many values in lists are compared.
const MOST_VALUES: usize = 4_096;
const REGEX_BYTES: usize = 256 * 1024;
/// 2⁵³: from here on neighbouring whole numbers share a float.
const TOLD_APART: f64 = 9_007_199_254_740_992.0;
