//! Leaves: every value of a JSON text that isn't shown yet, by the name that it has there.

use std::fmt::Write;

use super::collector::Collector;
use super::used::Used;
use crate::body::{Found, Json};
use crate::sensitive::is_secret_name;

/// Shows every value below one that isn't shown yet. What lies very deep is shown as compact JSON.
pub(super) fn show(json: &Json, text: &str, name: &str, used: &Used, out: &mut Collector) {
    Leaves { json, text, used }.below(json.root(), name, &mut String::new(), 0, out);
}

struct Leaves<'a> {
    json: &'a Json,
    text: &'a str,
    used: &'a Used,
}

impl Leaves<'_> {
    fn below(&self, found: Found, name: &str, pointer: &mut String, depth: usize, out: &mut Collector) {
        if out.is_full() {
            return out.drop_more(self.count(found));
        }
        let own = if name.is_empty() { "Body" } else { name };
        if let Some(scalar) = self.json.scalar(self.text, found) {
            let value = scalar.to_text();
            let is_text = self.json.text(self.text, found).is_some();
            if value.is_empty() || !self.used.has_json(pointer, is_text) {
                out.push_named(own, &value);
            }
            return;
        }
        if depth >= DEEPEST {
            let mut compact = String::new();
            self.compact(found, 0, &mut compact);
            return out.push_named(own, &compact);
        }
        let length = pointer.len();
        let mut is_empty = true;
        for (at, item) in self.json.items(found).enumerate() {
            is_empty = false;
            if at == MOST_ITEMS {
                let more = self.json.items(found).count() - MOST_ITEMS;
                out.push(own, &format!("… and {more} more items"));
                break;
            }
            let _ = write!(pointer, "/{at}");
            self.below(item, &format!("{name}[{at}]"), pointer, depth + 1, out);
            pointer.truncate(length);
        }
        for (key, value) in self.json.fields(self.text, found) {
            is_empty = false;
            let _ = write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1"));
            let within = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
            self.below(value, &within, pointer, depth + 1, out);
            pointer.truncate(length);
        }
        if is_empty {
            out.push(own, if self.json.is_list(found) { "[]" } else { "{}" });
        }
    }

    /// How many values there are below one.
    fn count(&self, found: Found) -> usize {
        let mut count = 0;
        let mut left = vec![found];
        while let Some(found) = left.pop() {
            let before = left.len();
            left.extend(self.json.items(found));
            left.extend(self.json.fields(self.text, found).map(|(_, value)| value));
            count += usize::from(left.len() == before);
        }
        count
    }

    /// A value as compact JSON, with secrets masked.
    fn compact(&self, found: Found, depth: usize, out: &mut String) {
        if depth >= DEEPEST_COMPACT {
            out.push('…');
        } else if let Some(text) = self.json.text(self.text, found) {
            let _ = write!(out, "{}", serde_json::Value::from(text));
        } else if let Some(scalar) = self.json.scalar(self.text, found) {
            out.push_str(&scalar.to_text());
        } else if self.json.is_list(found) {
            out.push('[');
            for (at, item) in self.json.items(found).enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                self.compact(item, depth + 1, out);
            }
            out.push(']');
        } else {
            out.push('{');
            for (at, (key, value)) in self.json.fields(self.text, found).enumerate() {
                let _ = write!(out, "{}{}:", if at == 0 { "" } else { "," }, serde_json::Value::from(key));
                if is_secret_name(key) {
                    out.push_str("\"••••\"");
                } else {
                    self.compact(value, depth + 1, out);
                }
            }
            out.push('}');
        }
    }
}

/// How many items of a list are shown.
const MOST_ITEMS: usize = 25;
/// How deep values are shown one by one.
const DEEPEST: usize = 8;
/// How deep compact JSON goes.
const DEEPEST_COMPACT: usize = 100;
