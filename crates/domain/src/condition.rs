//! Conditions: what else must hold of a request for a rule to match it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::body::{Body, Content, Message, Operation, Pointer, Tally, Truth, Uncertain, read_urlencoded};
use crate::facts::Facts;

mod check;

use check::Check;

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
}

/// Where a condition looks.
#[derive(Debug)]
enum Place {
    Query(Box<str>),
    Header(Box<str>),
    Body,
    Json(Pointer),
    Form(Box<str>),
    Graphql(Operation),
    Jsonrpc(Message),
}

/// Why a condition can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCondition {
    /// There are too many.
    #[error("a rule has at most {MOST} conditions")]
    TooMany,
    /// It doesn't say which parameter or header.
    #[error("a condition on `query`, `header` or `form` needs the name of one as \"key\"")]
    NoKey,
    /// It has a key where there is nothing to choose from.
    #[error("a condition on `body` looks at the whole text and has no \"key\"")]
    NeedlessKey,
    /// Its key is no JSON Pointer.
    #[error(
        "the key of a condition on `body_json` is a JSON Pointer such as /customer/name, or empty for the whole"
    )]
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
        let value = condition.value.as_deref();
        if condition.key.len().max(value.map_or(0, str::len)) > LONGEST {
            return Err(BadCondition::TooLong);
        }
        let place = Place::read(condition.target, &condition.key)?;
        let check = Check::compile(condition.operator, value)?;
        if matches!(place, Place::Graphql(Operation::Type))
            && matches!(&check, Check::Equals(kind) if !OPERATION_TYPES.contains(&&**kind))
        {
            return Err(BadCondition::OperationType);
        }
        Ok(Self {
            place,
            check,
            negated: condition.operator == Operator::NotEquals,
            text: condition.to_string().into(),
        })
    }

    /// Whether it holds of a request.
    pub fn ask(&self, facts: &Facts<'_>) -> Truth {
        let mut all = Tally::default();
        let found = match &self.place {
            Place::Query(key) => {
                let fields = facts.target.query.as_deref().into_iter().flat_map(read_urlencoded);
                for field in fields.filter(|field| *field.name == **key) {
                    let truth = field.value.map_or(Truth::Doubtful, |value| self.check.ask_decoded(&value));
                    all.add(if field.certain { truth } else { truth.less_certain() });
                }
                all.sum()
            }
            Place::Header(_) if !facts.headers.is_known() => return Truth::Unread,
            Place::Header(key) => {
                facts.headers.each(key, &mut |value| {
                    all.add(
                        std::str::from_utf8(value).map_or(Truth::Doubtful, |value| self.check.ask(value)),
                    );
                });
                all.sum()
            }
            Place::Body | Place::Json(_) | Place::Form(_) | Place::Graphql(_) | Place::Jsonrpc(_) => {
                match facts.body {
                    Body::Unread => Truth::Unread,
                    Body::Read(content) => self.ask_content(content, facts).unwrap_or(Truth::Doubtful),
                }
            }
        };
        if self.negated { found.negated() } else { found }
    }

    fn ask_content(&self, content: &Content<'_>, facts: &Facts<'_>) -> Result<Truth, Uncertain> {
        let mut all = Tally::default();
        match &self.place {
            Place::Body => {
                let truth = self.check.ask(content.text()?);
                let is_there = |coded: &str| self.check.ask(coded) != Truth::No;
                let differs = truth == Truth::No && content.coded().is_some_and(is_there);
                return Ok(if differs { Truth::Doubtful } else { truth });
            }
            Place::Json(pointer) => {
                if content.is_empty() {
                    return Ok(Truth::No);
                }
                let (json, text) = content.json()?;
                let truth = self.check.ask_finds(json, text, &json.find(text, json.root(), pointer));
                return Ok(if content.is_no_json() { truth.less_certain() } else { truth });
            }
            Place::Form(name) => {
                let (fields, is_form) = content.form()?;
                for field in fields.into_iter().filter(|field| *field.name == **name) {
                    let truth = self.check.ask_decoded(&field.value?);
                    all.add(if is_form && field.certain { truth } else { truth.less_certain() });
                }
            }
            Place::Graphql(what) => {
                for asked in content.graphql(facts.target)? {
                    let truth = match what {
                        Operation::Type => self.check.ask(&asked.kind),
                        Operation::Name => {
                            asked.name.as_deref().map_or(Truth::No, |name| self.check.ask(name))
                        }
                        Operation::Field => self.ask_fields(&asked.roots, &asked.below),
                    };
                    all.add(if asked.certain { truth } else { truth.less_certain() });
                }
            }
            Place::Jsonrpc(what) => {
                if content.is_empty() {
                    return Ok(Truth::No);
                }
                let (json, text) = content.json()?;
                let truth = what.ask(json, text, |finds| self.check.ask_finds(json, text, finds))?;
                return Ok(if content.is_no_json() { truth.less_certain() } else { truth });
            }
            Place::Query(_) | Place::Header(_) => {}
        }
        Ok(all.sum())
    }

    /// What the fields at the root agree on; below them, one that fits is enough for doubt.
    fn ask_fields(&self, roots: &[String], below: &[String]) -> Truth {
        let mut all = Tally::default();
        for name in roots {
            all.add(self.check.ask(name));
        }
        match all.sum() {
            Truth::No if below.iter().any(|name| self.check.ask(name) != Truth::No) => Truth::Doubtful,
            sum @ (Truth::Yes | Truth::No | Truth::Doubtful | Truth::Unread) => sum,
        }
    }

    /// As people say it, such as `body_json /amount greater than 100`.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Place {
    fn read(part: Part, key: &str) -> Result<Self, BadCondition> {
        let named = || if key.is_empty() { Err(BadCondition::NoKey) } else { Ok(Box::from(key)) };
        match part {
            Part::Query => named().map(Self::Query),
            Part::Header if !key.is_empty() && !is_token(key) => Err(BadCondition::HeaderName),
            Part::Header => named().map(Self::Header),
            Part::Form => named().map(Self::Form),
            Part::Body if key.is_empty() => Ok(Self::Body),
            Part::Body => Err(BadCondition::NeedlessKey),
            Part::BodyJson => Pointer::read(key).map(Self::Json).ok_or(BadCondition::Pointer),
            Part::Graphql => Operation::read(key).map(Self::Graphql).ok_or(BadCondition::GraphqlKey),
            Part::Jsonrpc => Message::read(key).map(Self::Jsonrpc).ok_or(BadCondition::JsonrpcKey),
        }
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
