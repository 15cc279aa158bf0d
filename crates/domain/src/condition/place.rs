//! Places: where a condition looks, and what the values there say together.

use std::sync::Arc;

use super::check::Check;
use super::{BadCondition, Part, is_token};
use crate::body::{
    Body, Content, Field, FieldName, Message, Operation, Pointer, Tally, Truth, Uncertain, read_urlencoded,
};
use crate::facts::Facts;

/// Where a condition looks.
#[derive(Debug)]
pub(super) enum Place {
    Query(FieldName),
    Header(Box<str>),
    Body,
    Json(Pointer),
    Form(FieldName),
    Graphql(Operation),
    Jsonrpc(Message),
}

impl Place {
    /// Takes up a condition's target and key.
    pub(super) fn read(part: Part, key: &str) -> Result<Self, BadCondition> {
        let named = || if key.is_empty() { Err(BadCondition::NoKey) } else { Ok(key) };
        match part {
            Part::Query => named().map(FieldName::of_query).map(Self::Query),
            Part::Header if !key.is_empty() && !is_token(key) => Err(BadCondition::HeaderName),
            Part::Header => named().map(|name| Self::Header(name.into())),
            Part::Form => named().map(FieldName::of_form).map(Self::Form),
            Part::Body if key.is_empty() => Ok(Self::Body),
            Part::Body => Err(BadCondition::NeedlessKey),
            Part::BodyJson => Pointer::read(key).map(Self::Json).ok_or(BadCondition::Pointer),
            Part::Graphql => Operation::read(key).map(Self::Graphql).ok_or(BadCondition::GraphqlKey),
            Part::Jsonrpc => Message::read(key).map(Self::Jsonrpc).ok_or(BadCondition::JsonrpcKey),
        }
    }

    /// Whether it is the type of GraphQL operations.
    pub(super) fn is_operation_type(&self) -> bool {
        matches!(self, Self::Graphql(Operation::Type))
    }

    /// What a check says of what stands there. `question` is the same for every condition that asks this.
    pub(super) fn ask(&self, check: &Check, question: &Arc<str>, facts: &Facts<'_>) -> Truth {
        let mut all = Tally::default();
        match self {
            Self::Query(name) => {
                for pair in facts.target.query.as_deref().into_iter().flat_map(read_urlencoded) {
                    let field = Field {
                        name: pair.name.as_deref(),
                        value: pair.value.as_deref(),
                        certain: pair.certain,
                    };
                    field.under(name).into_iter().for_each(|field| all.add(ask_field(check, field)));
                }
                all.sum()
            }
            Self::Header(_) if !facts.headers.is_known() => Truth::Unread,
            Self::Header(name) => {
                facts.headers.each(name, &mut |value| {
                    all.add(std::str::from_utf8(value).map_or(Truth::Doubtful, |value| check.ask(value)));
                });
                all.sum()
            }
            Self::Body | Self::Json(_) | Self::Form(_) | Self::Graphql(_) | Self::Jsonrpc(_) => {
                let Body::Read(content) = facts.body else { return Truth::Unread };
                let query = facts.target.query.as_deref();
                let ask = || self.ask_content(check, content, query).unwrap_or(Truth::Doubtful);
                // GraphQL operations stand in the query too.
                let is_kept = !matches!(self, Self::Graphql(_)) || content.is_of(query);
                if is_kept { content.ask_once(question, ask) } else { ask() }
            }
        }
    }

    fn ask_content(&self, check: &Check, content: &Content, query: Option<&str>) -> Result<Truth, Uncertain> {
        match self {
            Self::Body => {
                let truth = check.ask(content.text()?);
                let is_there = |coded: &str| check.ask(coded) != Truth::No;
                let differs = truth == Truth::No && content.coded().is_some_and(is_there);
                Ok(if differs { Truth::Doubtful } else { truth })
            }
            Self::Json(pointer) => {
                if content.is_empty() {
                    return Ok(Truth::No);
                }
                let (json, text) = content.json()?;
                let truth = check.ask_finds(json, text, &json.find(text, json.root(), pointer));
                Ok(if content.is_no_json() { truth.less_certain() } else { truth })
            }
            Self::Form(name) => {
                let mut all = Tally::default();
                content.form()?.named(name).for_each(|field| all.add(ask_field(check, field)));
                Ok(all.sum())
            }
            Self::Graphql(what) => content.ask_graphql(query, *what, |name| check.ask(name)),
            Self::Jsonrpc(what) => {
                if content.is_empty() {
                    return Ok(Truth::No);
                }
                let (json, text) = content.json()?;
                let truth = what.ask(json, text, |finds| check.ask_finds(json, text, finds))?;
                Ok(if content.is_no_json() { truth.less_certain() } else { truth })
            }
            Self::Query(_) | Self::Header(_) => Err(Uncertain),
        }
    }
}

fn ask_field(check: &Check, field: Field<'_>) -> Truth {
    let truth = field.value.map_or(Truth::Doubtful, |value| check.ask_decoded(value));
    if field.certain { truth } else { truth.less_certain() }
}
