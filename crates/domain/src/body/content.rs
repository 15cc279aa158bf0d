//! Content: a request's body as conditions look at it, parsed when first asked for.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use super::coding::{decode, media_type, read_text};
use super::form::{Field, is_form, is_multipart, read_multipart, read_urlencoded};
use super::graphql::{self, Asked, Sent};
use super::{Json, Uncertain};
use crate::target::Target;

/// What a decision knows of a request's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// It has not been read. A decision that depends on it asks for it.
    Unread,
    /// It has been read, or there is none.
    Read(&'a Content<'a>),
}

/// A body that was read.
#[derive(Debug)]
pub struct Content<'b> {
    /// Without its content codings.
    bytes: Result<Cow<'b, [u8]>, Uncertain>,
    /// It as sent, where it has codings: for what an upstream sees that doesn't undo them.
    coded: Option<Cow<'b, str>>,
    text: Result<Cow<'b, str>, Uncertain>,
    kind: String,
    json: OnceLock<Result<Json, Uncertain>>,
}

impl Content<'static> {
    /// No body.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Content<'static>> = LazyLock::new(|| Content::read(&[], None, None, 0));
        &NONE
    }
}

impl<'b> Content<'b> {
    /// A whole body, as sent. More than `bound` bytes, sent or decoded, are not read.
    pub fn read(
        body: &'b [u8],
        content_type: Option<&str>,
        content_encoding: Option<&str>,
        bound: usize,
    ) -> Self {
        let mut bytes = decode(body, content_encoding, bound);
        let coded = matches!(bytes, Ok(Cow::Owned(_))).then(|| String::from_utf8_lossy(body));
        // What is good text with and without its codings was made for two readers.
        if matches!(coded, Some(Cow::Borrowed(_))) {
            bytes = Err(Uncertain);
        }
        let text = match &bytes {
            Ok(Cow::Borrowed(bytes)) => read_text(bytes, content_type),
            Ok(Cow::Owned(bytes)) => read_text(bytes, content_type).map(|text| Cow::Owned(text.into_owned())),
            Err(Uncertain) => Err(Uncertain),
        };
        Self { bytes, coded, text, kind: content_type.unwrap_or_default().to_owned(), json: OnceLock::new() }
    }

    /// A body that is longer than what is read, or can't be read for another reason.
    pub fn unreadable() -> Self {
        Self { bytes: Err(Uncertain), text: Err(Uncertain), ..Self::read(&[], None, None, 0) }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.bytes.as_ref().is_ok_and(|bytes| bytes.is_empty())
    }

    /// Its bytes, without content codings.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref().ok()
    }

    /// Its content type; empty where it has none.
    pub fn content_type(&self) -> &str {
        &self.kind
    }

    /// What an upstream reads that doesn't undo its codings, where it has any.
    pub(crate) fn coded(&self) -> Option<&str> {
        self.coded.as_deref()
    }

    /// Whether it says that it is something else than JSON, which other readers than ours may read otherwise.
    pub(crate) fn is_no_json(&self) -> bool {
        is_form(&self.kind) || is_multipart(&self.kind) || media_type(&self.kind).ends_with("xml")
    }

    /// Its text.
    pub fn text(&self) -> Result<&str, Uncertain> {
        self.text.as_deref().map_err(|error| *error)
    }

    /// It as JSON, with the text that goes with it.
    pub fn json(&self) -> Result<(&Json, &str), Uncertain> {
        let text = self.text()?;
        let json = self.json.get_or_init(|| Json::read(text));
        json.as_ref().map(|json| (json, text)).map_err(|error| *error)
    }

    /// Its fields, read as a form, and whether it says that it is one.
    pub(crate) fn form(&self) -> Result<(Vec<Field<'_>>, bool), Uncertain> {
        if is_multipart(&self.kind) {
            let bytes = self.bytes.as_deref().map_err(|error| *error)?;
            if self.coded.as_deref().is_some_and(|coded| coded.contains("--")) {
                return Err(Uncertain);
            }
            return Ok((read_multipart(bytes, &self.kind)?, true));
        }
        let named = self.kind.is_empty() || is_form(&self.kind);
        let coded = self.coded.as_deref().into_iter().flat_map(read_urlencoded);
        let coded = coded.map(|field| Field { certain: false, ..field });
        Ok((read_urlencoded(self.text()?).chain(coded).collect(), named))
    }

    /// The GraphQL operations of the request that it belongs to. Not kept, since a target may bring some of its own.
    pub fn graphql(&self, target: &Target) -> Result<Vec<Asked>, Uncertain> {
        let is_form = is_form(&self.kind) || is_multipart(&self.kind);
        let form = if is_form && !self.is_empty() {
            let fields = self.form()?.0.into_iter().filter(|field| graphql::FIELDS.contains(&&*field.name));
            let fields = fields.map(|field| Ok((field.name.into(), field.value?.into())));
            Some(fields.collect::<Result<Vec<(String, String)>, Uncertain>>()?)
        } else {
            None
        };
        // A form in parts may hold files, which are no text.
        let text = if form.is_some() { "" } else { self.text()? };
        graphql::read(target, &Sent { text, media_type: media_type(&self.kind), form })
    }
}
