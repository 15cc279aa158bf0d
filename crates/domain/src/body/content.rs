//! Content: a request's body as conditions look at it, each representation parsed once, when first asked for.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use bytestring::ByteString;
use rustc_hash::FxHashMap;

use super::coding::{codings, decode, read_text};
use super::content_type::ContentType;
use super::form::Form;
use super::graphql::{self, Operation, Requests};
use super::tally::Truth;
use super::{Json, Uncertain};

/// What a decision knows of a request's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// It has not been read. A decision that depends on it asks for it.
    Unread,
    /// It has been read, or there is none.
    Read(&'a Content),
}

/// A body that was read, of one request. Nothing is parsed before a condition asks for it; then it is kept, and so are the
/// answers to conditions: what was once asked costs nothing to ask again.
///
/// Asking can take milliseconds where [`is_large`](Content::is_large) says so: a first decision then belongs on a thread that
/// may block.
#[derive(Debug)]
pub struct Content {
    /// As sent; none where it can't be read.
    sent: Option<Bytes>,
    kind: ContentType,
    codings: Box<str>,
    bound: usize,
    /// Without its content codings.
    bytes: OnceLock<Result<Bytes, Uncertain>>,
    /// As sent, where it has codings: for upstreams that don't undo them.
    coded: OnceLock<String>,
    text: OnceLock<Result<ByteString, Uncertain>>,
    json: OnceLock<Result<Json, Uncertain>>,
    form: OnceLock<Result<Form, Uncertain>>,
    graphql: OnceLock<Result<Requests, Uncertain>>,
    query: OnceLock<InQuery>,
    answers: Mutex<FxHashMap<Arc<str>, Truth>>,
    /// Whether it may keep what depends on its request.
    is_of_one_request: bool,
}

/// The query that came with a body, and its GraphQL operations.
#[derive(Debug)]
struct InQuery {
    text: Option<Box<str>>,
    operations: Result<Requests, Uncertain>,
}

impl Content {
    /// A whole body, as sent. More than `bound` bytes, sent or decoded, are not read.
    pub fn read(
        body: impl Into<Bytes>,
        content_type: Option<&str>,
        content_encoding: Option<&str>,
        bound: usize,
    ) -> Self {
        Self {
            sent: Some(body.into()),
            kind: ContentType::read(content_type.unwrap_or_default()),
            codings: content_encoding.unwrap_or_default().into(),
            bound,
            ..Self::unreadable()
        }
    }

