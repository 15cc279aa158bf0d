//! JSON as conditions look at it: a flat list of values that knows duplicate keys, found by JSON Pointer (RFC 6901).

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use smallvec::SmallVec;

use super::Uncertain;
use super::fold::{folded, is_alike, is_plain};

mod reader;

/// A JSON text, read. Values stand in it in the order of the text, each followed by those that it holds.
#[derive(Debug)]
pub struct Json {
    nodes: Vec<Node>,
    /// Strings that stand otherwise in the text: those with escapes.
    unescaped: String,
    /// The larger lists and objects, for which there are the two below.
    tables: Vec<Range<usize>>,
    /// Where the items of larger lists stand.
    items: Vec<u32>,
    /// Where the fields of larger objects stand, by the hash of their folded keys.
    keys: Vec<(u64, u32)>,
    /// With a secret of its own, so that nobody can choose keys with one hash.
    hasher: RandomState,
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
    List(Table),
    Object(Table),
}

/// The number of a table; `NONE` for small lists and objects, which are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Table(u32);

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

/// Where a value stands in a JSON text: a JSON Pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(Box<[Box<str>]>);

/// A value that was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    at: usize,
    /// Whether each key of the pointer is there letter for letter. Some readers don't mind letter case.
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

    /// The keys and numbers that lead to the value.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|step| &**step)
    }
}

impl Json {
    /// Reads a JSON text (RFC 8259). Duplicate keys, at any depth, leave it uncertain: readers disagree on which counts.
    /// So does a text of very many tiny values, which would take many times its size.
    pub fn read(text: &str) -> Result<Self, Uncertain> {
        reader::read(text)
    }

    /// The whole.
    pub fn root(&self) -> Found {
        Found { at: 0, exact: true }
    }

    /// The values at a pointer, from a value on.
    pub fn find(&self, text: &str, from: Found, pointer: &Pointer) -> Finds {
        self.find_steps(text, from, pointer.steps())
    }

    /// The values at the end of these steps, from a value on.
    pub(crate) fn find_steps<'s>(
        &self,
        text: &str,
        from: Found,
        steps: impl IntoIterator<Item = &'s str>,
    ) -> Finds {
        let mut here = Finds::from_slice(&[from]);
        for step in steps {
            let mut next = Finds::new();
            for found in here {
                match self.value(found) {
                    Some(Value::Object(table)) => self.find_fields(text, found, table, step, &mut next),
                    Some(Value::List(table)) => {
                        next.extend(index(step).and_then(|at| self.item(found, table, at)));
                    }
                    _ => {}
                }
            }
            here = next;
        }
        here
    }

    fn find_fields(&self, text: &str, of: Found, table: Table, step: &str, out: &mut Finds) {
        let mut take = |child: Found| {
            let Some(key) = self.nodes.get(child.at).and_then(|node| node.key) else { return };
            let key = self.string(text, key);
            if key == step {
                out.push(child);
            } else if is_alike(key, step) {
                out.push(Found { exact: false, ..child });
            }
        };
        let Some(range) = self.tables.get(table.0 as usize) else {
            return self.children(of).for_each(take);
        };
        let entries = self.keys.get(range.clone()).unwrap_or_default();
        let hash = self.hash(step);
        let first = entries.partition_point(|entry| entry.0 < hash);
        let alike = entries.iter().skip(first).take_while(|entry| entry.0 == hash);
        alike.for_each(|entry| take(Found { at: entry.1 as usize, exact: of.exact }));
    }

    fn item(&self, of: Found, table: Table, at: usize) -> Option<Found> {
        match self.tables.get(table.0 as usize) {
            Some(range) => {
                let item = *self.items.get(range.clone())?.get(at)?;
                Some(Found { at: item as usize, exact: of.exact })
            }
            None => self.children(of).nth(at),
        }
    }

    /// Of a key as the most lenient readers see it.
    fn hash(&self, key: &str) -> u64 {
        let mut bytes: SmallVec<[u8; 64]> = SmallVec::new();
        if is_plain(key) {
            bytes.extend(key.bytes().map(|byte| byte.to_ascii_lowercase()));
        } else {
            let mut buffer = [0; 4];
            folded(key)
                .for_each(|letter| bytes.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes()));
        }
        self.hasher.hash_one(bytes.as_slice())
    }

    /// The fields of an object; none of anything else.
    pub fn fields<'j>(&'j self, text: &'j str, of: Found) -> impl Iterator<Item = (&'j str, Found)> {
        let is_object = self.is_object(of);
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
        matches!(self.value(found), Some(Value::List(_)))
    }

    /// Whether it is an object.
    pub fn is_object(&self, found: Found) -> bool {
        matches!(self.value(found), Some(Value::Object(_)))
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
            Value::List(_) | Value::Object(_) => return None,
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

impl Table {
    const NONE: Self = Self(u32::MAX);
}

#[cfg(test)]
mod tests;
