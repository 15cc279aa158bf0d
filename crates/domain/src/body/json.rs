//! JSON as conditions look at it: a flat list of values that knows duplicate keys, found by JSON Pointer (RFC 6901).

use std::borrow::Cow;
use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;

use super::Uncertain;

/// A JSON text, read. Values stand in it in the order of the text, each followed by those that it holds.
#[derive(Debug)]
pub struct Json {
    nodes: Vec<Node>,
    /// Strings that stand otherwise in the text: those with escapes.
    unescaped: String,
}

#[derive(Debug)]
struct Node {
    key: Option<Span>,
    value: Value,
    /// The node that follows all that this one holds.
    next: u32,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Null,
    Bool(bool),
    Natural(u64),
    Integer(i64),
    Float(f64),
    Text(Span),
    List,
    Object,
}

/// A string, in the text or among those that had escapes.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
    unescaped: bool,
}

/// A value that holds no others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'j> {
    /// A string.
    Text(&'j str),
    /// A whole number from 0.
    Natural(u64),
    /// A whole number below 0.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// `true`, `false` or `null`.
    Word(&'static str),
}

/// Where a value stands in a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Box<[Box<str>]>);

/// A value that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    at: usize,
    /// Whether each key on the way stands there letter for letter. Some readers don't mind letter case.
    pub exact: bool,
}

/// Several values that were found: more than one where keys differ in letter case alone.
pub type Finds = SmallVec<[Found; 1]>;

impl Pointer {
    /// Reads a pointer: empty for the whole text, else each step behind a `/`.
    pub fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(Box::default()));
        }
        let steps = text.strip_prefix('/')?.split('/');
        Some(Self(steps.map(|step| step.replace("~1", "/").replace("~0", "~").into()).collect()))
    }

    /// The steps.
    pub(crate) fn of<const N: usize>(steps: [&str; N]) -> Self {
        Self(steps.into_iter().map(Box::from).collect())
    }
}

impl Json {
    /// Reads a JSON text (RFC 8259). Duplicate keys, at any depth, leave it uncertain: readers disagree on which counts.
    pub fn read(text: &str) -> Result<Self, Uncertain> {
        if u32::try_from(text.len()).is_err() {
            return Err(Uncertain);
        }
        let mut json = Self { nodes: Vec::with_capacity(text.len() / 16 + 1), unescaped: String::new() };
        let mut reader = serde_json::Deserializer::from_str(text);
        let seed = Seed { json: &mut json, base: text.as_ptr() as usize, text, key: None };
        seed.deserialize(&mut reader).map_err(|_| Uncertain)?;
        reader.end().map_err(|_| Uncertain)?;
        Ok(json)
    }

    /// The whole.
    pub fn root(&self) -> Found {
        Found { at: 0, exact: true }
    }

    /// The values at a pointer, from a value on.
    pub fn find(&self, text: &str, from: Found, pointer: &Pointer) -> Finds {
        let mut here = Finds::from_slice(&[from]);
        for step in &pointer.0 {
            let mut next = Finds::new();
            for found in here {
                match self.value(found) {
                    Some(Value::Object) => {
                        for (key, child) in self.fields(text, found) {
                            if key == &**step {
                                next.push(child);
                            } else if key.eq_ignore_ascii_case(step) {
                                next.push(Found { exact: false, ..child });
                            }
                        }
                    }
                    Some(Value::List) => next.extend(index(step).and_then(|at| self.items(found).nth(at))),
                    _ => {}
                }
            }
            here = next;
        }
        here
    }

