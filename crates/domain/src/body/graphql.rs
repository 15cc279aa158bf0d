//! GraphQL: which operations a request asks for, and which fields they reach (GraphQL October 2021, §2).

use super::Uncertain;
use super::content_type::ContentType;
use super::form::{FieldName, Fit, Form, read_urlencoded};
use super::json::{Found, Json};
use super::tally::{Tally, Truth};

mod operations;
mod requests;
mod document;
mod lexer;

pub use document::Document;
pub use operations::Asked;
pub(crate) use requests::Requests;

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

    /// What all operations of a body and a query say together. Of a name in the query and one in the body nobody knows
    /// which one counts.
    pub(crate) fn ask(self, body: &Requests, query: &Requests, check: impl Fn(&str) -> Truth) -> Truth {
        let mut all = Tally::default();
        for requests in [query, body] {
            requests.ask(self, &query.names, &check, &mut all);
        }
        all.sum()
    }
}

/// The operations of a query, which some servers prefer to those of the body.
pub(crate) fn read_query(text: Option<&str>) -> Result<Requests, Uncertain> {
    let mut requests = Requests::default();
    let Some(text) = text else { return Ok(requests) };
    let named = |wanted: &str| {
        let name = FieldName::of_query(wanted);
        let mut all = Vec::new();
        for pair in read_urlencoded(text) {
            let fit = pair.name.as_deref().map_or(Fit::Alike, |own| name.fit(own));
            if fit != Fit::Other {
                all.push((pair.value.ok_or(Uncertain)?, fit == Fit::Exact && pair.certain));
            }
        }
        Ok(all)
    };
    for (name, _) in named("operationName")? {
        requests.names.push(name.into());
    }
    for (query, certain) in named("query")? {
        requests.take(&query, Vec::new(), certain)?;
    }
    for name in KEPT_DOCUMENTS.into_iter().filter(|name| *name != "id") {
        if !named(name)?.is_empty() {
            return Err(Uncertain);
        }
    }
    if requests.is_empty() && !named("extensions")?.is_empty() {
        return Err(Uncertain);
    }
    Ok(requests)
}

/// The operations of a body that is a form.
pub(crate) fn read_form(form: &Form) -> Result<Requests, Uncertain> {
    let named = |wanted: &str| {
        let name = FieldName::of_form(wanted);
        let fields = form.fields().filter_map(|field| field.under(&name));
        fields.map(|field| Ok((field.value.ok_or(Uncertain)?, field.certain))).collect::<Result<Vec<_>, _>>()
    };
    let mut requests = Requests::default();
    // In parts: "GraphQL multipart request specification".
    let (queries, operations) = (named("query")?, named("operations")?);
    let is_kept = |name: &str| Ok(!named(name)?.is_empty());
    if queries.is_empty() && operations.is_empty() || any(KEPT_DOCUMENTS, is_kept)? {
        return Err(Uncertain);
    }
    let names: Vec<_> = named("operationName")?.into_iter().map(|(name, _)| Box::from(name)).collect();
    for (query, certain) in queries {
        requests.take(query, names.clone(), certain)?;
    }
    for (text, certain) in operations {
        for (map, _) in named("map")? {
            check_map(map)?;
        }
        read_json(&mut requests, text, certain)?;
    }
    Ok(requests)
}

/// The operations of a body that is no form.
pub(crate) fn read_text(text: &str, content_type: &ContentType) -> Result<Requests, Uncertain> {
    let mut requests = Requests::default();
    if content_type.media_type() == "application/graphql" {
        requests.take(text, Vec::new(), true)?;
    } else {
        read_json(&mut requests, text, true)?;
    }
    Ok(requests)
}

fn any<const N: usize>(
    names: [&str; N],
    mut holds: impl FnMut(&str) -> Result<bool, Uncertain>,
) -> Result<bool, Uncertain> {
    names.into_iter().try_fold(false, |found, name| Ok(found || holds(name)?))
}

/// Files are put in places that this map names: the document must not be one of them.
fn check_map(text: &str) -> Result<(), Uncertain> {
    let json = Json::read(text)?;
    if !json.is_object(json.root()) {
        return Err(Uncertain);
    }
    for (_, places) in json.fields(text, json.root()) {
        let mut all = json.items(places).map(|place| json.text(text, place));
        let is_variable = |place: &str| {
            let place = place.trim_start_matches(|letter: char| letter.is_ascii_digit());
            place.strip_prefix('.').unwrap_or(place).starts_with("variables.")
        };
        if !json.is_list(places) || !all.all(|place| place.is_some_and(is_variable)) {
            return Err(Uncertain);
        }
    }
    Ok(())
}

/// A request, or a batch of them.
fn read_json(requests: &mut Requests, text: &str, certain: bool) -> Result<(), Uncertain> {
    let json = Json::read(text)?;
    let root = json.root();
    if json.is_object(root) {
        return read_request(requests, &json, text, root, certain);
    }
    if !json.is_list(root) || json.items(root).nth(MOST_REQUESTS).is_some() {
        return Err(Uncertain);
    }
    json.items(root).try_for_each(|item| read_request(requests, &json, text, item, certain))
}

fn read_request(
    requests: &mut Requests,
    json: &Json,
    text: &str,
    request: Found,
    certain: bool,
) -> Result<(), Uncertain> {
    let strings = |name| -> Result<(Vec<&str>, bool), Uncertain> {
        let found = json.find_steps(text, request, [name]);
        let certain = found.iter().all(|found| found.exact) && found.len() < 2;
        let mut out = Vec::new();
        for found in found {
            match json.text(text, found) {
                Some(value) => out.push(value),
                // `null` is as good as left out.
                None if json.scalar(text, found).is_some_and(|scalar| scalar.to_text() == "null") => {}
                None => return Err(Uncertain),
            }
        }
        Ok((out, certain))
    };
    let (queries, queries_certain) = strings("query")?;
    let (names, names_certain) = strings("operationName")?;
    // Without a document it is one that the upstream keeps, and with an id too it may be: nobody here knows what it asks.
    let is_kept = |name: &str| Ok(!json.find_steps(text, request, [name]).is_empty());
    if queries.is_empty() || any(KEPT_DOCUMENTS, is_kept)? {
        return Err(Uncertain);
    }
    let certain = certain && queries_certain && names_certain;
    let names: Vec<Box<str>> = names.into_iter().map(Box::from).collect();
    queries.into_iter().try_for_each(|query| requests.take(query, names.clone(), certain))
}

/// What asks for a document that the upstream keeps, by its id.
const KEPT_DOCUMENTS: [&str; 5] = ["id", "documentId", "documentID", "doc_id", "queryId"];
/// How many requests a batch may have.
const MOST_REQUESTS: usize = 1_000;

#[cfg(test)]
mod tests;
