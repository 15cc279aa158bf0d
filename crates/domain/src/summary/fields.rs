//! Fields: what a body holds, wherever a service keeps it.

use std::fmt::Write;

use bytes::Bytes;

use super::collector::{Collector, size};
use super::entry::Source;
use super::money::minor;
use super::parts::{self, Part};
use super::used::{TEXT_KEYS, Used};
use super::{leaves, mail};
use crate::body::{Content, Found, Json, Pointer};
use crate::sensitive::is_secret_name;
use crate::target::decode_form;

/// A body, read once.
pub(super) struct Body<'a> {
    bytes: &'a [u8],
    content: Content,
    /// Its content type, in lower case.
    kind: String,
    form: Vec<(String, String)>,
    parts: Option<Vec<Part>>,
}

impl<'a> Body<'a> {
    /// Reads a body.
    pub(super) fn read(bytes: &'a [u8], content_type: Option<&str>) -> Self {
        let content = Content::read(Bytes::copy_from_slice(bytes), content_type, None, bytes.len());
        let kind = content_type.unwrap_or_default().trim().to_ascii_lowercase();
        let looks_like_json =
            bytes.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
        let parts = kind.starts_with("multipart/").then(|| parts::read(bytes, content_type?)).flatten();
        let is_form = kind.contains("urlencoded") || kind.is_empty() && !looks_like_json;
        let form = match (&parts, std::str::from_utf8(bytes)) {
            // Read as most servers do; where others differ, that is warned of.
            (None, Ok(text)) if is_form => pairs(text).collect(),
            (Some(parts), _) => parts
                .iter()
                .filter(|part| !part.name.is_empty())
                .filter_map(|part| Some((part.name.clone(), part.text.clone()?)))
                .collect(),
            (None, _) => Vec::new(),
        };
        Self { bytes, content, kind, form, parts }
    }

    /// What a person should know of how far the body can be trusted.
    pub(super) fn warning(&self) -> Option<&'static str> {
        if self.bytes.is_empty() {
            return None;
        }
        let is_multipart = self.kind.starts_with("multipart/");
        if self.kind.contains("json") && self.content.json().is_err() {
            Some("the body is no plain JSON: it is cut short, broken, or gives a field twice")
        } else if is_multipart && self.parts.is_none() {
            Some("the body says that it is made of parts, and can't be taken apart")
        } else if (self.kind.contains("urlencoded") || self.kind.starts_with("multipart/form-data"))
            && self.content.form().map_or(true, |form| form.fields().any(|field| !field.certain))
        {
            Some("servers may read the form's fields in different ways")
        } else {
            None
        }
    }

    /// The values of a source, and which one it was where there are several.
    pub(super) fn values(
        &self,
        source: &'static Source,
        captured: &[String],
        parameter: &dyn Fn(&str) -> Vec<String>,
    ) -> (Vec<String>, &'static Source) {
        let found = match source {
            Source::Json(pointer) => self.json_at(pointer),
            Source::Each(list, pointer) => self.each(list, pointer),
            Source::Form(name) => self.form_values(name).map(str::to_owned).collect(),
            Source::Query(name) => parameter(name),
            Source::Segment(at) => captured.get(*at).cloned().into_iter().collect(),
            Source::Any(sources) => {
                let mut all = sources.iter().map(|source| self.values(source, captured, parameter));
                return all.find(|(values, _)| !values.is_empty()).unwrap_or((Vec::new(), source));
            }
            Source::Message(_) => Vec::new(),
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
        };
        (found, source)
    }

    /// What a mail says: one in base64 at a pointer, or the body itself.
    pub(super) fn mail(&self, pointer: Option<&str>) -> Vec<(String, String)> {
        match pointer {
            // In parts, as Gmail takes it, the mail is one of them.
            None if self.parts.is_some() => {
                self.parts.iter().flatten().flat_map(|part| part.mail.iter().cloned()).collect()
            }
            None if self.bytes.is_empty() || self.content.json().is_ok() => Vec::new(),
            // The mail itself, or as base64 (Microsoft Graph takes it so).
            None => match std::str::from_utf8(self.bytes).ok().and_then(mail::decode) {
                Some(decoded) => mail::read(&decoded),
                None => mail::read(self.bytes),
            },
            Some(pointer) => match self.json_at(pointer).first() {
                Some(text) => match mail::decode(text) {
                    Some(decoded) => mail::read(&decoded),
                    None => vec![("Warning".into(), "the mail can't be read".into())],
                },
                None => Vec::new(),
            },
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

    /// Shows everything that isn't shown yet, by the name that it has.
    pub(super) fn rest(&self, used: &Used, out: &mut Collector) {
        if let Some(parts) = &self.parts {
            for part in parts {
                show_part(part, used, out);
            }
            return;
        }
        out.drop_more(self.form.len().saturating_sub(MOST_FIELDS));
        for (name, value) in self.form.iter().take(MOST_FIELDS) {
            if value.is_empty() || !used.has_field(name) {
                show_text(name, value, out);
            }
        }
        if let Ok((json, text)) = self.content.json() {
            leaves::show(json, text, "", used, out);
        } else if self.form.is_empty() && !self.bytes.is_empty() && !used.has_whole() {
            match self.content.text() {
                Ok(text) if is_readable(text) => out.push("Body", text),
                Ok(_) | Err(_) => {
                    let kind = if self.kind.is_empty() { "data" } else { &self.kind };
                    out.push("Body", &format!("{kind}, {}", size(self.bytes.len())));
                }
            }
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
        pieces.map(str::to_owned).collect()
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
    if depth > DEEPEST {
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
            Some(own) if TEXT_KEYS.contains(&key) => out.push(own.to_owned()),
            _ => gather_texts(json, text, value, depth + 1, out),
        }
    }
}

fn show_part(part: &Part, used: &Used, out: &mut Collector) {
    let name = if part.name.is_empty() { "Part" } else { &part.name };
    if !part.mail.is_empty() {
        if !used.has_whole() {
            part.mail.iter().for_each(|(label, value)| out.push_named(label, value));
        }
        return;
    }
    match &part.text {
        Some(text) if !text.is_empty() && used.has_field(name) => {}
        Some(text) => show_text(name, text, out),
        None => out.push(name, &part.file),
    }
}

/// Shows a text; where it is JSON, each value within.
fn show_text(name: &str, text: &str, out: &mut Collector) {
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let json = (looks_like_json && !is_secret_name(name)).then(|| Json::read(text).ok()).flatten();
    match json {
        Some(json) => leaves::show(&json, text, name, &Used::default(), out),
        None => out.push_named(name, text),
    }
}

/// The pairs of a query or an urlencoded form.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_form(name).into_owned(), decode_form(value).into_owned())
    })
}

/// Whether a text is one that people can read.
fn is_readable(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

/// How many fields of a form are looked at.
const MOST_FIELDS: usize = 2_000;
/// How deep texts lie.
const DEEPEST: usize = 100;
