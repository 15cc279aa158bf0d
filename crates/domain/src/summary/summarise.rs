//! A summary: the entry of the table that fits a request, and what its fields say.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::collector::{Collector, Detail};
use super::entry::{Entry, Source};
use super::fields::{Body, pairs};
use super::table::find;
use super::used::Used;

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
    if asked.is_cut {
        let told = "only the beginning of the body is shown: it is long";
        out.push("Warning", if asked.body.is_some() { told } else { UNREADABLE });
    } else if asked.body.is_none() && asked.length > 0 {
        out.push("Warning", UNREADABLE);
    } else if let Some(warning) = body.warning() {
        out.push("Warning", warning);
    }
    let mut used = Used::default();
    let action = match find(asked) {
        Some((entry, captured)) => known(entry, &captured, asked, &body, &mut used, &mut out),
        None => match body.graphql() {
            Some(operation) => Collector::clean(&format!("GraphQL {operation} at {}", asked.host)),
            None => Collector::clean(&format!("{} {}{}", asked.method, asked.host, asked.path)),
        },
    };
    for (name, value) in asked.query.into_iter().flat_map(pairs) {
        if value.is_empty() || !used.has_parameter(&name) {
            out.push_named(&name, &value);
        }
    }
    body.rest(&used, &mut out);
    Summary { action, details: out.finish() }
}

fn known(
    entry: &'static Entry,
    captured: &[String],
    asked: &Asked<'_>,
    body: &Body<'_>,
    used: &mut Used,
    out: &mut Collector,
) -> String {
    let parameter = |name: &str| {
        let all = asked.query.into_iter().flat_map(pairs).filter(|(key, _)| key == name);
        all.map(|(_, value)| value).collect::<Vec<_>>()
    };
    for (label, source) in entry.fields {
        if let Source::Message(pointer) = source {
            let told = body.mail(*pointer);
            if !told.is_empty() {
                used.note(source);
            }
            for (label, value) in &told {
                out.push_named(label, value);
            }
            continue;
        }
        let (values, source) = body.values(source, captured, &parameter);
        if !values.is_empty() {
            used.note(source);
        }
        for value in &values {
            out.push(label, value);
        }
    }
    match (entry.action, body.graphql()) {
        ("", Some(operation)) => Collector::clean(&format!("{}: {operation}", entry.service)),
        ("", None) => Collector::clean(&format!("{} {}", asked.method, entry.service)),
        (action, _) => action.to_owned(),
    }
}

const UNREADABLE: &str = "the body can't be decoded, and is not shown";

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
#[path = "complete.rs"]
mod complete;
