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
    // Servers differ in whether the URL's name or the body's counts: all that are given count.
    let names = parameter("operationName");
    let with = |more: Vec<String>| names.iter().cloned().chain(more).collect::<Vec<_>>();
    for query in parameter("query") {
        take(&mut asked, &query, &names, true)?;
    }
    let kept = KEPT_DOCUMENTS.into_iter().any(|name| name != "id" && !parameter(name).is_empty());
    if kept || asked.is_empty() && !parameter("extensions").is_empty() {
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
            take(&mut asked, &query, &with(field("operationName")), true)?;
        }
        for text in operations {
            // A file may be put in any place, the document's too.
            if field("map").iter().any(|map| map.contains("query") || map.contains("operationName")) {
                return Err(Uncertain);
            }
            read_json(&mut asked, &text, &names)?;
        }
    } else {
        read_json(&mut asked, sent.text, &names)?;
    }
    Ok(asked)
}

/// A request, or a batch of them. `outer` are the names of operations that the URL gives.
fn read_json(asked: &mut Vec<Asked>, text: &str, outer: &[String]) -> Result<(), Uncertain> {
    let json = Json::read(text)?;
    let root = json.root();
    if json.is_object(root) {
        return read_request(asked, &json, text, root, outer);
    }
    if !json.is_list(root) {
        return Err(Uncertain);
    }
    json.items(root).try_for_each(|item| read_request(asked, &json, text, item, outer))
}

fn read_request(
    asked: &mut Vec<Asked>,
    json: &Json,
    text: &str,
    request: Found,
    outer: &[String],
) -> Result<(), Uncertain> {
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
    // Without a document it is one that the upstream keeps, and with an id too it may be: nobody here knows what it asks.
    let kept = |name| !json.find(text, request, &Pointer::of([name])).is_empty();
    if queries.is_empty() || KEPT_DOCUMENTS.into_iter().any(kept) {
        return Err(Uncertain);
    }
    let names: Vec<_> = names.into_iter().chain(outer.iter().cloned()).collect();
    queries.iter().try_for_each(|query| take(asked, query, &names, certain && names_certain))
}

/// Adds the operation of a document that is named, or all where it is not clear which one runs.
fn take(asked: &mut Vec<Asked>, text: &str, names: &[String], certain: bool) -> Result<(), Uncertain> {
    let document = Document::read(text)?;
    let mut all = document.operations()?;
    if let [name, others @ ..] = names
        && others.iter().all(|other| other == name)
    {
        let has_name = |one: &Asked| one.name.as_deref() == Some(name);
        // Of several with one name, which no server ought to take, any may run.
        if all.iter().filter(|one| has_name(one)).count() == 1 {
            all.retain(has_name);
        }
    }
    asked.extend(all.into_iter().map(|one| Asked { certain, ..one }));
    Ok(())
}

impl Document<'_> {
    /// Its operations, fragments followed.
    pub fn operations(&self) -> Result<Vec<Asked>, Uncertain> {
        let mut all = Vec::new();
        let mut left = MOST_REACHED;
        for operation in &self.operations {
            let mut one = Asked {
                kind: operation.kind.to_owned(),
                name: operation.name.map(str::to_owned),
                certain: true,
                ..Asked::default()
            };
            self.gather(&operation.selections, &mut one, &mut left)?;
            all.push(one);
        }
        if all.is_empty() { Err(Uncertain) } else { Ok(all) }
    }

    /// Gathers the fields that selections reach. Each fragment is followed once, so that one that holds itself leads
    /// nowhere, and by a list instead of calls, so that a chain of thousands needs no deeper stack.
    fn gather<'d>(
        &'d self,
        selections: &'d document::Selections<'d>,
        into: &mut Asked,
        left: &mut usize,
    ) -> Result<(), Uncertain> {
        let mut followed = HashSet::new();
        let mut waiting = vec![(selections, true)];
        while let Some((selections, at_root)) = waiting.pop() {
            let (here, below) = (&selections.fields, &selections.below);
            let own = |names: &'d [&'d str]| names.iter().map(|name| (*name).to_owned());
            let spreads = selections.spreads.len() + selections.spreads_below.len();
            *left = left.checked_sub(here.len() + below.len() + spreads).ok_or(Uncertain)?;
            if at_root { &mut into.roots } else { &mut into.below }.extend(own(here));
            into.below.extend(own(below));
            let spreads = selections.spreads.iter().map(|name| (*name, at_root));
            let deep = selections.spreads_below.iter().map(|name| (*name, false));
            for (name, at_root) in spreads.chain(deep) {
                if followed.insert((name, at_root)) {
                    waiting.push((self.fragments.get(name).ok_or(Uncertain)?, at_root));
                }
            }
        }
        Ok(())
    }
}

/// How many names the operations of a document may reach together: many operations that share many fragments would
/// cost far more to follow than to send.
const MOST_REACHED: usize = 200_000;
/// The fields of a form that GraphQL reads.
pub(crate) const FIELDS: [&str; 4] = ["query", "operationName", "operations", "map"];
/// What asks for a document that the upstream keeps, by its id.
const KEPT_DOCUMENTS: [&str; 5] = ["id", "documentId", "documentID", "doc_id", "queryId"];

#[cfg(test)]
mod tests;
