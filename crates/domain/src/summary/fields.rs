//! Fields: what a body holds, wherever a service keeps it.

use std::fmt::Write;

use bytes::Bytes;

use super::collector::{Collector, size};
use super::entry::Source;
use super::mail;
use super::money::minor;
use crate::body::{Content, Form, Found, Json, Pointer};

/// A body, read once.
pub(super) struct Body<'a> {
    bytes: &'a [u8],
    content: Content,
    form: Vec<(String, String)>,
}

impl<'a> Body<'a> {
    /// Reads a body. What can't be read is as if it were not there, and is warned of.
    pub(super) fn read(bytes: &'a [u8], content_type: Option<&str>) -> Self {
        let content = Content::read(Bytes::copy_from_slice(bytes), content_type, None, bytes.len());
        let kind = content.content_type().to_ascii_lowercase();
        let is_form = kind.contains("form");
        let looks_like_json =
            bytes.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
        let form = if bytes.is_empty() || !is_form && (looks_like_json || !kind.is_empty()) {
            Vec::new()
        } else {
            let fields = content.form().into_iter().flat_map(Form::fields);
            fields
                .filter(|field| field.certain)
                .filter_map(|field| {
                    Some((field.name?.to_owned(), field.value.unwrap_or("(data)").to_owned()))
                })
                .collect()
        };
        Self { bytes, content, form }
    }

    /// What a person should know of how far the body can be trusted.
    pub(super) fn warning(&self) -> Option<&'static str> {
        let kind = self.content.content_type().to_ascii_lowercase();
        let claims = kind.contains("json");
        (claims && !self.bytes.is_empty() && self.content.json().is_err())
            .then_some("the body is no plain JSON: it is cut short, broken, or gives a field twice")
    }

    /// The values of a source.
    pub(super) fn values(
        &self,
        source: &Source,
        captured: &[String],
        parameter: &dyn Fn(&str) -> Vec<String>,
    ) -> Vec<String> {
        match source {
            Source::Json(pointer) => self.json_at(pointer),
            Source::Each(list, pointer) => self.each(list, pointer),
            Source::Form(name) => self.form_values(name).map(str::to_owned).collect(),
            Source::Query(name) => parameter(name),
            Source::Segment(at) => captured.get(*at).cloned().into_iter().collect(),
            Source::Any(sources) => sources
                .iter()
                .map(|source| self.values(source, captured, parameter))
                .find(|values| !values.is_empty())
                .unwrap_or_default(),
            Source::Mail(label, pointer) => self.mail(label, *pointer),
            Source::Money(amount, currency) => {
                let currency = self.form_values(currency).next().unwrap_or_default();
                self.form_values(amount).map(|amount| minor(amount, currency)).collect()
            }
            Source::Pair(one, other) => {
                let (one, other) = (self.json_at(one), self.json_at(other));
                one.into_iter().zip(other).map(|(one, other)| format!("{one} {other}")).collect()
            }
            Source::Texts(pointer) => self.texts(pointer),
            Source::Tags(name) => self.tags(name),
            Source::Size if self.bytes.is_empty() => Vec::new(),
            Source::Size => vec![size(self.bytes.len())],
        }
    }

    /// The GraphQL operation in a JSON body, such as `mutation issueCreate`.
    pub(super) fn graphql(&self) -> Option<String> {
        let query = self.json_at("/query").into_iter().next()?;
        let document = crate::body::graphql::Document::read(&query).ok()?;
        let operations = document.operations().ok()?;
        let mut out = String::new();
        for operation in operations {
            let joint = if out.is_empty() { "" } else { ", " };
            let _ = write!(out, "{joint}{} {}", operation.kind, operation.roots.join(" "));
        }
        Some(out)
    }

    /// Every field, by its name.
    pub(super) fn flatten(&self, out: &mut Collector) {
        if let Ok((json, text)) = self.content.json() {
            return flatten(json, text, json.root(), "", 0, out);
        }
        for (name, value) in &self.form {
            out.push_named(name, value);
        }
        if self.form.is_empty() && !self.bytes.is_empty() {
            let kind = self.content.content_type();
            let kind = if kind.is_empty() { "data" } else { kind };
            out.push("Body", &format!("{kind}, {}", size(self.bytes.len())));
        }
    }

    fn form_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn json_at(&self, pointer: &str) -> Vec<String> {
        let (Ok((json, text)), Some(pointer)) = (self.content.json(), Pointer::read(pointer)) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for found in json.find(text, json.root(), &pointer) {
            show(json, text, found, &mut out);
        }
        out
    }

    fn each(&self, list: &str, pointer: &str) -> Vec<String> {
        let (Ok((json, text)), Some(list), Some(pointer)) =
            (self.content.json(), Pointer::read(list), Pointer::read(pointer))
        else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for found in json.find(text, json.root(), &list) {
            for item in json.items(found) {
                for value in json.find(text, item, &pointer) {
                    show(json, text, value, &mut out);
                }
            }
        }
        out
    }

    fn mail(&self, label: &str, pointer: Option<&str>) -> Vec<String> {
        let bytes = match pointer {
            // The mail itself, or as base64 (Microsoft Graph takes it so).
            None => match std::str::from_utf8(self.bytes).ok().and_then(mail::decode) {
                Some(decoded) => decoded,
                None => self.bytes.to_vec(),
            },
            Some(pointer) => match self.json_at(pointer).first() {
                Some(text) => match mail::decode(text) {
                    Some(decoded) => decoded,
                    None => return vec!["the mail can't be read".into()],
                },
                None => return Vec::new(),
            },
        };
        mail::read(&bytes).into_iter().filter(|(own, _)| *own == label).map(|(_, value)| value).collect()
    }

    /// All texts below a place, as rich text keeps them, as one.
    fn texts(&self, pointer: &str) -> Vec<String> {
        let (Ok((json, text)), Some(pointer)) = (self.content.json(), Pointer::read(pointer)) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for found in json.find(text, json.root(), &pointer) {
            gather_texts(json, text, found, 0, &mut out);
        }
        if out.is_empty() { out } else { vec![out.join(" ")] }
    }

    /// The contents of XML elements of a name.
    fn tags(&self, name: &str) -> Vec<String> {
        let Ok(text) = self.content.text() else { return Vec::new() };
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let pieces = text.split(&*open).skip(1).filter_map(|rest| rest.split(&*close).next());
        pieces.take(MOST_TAGS).map(str::to_owned).collect()
    }
}