    /// No body. One for all requests: prefer [`empty`](Self::empty) where a request is decided about several times.
    pub fn none() -> &'static Self {
        static NONE: LazyLock<Content> =
            LazyLock::new(|| Content { is_of_one_request: false, ..Content::empty() });
        &NONE
    }

    /// No body, of one request.
    pub fn empty() -> Self {
        Self::read(Bytes::new(), None, None, 0)
    }

    /// A body that is longer than what is read, or can't be read for another reason.
    pub fn unreadable() -> Self {
        Self {
            sent: None,
            kind: ContentType::default(),
            codings: Box::default(),
            bound: 0,
            bytes: OnceLock::new(),
            coded: OnceLock::new(),
            text: OnceLock::new(),
            json: OnceLock::new(),
            form: OnceLock::new(),
            graphql: OnceLock::new(),
            query: OnceLock::new(),
            answers: Mutex::default(),
            is_of_one_request: true,
        }
    }

    /// Whether the first decision that looks at it may take longer than a thread that serves others should be held up:
    /// it is long, or may become so when it is decoded.
    pub fn is_large(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.len() > LARGE || self.is_coded() && !sent.is_empty())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.plain().is_ok_and(Bytes::is_empty)
    }

    /// Its bytes, without content codings.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.plain().ok().map(|bytes| &**bytes)
    }

    /// Its content type; empty where it has none.
    pub fn content_type(&self) -> &str {
        self.kind.as_str()
    }

    fn plain(&self) -> Result<&Bytes, Uncertain> {
        let read = || {
            let sent = self.sent.as_ref().ok_or(Uncertain)?;
            // What is good text with and without its codings was made for two readers.
            if self.is_coded() && !sent.is_empty() && std::str::from_utf8(sent).is_ok() {
                return Err(Uncertain);
            }
            decode(sent, &self.codings, self.bound)
        };
        self.bytes.get_or_init(read).as_ref().map_err(|error| *error)
    }

    fn is_coded(&self) -> bool {
        codings(&self.codings).next().is_some()
    }

    /// What an upstream reads that doesn't undo its codings, where it has any.
    pub(crate) fn coded(&self) -> Option<&str> {
        let sent = self.sent.as_ref().filter(|sent| !sent.is_empty() && self.is_coded())?;
        Some(self.coded.get_or_init(|| String::from_utf8_lossy(sent).into_owned()))
    }

    /// Whether it says that it is something else than JSON, which other readers than ours may read otherwise.
    pub(crate) fn is_no_json(&self) -> bool {
        self.is_any_form() || self.kind.media_type().ends_with("xml")
    }

    fn is_any_form(&self) -> bool {
        self.kind.is_form() || self.kind.is_multipart()
    }

    /// Its text.
    pub fn text(&self) -> Result<&str, Uncertain> {
        let read = || read_text(self.plain()?, self.kind.parameter("charset")?);
        self.text.get_or_init(read).as_deref().map_err(|error| *error)
    }

    /// It as JSON, with the text that goes with it.
    pub fn json(&self) -> Result<(&Json, &str), Uncertain> {
        let text = self.text()?;
        let json = self.json.get_or_init(|| Json::read(text));
        json.as_ref().map(|json| (json, text)).map_err(|error| *error)
    }

    /// Its fields, read as a form.
    pub(crate) fn form(&self) -> Result<&Form, Uncertain> {
        let read = || {
            if !self.kind.is_multipart() {
                return Form::read_urlencoded(self.text()?, self.coded(), &self.kind);
            }
            if self.coded().is_some_and(|coded| coded.contains("--")) {
                return Err(Uncertain);
            }
            Form::read_multipart(self.plain()?, &self.kind)
        };
        self.form.get_or_init(read).as_ref().map_err(|error| *error)
    }

    /// What the GraphQL operations say that it and the query of its request ask for.
    pub(crate) fn ask_graphql(
        &self,
        query: Option<&str>,
        what: Operation,
        check: impl Fn(&str) -> Truth,
    ) -> Result<Truth, Uncertain> {
        let read = || {
            if self.is_empty() {
                return Ok(Requests::default());
            }
            // A form in parts may hold files, which are no text.
            if self.is_any_form() {
                return graphql::read_form(self.form()?);
            }
            let text = self.text()?;
            if text.trim().is_empty() {
                Ok(Requests::default())
            } else {
                graphql::read_text(text, &self.kind)
            }
        };
        let other;
        let in_query = if let Some(kept) = self.in_query(query) {
            kept
        } else {
            other = graphql::read_query(query);
            &other
        };
        let in_query = in_query.as_ref().map_err(|error| *error)?;
        let in_body = self.graphql.get_or_init(read).as_ref().map_err(|error| *error)?;
        Ok(what.ask(in_body, in_query, check))
    }

    /// Whether it came with this query, so that what was kept of both may be used.
    pub(crate) fn is_of(&self, query: Option<&str>) -> bool {
        self.in_query(query).is_some()
    }

    fn in_query(&self, query: Option<&str>) -> Option<&Result<Requests, Uncertain>> {
        if !self.is_of_one_request {
            return None;
        }
        let read = || InQuery { text: query.map(Box::from), operations: graphql::read_query(query) };
        let kept = self.query.get_or_init(read);
        (kept.text.as_deref() == query).then_some(&kept.operations)
    }

    /// What a question was answered with, if it was asked before; else the answer is kept. Small bodies are asked again.
    pub(crate) fn ask_once(&self, question: &Arc<str>, ask: impl FnOnce() -> Truth) -> Truth {
        if !self.is_large() {
            return ask();
        }
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers().get(question).copied();
        kept.unwrap_or_else(|| {
            let truth = ask();
            answers().insert(Arc::clone(question), truth);
            truth
        })
    }
}

/// From here on asking ten conditions may take a millisecond.
const LARGE: usize = 16 * 1024;