    /// The fields of an object; none of anything else.
    pub fn fields<'j>(&'j self, text: &'j str, of: Found) -> impl Iterator<Item = (&'j str, Found)> {
        let is_object = matches!(self.value(of), Some(Value::Object));
        let children = self.children(of).filter(move |_| is_object);
        children.filter_map(move |child| {
            let key = self.nodes.get(child.at)?.key?;
            Some((self.string(text, key), child))
        })
    }

    /// The items of a list; none of anything else.
    pub fn items(&self, of: Found) -> impl Iterator<Item = Found> {
        let is_list = self.is_list(of);
        self.children(of).filter(move |_| is_list)
    }

    /// Whether it is a list.
    pub fn is_list(&self, found: Found) -> bool {
        matches!(self.value(found), Some(Value::List))
    }

    /// Whether it is an object.
    pub fn is_object(&self, found: Found) -> bool {
        matches!(self.value(found), Some(Value::Object))
    }

    /// The value, where it holds no others.
    pub fn scalar<'j>(&'j self, text: &'j str, found: Found) -> Option<Scalar<'j>> {
        Some(match self.value(found)? {
            Value::Null => Scalar::Word("null"),
            Value::Bool(true) => Scalar::Word("true"),
            Value::Bool(false) => Scalar::Word("false"),
            Value::Natural(number) => Scalar::Natural(number),
            Value::Integer(number) => Scalar::Integer(number),
            Value::Float(number) => Scalar::Float(number),
            Value::Text(span) => Scalar::Text(self.string(text, span)),
            Value::List | Value::Object => return None,
        })
    }

    /// The string that a value is.
    pub fn text<'j>(&'j self, text: &'j str, found: Found) -> Option<&'j str> {
        match self.scalar(text, found)? {
            Scalar::Text(text) => Some(text),
            Scalar::Natural(_) | Scalar::Integer(_) | Scalar::Float(_) | Scalar::Word(_) => None,
        }
    }

    fn value(&self, found: Found) -> Option<Value> {
        self.nodes.get(found.at).map(|node| node.value)
    }

    fn children(&self, of: Found) -> impl Iterator<Item = Found> {
        let end = self.nodes.get(of.at).map_or(0, |node| node.next as usize);
        let first = (of.at + 1 < end).then_some(of.at + 1);
        let siblings = std::iter::successors(first, move |at| {
            let next = self.nodes.get(*at)?.next as usize;
            (next < end).then_some(next)
        });
        siblings.map(move |at| Found { at, exact: of.exact })
    }

    fn string<'j>(&'j self, text: &'j str, span: Span) -> &'j str {
        let from = if span.unescaped { &*self.unescaped } else { text };
        from.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

impl Scalar<'_> {
    /// As text: numbers as short as they can be written.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Word(word) => Cow::Borrowed(word),
            Self::Natural(number) => number.to_string().into(),
            Self::Integer(number) => number.to_string().into(),
            Self::Float(number) => number.to_string().into(),
        }
    }
}

fn index(step: &str) -> Option<usize> {
    let plain = step == "0" || !step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| step.parse().ok())?
}

struct Seed<'a> {
    json: &'a mut Json,
    text: &'a str,
    /// Where the text stands in memory: strings without escapes are parts of it.
    base: usize,
    key: Option<Span>,
}

impl Seed<'_> {
    fn push(self, value: Value) {
        let next = self.json.nodes.len() as u32 + 1;
        self.json.nodes.push(Node { key: self.key, value, next });
    }

    fn open(&mut self, value: Value) -> usize {
        self.json.nodes.push(Node { key: self.key, value, next: 0 });
        self.json.nodes.len() - 1
    }

    fn close(self, at: usize) {
        let next = self.json.nodes.len() as u32;
        if let Some(node) = self.json.nodes.get_mut(at) {
            node.next = next;
        }
    }

    fn keep(&mut self, string: &str) -> Span {
        let start = (string.as_ptr() as usize).wrapping_sub(self.base);
        if let Some(end) = start.checked_add(string.len())
            && end <= self.text.len()
        {
            return Span { start: start as u32, end: end as u32, unescaped: false };
        }
        let start = self.json.unescaped.len() as u32;
        self.json.unescaped.push_str(string);
        Span { start, end: self.json.unescaped.len() as u32, unescaped: true }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(Value::Bool(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push(Value::Natural(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(Value::Integer(value));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(Value::Float(value));
        Ok(())
    }

    fn visit_str<E>(mut self, value: &str) -> Result<(), E> {
        let span = self.keep(value);
        self.push(Value::Text(span));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let at = self.open(Value::List);
        let (text, base) = (self.text, self.base);
        while items.next_element_seed(Seed { json: &mut *self.json, text, base, key: None })?.is_some() {}
        self.close(at);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let at = self.open(Value::Object);
        let (text, base) = (self.text, self.base);
        let mut keys: SmallVec<[Span; 16]> = SmallVec::new();
        while let Some(key) = fields.next_key_seed(Key(&mut self))? {
            keys.push(key);
            fields.next_value_seed(Seed { json: &mut *self.json, text, base, key: Some(key) })?;
        }
        if self.json.has_twins(text, &keys) {
            return Err(A::Error::custom("a key is there twice"));
        }
        self.close(at);
        Ok(())
    }
}

/// A key, kept where it stands.
struct Key<'s, 'a>(&'s mut Seed<'a>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Span;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Span, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, value: &str) -> Result<Span, E> {
        Ok(self.0.keep(value))
    }
}

impl Json {
    fn has_twins(&self, text: &str, keys: &[Span]) -> bool {
        if keys.len() > FEW {
            let mut seen = FxHashSet::with_capacity_and_hasher(keys.len(), rustc_hash::FxBuildHasher);
            return keys.iter().any(|key| !seen.insert(self.string(text, *key)));
        }
        let pairs = keys.iter().enumerate();
        pairs.into_iter().any(|(at, key)| {
            let key = self.string(text, *key);
            keys.iter().take(at).any(|other| self.string(text, *other) == key)
        })
    }
}

/// So many keys are compared each with each; more go into a set.
const FEW: usize = 16;

#[cfg(test)]
mod tests;
