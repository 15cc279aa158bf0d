//! Details: gathered within bounds, with secrets masked and nothing that could disguise what is shown.

use std::fmt::Write;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::sensitive::{is_known_key, is_secret_name};

/// One thing about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// What it is, such as `To`.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// Gathers details.
#[derive(Debug, Default)]
pub(super) struct Collector {
    details: Vec<Detail>,
    /// How many were left out since there are too many.
    dropped: usize,
    /// How many have the same label, but for numbers of items.
    alike: FxHashMap<String, usize>,
}

impl Collector {
    /// Adds a value that a person shall see. Nothing is added where it is empty.
    pub(super) fn push(&mut self, label: &str, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        if self.is_full() {
            self.dropped += 1;
            return;
        }
        // Many of one kind must not crowd out all others.
        let alike = self.alike.entry(without_numbers(label)).or_default();
        *alike += 1;
        if *alike > MOST_ALIKE {
            return;
        }
        let value = if is_encoded(value) {
            format!("(encoded data, {})", size(value.len()))
        } else if is_key(value) {
            MASK.to_owned()
        } else {
            shown(value)
        };
        self.details.push(Detail { label: Self::clean(label), value });
    }

    /// Adds a field by the name that it has in the request; what looks like a secret is masked.
    pub(super) fn push_named(&mut self, name: &str, value: &str) {
        if value.trim().is_empty() {
            return self.push(name, "(empty)");
        }
        let last = name.rsplit(['.', '[']).find(|part| part.len() > 1).unwrap_or(name);
        if is_card(last, value) {
            let end = value.char_indices().rev().nth(3).and_then(|(at, _)| value.get(at..));
            self.push(name, &format!("{MASK} {}", end.unwrap_or_default()));
        } else if is_secret_name(last) || is_secret_name(name) {
            self.push(name, MASK);
        } else {
            self.push(name, value);
        }
    }

    /// Leaves out some more, for which there is no room.
    pub(super) fn drop_more(&mut self, count: usize) {
        self.dropped += count;
    }

    /// Whether there is room for no more.
    pub(super) fn is_full(&self) -> bool {
        self.details.len() >= MOST_DETAILS
    }

    /// What was gathered.
    pub(super) fn finish(mut self) -> Vec<Detail> {
        let mut alike: Vec<_> = self.alike.into_iter().filter(|(_, count)| *count > MOST_ALIKE).collect();
        alike.sort_unstable();
        for (label, count) in alike {
            let value = format!("… and {} more", count - MOST_ALIKE);
            self.details.push(Detail { label: Self::clean(&label), value });
        }
        if self.dropped > 0 {
            let value = format!("{} more fields", self.dropped);
            self.details.push(Detail { label: "…".into(), value });
        }
        self.details
    }

    /// A text as it can be shown: on one line, bounded, without characters that control or turn what is around them.
    pub(super) fn clean(text: &str) -> String {
        let mut out = String::new();
        let mut length = 0;
        let mut space = false;
        for c in text.trim().chars() {
            if c.is_whitespace() {
                space = true;
                continue;
            }
            length += 1 + usize::from(space);
            if length > MOST_CHARACTERS {
                out.push('…');
                break;
            }
            if std::mem::take(&mut space) {
                out.push(' ');
            }
            out.push(if c.is_control() || is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c });
        }
        out
    }
}

/// A value as it can be shown. Of a long one it is said how long it is.
fn shown(value: &str) -> String {
    let mut out = Collector::clean(value);
    if out.ends_with('…') && !value.trim_end().ends_with('…') {
        let _ = write!(out, " ({} characters)", value.trim().chars().count());
    }
    out
}

/// A label without the numbers of items: `items[3].sku` as `items[].sku`.
fn without_numbers(label: &str) -> String {
    let mut out = String::with_capacity(label.len());
    let mut within = false;
    for c in label.chars() {
        within = c == '[' || within && c.is_ascii_digit();
        if !(within && c.is_ascii_digit()) {
            out.push(c);
        }
    }
    out
}

/// How many bytes, as people say it.
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{} MB", bytes / 1_048_576),
    }
}

/// Characters that nobody sees, or that turn the direction of others (Unicode TR 36).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' | '\u{ad}' | '\u{61c}')
}

/// A long run of base64 characters: no text that says anything to a person.
fn is_encoded(text: &str) -> bool {
    let text = text.trim();
    let body = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
        .map_or(text, |(_, body)| body);
    body.len() >= LONGEST_WORD
        && body.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=' | b'\r' | b'\n')
        })
}

/// Whether a value is a credential of a well-known kind, or holds a private key.
fn is_key(text: &str) -> bool {
    let text = text.trim();
    let word = text.strip_prefix("Bearer ").unwrap_or(text);
    text.contains("-----BEGIN ") || !word.contains(char::is_whitespace) && is_known_key(word)
}

/// A card's number, of which the end may be shown.
fn is_card(name: &str, value: &str) -> bool {
    let name = name.trim_end_matches(']');
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    (13..=19).contains(&digits) && plain && (name == "number" || name.contains("card"))
}

const MASK: &str = "••••";
const MOST_DETAILS: usize = 100;
const MOST_ALIKE: usize = 25;
const MOST_CHARACTERS: usize = 1_000;
const LONGEST_WORD: usize = 80;
