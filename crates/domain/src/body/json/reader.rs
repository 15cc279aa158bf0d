//! Reading JSON text into the flat list, with the parser of `serde_json`.

use std::fmt;
use std::hash::RandomState;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;

use super::{Json, Node, Span, Table, Value};
use crate::body::Uncertain;
use crate::body::fold::{is_alike, is_plain};

pub(super) fn read(text: &str) -> Result<Json, Uncertain> {
    if u32::try_from(text.len()).is_err() {
        return Err(Uncertain);
    }
    let mut json = Json {
        nodes: Vec::with_capacity(text.len() / 16 + 1),
        unescaped: String::new(),
        tables: Vec::new(),
        items: Vec::new(),
        keys: Vec::new(),
        hasher: RandomState::new(),
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let most = (text.len() / SMALLEST_VALUE).max(FEW_VALUES);
    let seed = Seed { json: &mut json, base: text.as_ptr() as usize, text, key: None, most };
    seed.deserialize(&mut reader).map_err(|_| Uncertain)?;
    reader.end().map_err(|_| Uncertain)?;
    Ok(json)
}

struct Seed<'a> {
    json: &'a mut Json,
    text: &'a str,
    /// Where the text stands in memory: strings without escapes are parts of it.
    base: usize,
    key: Option<Span>,
    /// How many values there may be.
    most: usize,
}

impl Seed<'_> {
    fn push<E: serde::de::Error>(&mut self, value: Value) -> Result<u32, E> {
        let at = self.json.nodes.len();
        if at >= self.most {
            return Err(E::custom("too many values"));
        }
        self.json.nodes.push(Node { key: self.key, value, next: at as u32 + 1 });
        Ok(at as u32)
    }

    fn child(&mut self, key: Option<Span>) -> Seed<'_> {
        Seed { json: self.json, text: self.text, base: self.base, key, most: self.most }
    }

    fn close(self, at: u32, value: Value) {
        let next = self.json.nodes.len() as u32;
        if let Some(node) = self.json.nodes.get_mut(at as usize) {
            (node.next, node.value) = (next, value);
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

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.push(Value::Null).map(|_| ())
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<(), E> {
        self.push(Value::Bool(value)).map(|_| ())
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<(), E> {
        self.push(Value::Natural(value)).map(|_| ())
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<(), E> {
        self.push(Value::Integer(value)).map(|_| ())
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<(), E> {
        self.push(Value::Float(value)).map(|_| ())
    }

    fn visit_str<E: serde::de::Error>(mut self, value: &str) -> Result<(), E> {
        let span = self.keep(value);
        self.push(Value::Text(span)).map(|_| ())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let at = self.push(Value::List(Table::NONE))?;
        let mut places: SmallVec<[u32; SMALL]> = SmallVec::new();
        loop {
            let place = self.json.nodes.len() as u32;
            if items.next_element_seed(self.child(None))?.is_none() {
                break;
            }
            places.push(place);
        }
        let table = self.json.keep_items(&places);
        self.close(at, Value::List(table));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let at = self.push(Value::Object(Table::NONE))?;
        let mut keys: SmallVec<[(Span, u32); SMALL]> = SmallVec::new();
        while let Some(key) = fields.next_key_seed(Key(&mut self))? {
            keys.push((key, self.json.nodes.len() as u32));
            fields.next_value_seed(self.child(Some(key)))?;
        }
        let table = self.json.keep_keys(self.text, &keys);
        let table = table.map_err(|Uncertain| A::Error::custom("a key is there twice"))?;
        self.close(at, Value::Object(table));
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
    fn keep_items(&mut self, places: &[u32]) -> Table {
        if places.len() <= SMALL {
            return Table::NONE;
        }
        let start = self.items.len();
        self.items.extend(places);
        self.tables.push(start..self.items.len());
        Table(self.tables.len() as u32 - 1)
    }

    /// Keeps where the fields of an object stand. Of a key there may be one other spelling that some reader takes for the
    /// same, such as in another letter case; a second one only serves to make many of few.
    fn keep_keys(&mut self, text: &str, keys: &[(Span, u32)]) -> Result<Table, Uncertain> {
        let is_small = keys.len() <= SMALL && keys.iter().all(|(key, _)| is_plain(self.string(text, *key)));
        if is_small {
            for (at, (key, _)) in keys.iter().enumerate() {
                let before = keys.iter().take(at).map(|(key, _)| *key);
                self.compare(text, *key, before, str::eq_ignore_ascii_case)?;
            }
            return Ok(Table::NONE);
        }
        if keys.len() > MOST_KEYS {
            return Err(Uncertain);
        }
        let start = self.keys.len();
        for (key, place) in keys {
            let hash = self.hash(self.string(text, *key));
            self.keys.push((hash, *place));
        }
        self.keys.get_mut(start..).unwrap_or_default().sort_unstable();
        let entries = self.keys.get(start..).unwrap_or_default();
        let key_at = |entry: &(u64, u32)| self.nodes.get(entry.1 as usize).and_then(|node| node.key);
        for (at, entry) in entries.iter().enumerate() {
            let before = entries.get(at.saturating_sub(MOST_SPELLINGS)..at).unwrap_or_default();
            let alike = before.iter().filter(|other| other.0 == entry.0).filter_map(key_at);
            self.compare(text, key_at(entry).ok_or(Uncertain)?, alike, is_alike)?;
        }
        self.tables.push(start..self.keys.len());
        Ok(Table(self.tables.len() as u32 - 1))
    }

    fn compare(
        &self,
        text: &str,
        key: Span,
        others: impl Iterator<Item = Span>,
        is_alike: impl Fn(&str, &str) -> bool,
    ) -> Result<(), Uncertain> {
        let key = self.string(text, key);
        let mut alike = 0;
        for other in others {
            let other = self.string(text, other);
            if other == key {
                return Err(Uncertain);
            }
            alike += usize::from(is_alike(other, key));
        }
        if alike >= MOST_SPELLINGS { Err(Uncertain) } else { Ok(()) }
    }
}

/// Lists and objects up to this size are searched one by one.
const SMALL: usize = 8;
/// How many spellings of one key an object may have.
const MOST_SPELLINGS: usize = 2;
/// How many keys an object may have: each is hashed and put in order.
const MOST_KEYS: usize = 16_384;
/// How many bytes a value takes on average, at least.
const SMALLEST_VALUE: usize = 4;
/// So many values may be smaller.
const FEW_VALUES: usize = 65_536;
