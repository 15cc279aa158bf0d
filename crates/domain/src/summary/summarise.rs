//! A summary: the entry of the table that fits a request, and what its fields say.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::collector::{Collector, Detail};
use super::entry::Entry;
use super::fields::Body;
use super::table::find;
use crate::target::decode_form;

/// What a held request is about to do, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Such as `Send email`.
    pub action: String,
    /// What else there is to say, in the order in which it is shown.
    pub details: Vec<Detail>,
}

/// Says what a request is about to do. Nothing in it can be shown other than as plain text, and it is bounded.
pub fn summarise(asked: &Asked<'_>) -> Summary {
    let body = Body::read(asked.body.unwrap_or_default(), asked.content_type);
    let mut out = Collector::default();
    if let Some(warning) = body.warning() {
        out.push("Warning", warning);
    }
    if let Some((entry, captured)) = find(asked) {
        let action = known(entry, &captured, asked, &body, &mut out);
        return Summary { action, details: out.finish() };
    }
    for pair in asked.query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        out.push_named(&decode_form(name), &decode_form(value));
    }
    body.flatten(&mut out);
    let mut action = Collector::clean(&format!("{} {}{}", asked.method, asked.host, asked.path));
    if let Some(operation) = body.graphql() {
        action = Collector::clean(&format!("GraphQL {operation} at {}", asked.host));
    }
    Summary { action, details: out.finish() }
}

fn known(
    entry: &Entry,
    captured: &[String],
    asked: &Asked<'_>,
    body: &Body<'_>,
    out: &mut Collector,
) -> String {
    for (label, source) in entry.fields {
        let parameter = |name: &str| {
            let pairs = asked.query.into_iter().flat_map(|query| query.split('&'));
            let found =
                pairs.filter_map(|pair| pair.split_once('=')).filter(|(key, _)| decode_form(key) == name);
            found.map(|(_, value)| decode_form(value).into_owned()).collect::<Vec<_>>()
        };
        for value in body.values(source, captured, &parameter) {
            out.push(label, &value);
        }
    }
    if entry.flatten {
        body.flatten(out);
    }
    match (entry.action, body.graphql()) {
        ("", Some(operation)) => Collector::clean(&format!("{}: {operation}", entry.service)),
        ("", None) => Collector::clean(&format!("{} {}", asked.method, entry.service)),
        (action, _) => action.to_owned(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
