//! GraphQL: which operations a request asks for, and which fields they reach (GraphQL October 2021, §2).

use std::collections::HashSet;

use super::Uncertain;
use super::json::{Finds, Found, Json, Pointer};
use crate::target::Target;

mod document;

pub use document::Document;

/// What is asked of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `query`, `mutation` or `subscription`.
    Type,
    /// Its name.
    Name,
    /// The fields that it reaches.
    Field,
}

/// An operation that a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `query`, `mutation` or `subscription`.
    pub kind: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The fields at its root, by their own names, those of fragments too.
    pub roots: Vec<String>,
    /// The fields below.
    pub below: Vec<String>,
    /// Whether an upstream reads it for certain.
    pub certain: bool,
}

/// A body, as far as GraphQL reads it.
pub(crate) struct Sent<'b> {
    /// Its text.
    pub text: &'b str,
    /// Its media type.
    pub media_type: &'b str,
    /// Its fields, where it is a form.
    pub form: Option<Vec<(String, String)>>,
}

impl Operation {
    /// Reads a condition's key.
    pub(crate) fn read(key: &str) -> Option<Self> {
        match key {
            "operationType" => Some(Self::Type),
            "operationName" => Some(Self::Name),
            "field" => Some(Self::Field),
            _ => None,
        }
    }
}

/// The operations of a request: of its body, and of its query, which some servers prefer.
pub(crate) fn read(target: &Target, sent: &Sent<'_>) -> Result<Vec<Asked>, Uncertain> {
    let mut asked = Vec::new();
    let parameter = |name| target.query_values(name).collect::<Vec<_>>();
    let names = parameter("operationName");
    for query in parameter("query") {
        take(&mut asked, &query, &names, true)?;
    }
    if asked.is_empty() && (!parameter("extensions").is_empty() || !parameter("documentId").is_empty()) {
        return Err(Uncertain);
    }
    if sent.form.is_none() && sent.text.trim().is_empty() {
        return Ok(asked);
    }
    let field = |name: &str| {
        let fields = sent.form.iter().flatten().filter(|(key, _)| key == name);
        fields.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    if sent.media_type.eq_ignore_ascii_case("application/graphql") {
        take(&mut asked, sent.text, &names, true)?;
    } else if sent.form.is_some() {
        // In parts: "GraphQL multipart request specification".
        let (queries, operations) = (field("query"), field("operations"));
        if queries.is_empty() && operations.is_empty() {
            return Err(Uncertain);
        }
        for query in queries {
            take(&mut asked, &query, &field("operationName"), true)?;
        }
        for text in operations {
            read_json(&mut asked, &text)?;
        }
    } else {
        read_json(&mut asked, sent.text)?;
    }
    Ok(asked)
}

/// A request, or a batch of them.
fn read_json(asked: &mut Vec<Asked>, text: &str) -> Result<(), Uncertain> {
    let json = Json::read(text)?;
    let root = json.root();
    if json.is_object(root) {
        return read_request(asked, &json, text, root);
    }
    if !json.is_list(root) {
        return Err(Uncertain);
    }
    json.items(root).try_for_each(|item| read_request(asked, &json, text, item))
}

fn read_request(asked: &mut Vec<Asked>, json: &Json, text: &str, request: Found) -> Result<(), Uncertain> {
    let strings = |name| -> Result<(Vec<String>, bool), Uncertain> {
        let found: Finds = json.find(text, request, &Pointer::of([name]));
        let certain = found.iter().all(|found| found.exact) && found.len() < 2;
        let mut out = Vec::new();
        for found in found {
            match json.text(text, found) {
                Some(value) => out.push(value.to_owned()),
                // `null` is as good as left out.
                None if json.scalar(text, found).is_some_and(|scalar| scalar.to_text() == "null") => {}
                None => return Err(Uncertain),
            }
        }
        Ok((out, certain))
    };
    let (queries, certain) = strings("query")?;
    let (names, names_certain) = strings("operationName")?;
    // Without a document it is one that the upstream keeps: nobody here knows what it asks.
    if queries.is_empty() {
        return Err(Uncertain);
    }
    queries.iter().try_for_each(|query| take(asked, query, &names, certain && names_certain))
}

/// Adds the operation of a document that is named, or all where it is not clear which one runs.
fn take(asked: &mut Vec<Asked>, text: &str, names: &[String], certain: bool) -> Result<(), Uncertain> {
    let document = Document::read(text)?;
    let all = document.operations()?;
    let named = match names {
        [name] if !name.is_empty() => all.iter().find(|one| one.name.as_deref() == Some(name)),
        _ => None,
    };
    match named {
        Some(one) => asked.push(Asked { certain, ..one.clone() }),
        None => asked.extend(all.into_iter().map(|one| Asked { certain, ..one })),
    }
    Ok(())
}

impl Document<'_> {
    /// Its operations, fragments followed.
    pub fn operations(&self) -> Result<Vec<Asked>, Uncertain> {
        let mut all = Vec::new();
        for operation in &self.operations {
            let mut one = Asked {
                kind: operation.kind.to_owned(),
                name: operation.name.map(str::to_owned),
                certain: true,
                ..Asked::default()
            };
            let mut followed = HashSet::new();
            self.gather(&operation.selections, true, &mut one, &mut followed)?;
            all.push(one);
        }
        if all.is_empty() { Err(Uncertain) } else { Ok(all) }
    }

    fn gather<'d>(
        &'d self,
        selections: &'d document::Selections<'d>,
        at_root: bool,
        into: &mut Asked,
        followed: &mut HashSet<(&'d str, bool)>,
    ) -> Result<(), Uncertain> {
        let (here, below) = (&selections.fields, &selections.below);
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        if at_root {
            into.roots.extend(own(here));
        } else {
            into.below.extend(own(here));
        }
        into.below.extend(own(below));
        let spreads = selections.spreads.iter().map(|name| (*name, at_root));
        let deep = selections.spreads_below.iter().map(|name| (*name, false));
        for (name, at_root) in spreads.chain(deep) {
            // Each fragment once: one that holds itself leads nowhere.
            if followed.insert((name, at_root)) {
                let fragment = self.fragments.get(name).ok_or(Uncertain)?;
                self.gather(fragment, at_root, into, followed)?;
            }
        }
        Ok(())
    }
}

/// The fields of a form that GraphQL reads.
pub(crate) const FIELDS: [&str; 3] = ["query", "operationName", "operations"];

#[cfg(test)]
mod tests;
