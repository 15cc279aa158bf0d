//! Conditions: what else must hold of a request for a rule to match it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::body::Truth;
use crate::facts::Facts;

mod place;
mod check;

use check::Check;
use place::Place;

/// What else must hold of a request, as people write it and the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Where to look.
    pub target: Part,
    /// Which one: a parameter, a header, a field, a JSON Pointer. Empty where there is nothing to choose from.
    #[serde(default)]
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
    /// The body's whole text.
    Body,
    /// A value in a JSON body, by its JSON Pointer (RFC 6901).
    BodyJson,
    /// A field of a form.
    Form,
    /// The GraphQL operations that are asked for: `operationType`, `operationName` or `field`.
    Graphql,
    /// The JSON-RPC messages in the body: `method`, and of MCP tool calls `tool` and `arguments/…`.
    Jsonrpc,
}

impl Part {
    /// Every part, as written.
    pub const NAMES: [&'static str; 7] =
        ["query", "header", "body", "body_json", "form", "graphql", "jsonrpc"];

    /// Whether it is in the body, which then must be read.
    pub fn is_body(self) -> bool {
        match self {
            Self::Query | Self::Header => false,
            Self::Body | Self::BodyJson | Self::Form | Self::Graphql | Self::Jsonrpc => true,
        }
    }
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

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = Part::NAMES.get(self.target as usize).copied().unwrap_or_default();
        let operator = Operator::NAMES.get(self.operator as usize).copied().unwrap_or_default();
        f.write_str(target)?;
        if !self.key.is_empty() {
            write!(f, " {}", self.key)?;
        }
        write!(f, " {}", operator.replace('_', " "))?;
        match &self.value {
            Some(value) if self.operator != Operator::Exists => write!(f, " {value}"),
            _ => Ok(()),
        }
    }
}

/// A condition, ready to be asked.
#[derive(Debug)]
pub struct Test {
    place: Place,
    check: Check,
    /// Whether it holds where the check doesn't.
    negated: bool,
    /// As people say it.
    text: Box<str>,
    /// Which question about a body it is, whatever rule asks it.
    question: Arc<str>,
}

/// Why a condition can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCondition {
    /// There are too many.
    #[error("a rule has at most {MOST} conditions")]
    TooMany,
    /// It doesn't say which parameter, header, field or value.
    #[error(
        "a condition on `query`, `header` or `form` needs the name of one as \"key\", one on `body_json` a JSON Pointer such as /customer/name; for the whole text there is `body`"
    )]
    NoKey,
    /// It has a key where there is nothing to choose from.
    #[error("a condition on `body` looks at the whole text and has no \"key\"")]
    NeedlessKey,
    /// Its key is no JSON Pointer.
    #[error("the key of a condition on `body_json` is a JSON Pointer such as /customer/name")]
    Pointer,
    /// GraphQL has no such thing.
    #[error("the key of a condition on `graphql` is operationType, operationName or field")]
    GraphqlKey,
    /// There is no such type of operation.
    #[error("an operationType is query, mutation or subscription")]
    OperationType,
    /// Its key can't be a header's name.
    #[error("the key of a condition on `header` is the name of a header, such as x-request-id")]
    HeaderName,
    /// JSON-RPC has no such thing.
    #[error(
        "the key of a condition on `jsonrpc` is method, tool or arguments/ and a path, such as arguments/repo"
    )]
    JsonrpcKey,
    /// It compares with nothing.
    #[error("the operator needs a \"value\"")]
    NoValue,
    /// It compares with an empty text, which every text begins with, ends with and contains.
    #[error(
        "the \"value\" is empty, and the operator needs one; `exists` takes none, and `matches` with ^$ finds empty values"
    )]
    EmptyValue,
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

/// Checks a rule's conditions before it is stored. It is stricter than `compile`, which takes what was stored before.
pub fn check(conditions: &[Condition]) -> Result<(), BadCondition> {
    compile(conditions)?;
    for condition in conditions {
        if condition.target == Part::BodyJson && condition.key.is_empty() {
            return Err(BadCondition::NoKey);
        }
        if condition.operator != Operator::Exists && condition.value.as_deref().is_some_and(str::is_empty) {
            return Err(BadCondition::EmptyValue);
        }
    }
    Ok(())
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
        let value = condition.value.as_deref();
        if condition.key.len().max(value.map_or(0, str::len)) > LONGEST {
            return Err(BadCondition::TooLong);
        }
        let place = Place::read(condition.target, &condition.key)?;
        let check = Check::compile(condition.operator, value)?;
        if place.is_operation_type()
            && matches!(&check, Check::Equals(kind) if !OPERATION_TYPES.contains(&&**kind))
        {
            return Err(BadCondition::OperationType);
        }
        Ok(Self {
            place,
            check,
            negated: condition.operator == Operator::NotEquals,
            text: condition.to_string().into(),
            question: format!("{condition:?}").into(),
        })
    }

    /// Whether it holds of a request.
    pub fn ask(&self, facts: &Facts<'_>) -> Truth {
        let found = self.place.ask(&self.check, &self.question, facts);
        if self.negated { found.negated() } else { found }
    }

    /// As people say it, such as `body_json /amount greater than 100`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a text can be the name of a header or a method (RFC 9110 §5.6.2).
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether all hold: one that doesn't settles it, then one that needs the body, then one in doubt.
pub fn ask_all(tests: &[Test], facts: &Facts<'_>) -> Truth {
    tests.iter().fold(Truth::Yes, |all, test| all.and(|| test.ask(facts)))
}

/// How many conditions a rule may have.
pub const MOST: usize = 10;
const LONGEST: usize = 4_096;
const OPERATION_TYPES: [&str; 3] = ["query", "mutation", "subscription"];

#[cfg(test)]
mod tests;