fn show(json: &Json, text: &str, found: Found, out: &mut Vec<String>) {
    if let Some(scalar) = json.scalar(text, found) {
        out.push(scalar.to_text().into_owned());
    } else {
        out.extend(
            json.items(found).filter_map(|item| Some(json.scalar(text, item)?.to_text().into_owned())),
        );
    }
}

fn gather_texts(json: &Json, text: &str, found: Found, depth: usize, out: &mut Vec<String>) {
    if depth > DEEPEST || out.len() > MOST_TAGS {
        return;
    }
    if let Some(own) = json.text(text, found) {
        if depth == 0 {
            out.push(own.to_owned());
        }
        return;
    }
    for item in json.items(found) {
        gather_texts(json, text, item, depth + 1, out);
    }
    for (key, value) in json.fields(text, found) {
        match json.text(text, value) {
            Some(own) if matches!(key, "text" | "content" | "plain_text") => out.push(own.to_owned()),
            _ => gather_texts(json, text, value, depth + 1, out),
        }
    }
}

fn flatten(json: &Json, text: &str, found: Found, name: &str, depth: usize, out: &mut Collector) {
    if let Some(scalar) = json.scalar(text, found) {
        return out.push_named(if name.is_empty() { "Body" } else { name }, &scalar.to_text());
    }
    if depth >= DEEPEST {
        return out.push(name, "(more within)");
    }
    // What goes beyond the bound is only counted.
    let most = if out.is_full() { MOST_TAGS } else { usize::MAX };
    for (at, item) in json.items(found).enumerate().take(most) {
        flatten(json, text, item, &format!("{name}[{at}]"), depth + 1, out);
    }
    for (key, value) in json.fields(text, found).take(most) {
        let path = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        flatten(json, text, value, &path, depth + 1, out);
    }
}

const MOST_TAGS: usize = 50;
const DEEPEST: usize = 8;
