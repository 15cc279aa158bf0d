//! HPACK (RFC 7541): header blocks decoded, and written again without state.

use std::collections::VecDeque;
use std::ops::Range;

use crate::downstream::http2::{huffman, static_table};
use crate::header_lines::MOST_HEADER_LINES;

/// Decodes the header blocks of one connection, in their order.
#[derive(Debug)]
pub(crate) struct Decoder {
    /// The dynamic table, the newest first.
    entries: VecDeque<Entry>,
    size: usize,
    most: usize,
}

/// A header in the dynamic table.
#[derive(Debug)]
struct Entry {
    name: Name,
    /// The name, unless it stands in the static table, and the value.
    text: Box<[u8]>,
}

/// A header's name: an index of the static table, or how long it is.
#[derive(Debug, Clone, Copy)]
enum Name {
    Known(u8),
    Text(usize),
}

/// The headers of a block.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    text: Vec<u8>,
    headers: Vec<(Name, Range<usize>)>,
    /// How many bytes they would have as lines of HTTP/1.
    pub(crate) size: usize,
    /// Whether there are more than are taken. Then not all of them are here.
    pub(crate) is_too_large: bool,
}

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// An index of its name in the static table, or 0.
    pub(crate) known: u8,
    /// Its name.
    pub(crate) name: &'a [u8],
    /// Its value.
    pub(crate) value: &'a [u8],
}

/// A header block that can't be decoded. Those that follow on its connection can't be either (RFC 9113 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadBlock;

impl Default for Decoder {
    fn default() -> Self {
        Self { entries: VecDeque::new(), size: 0, most: MOST_TABLE_BYTES }
    }
}

impl Decoder {
    /// Decodes a block whose headers may have so many bytes.
    pub(crate) fn decode(&mut self, block: &[u8], most: usize) -> Result<Fields, BadBlock> {
        let mut fields = Fields { text: Vec::with_capacity(block.len() * 2), ..Fields::default() };
        let mut rest = block;
        let mut may_resize = true;
        while let Some(&first) = rest.first() {
            let start = fields.text.len();
            let (name, is_added) = match first {
                0x80.. => (self.indexed(read_integer(&mut rest, 7)?, &mut fields.text)?, false),
                0x20..=0x3f => {
                    let size = read_integer(&mut rest, 5)?;
                    if !may_resize || size > MOST_TABLE_BYTES {
                        return Err(BadBlock);
                    }
                    self.most = size;
                    self.make_room(0);
                    continue;
                }
                _ => {
                    let is_added = first >= 0x40;
                    let index = read_integer(&mut rest, if is_added { 6 } else { 4 })?;
                    let name = if index == 0 {
                        read_string(&mut rest, &mut fields.text)?;
                        Name::Text(fields.text.len() - start)
                    } else {
                        let name = self.indexed(index, &mut fields.text)?;
                        fields.text.truncate(start + name.length());
                        name
                    };
                    read_string(&mut rest, &mut fields.text)?;
                    (name, is_added)
                }
            };
            may_resize = false;
            if is_added {
                self.add(name, fields.text.get(start..).unwrap_or_default());
            }
            fields.push(name, start, most);
        }
        Ok(fields)
    }

    /// Appends the text of the header with an index.
    fn indexed(&self, index: usize, text: &mut Vec<u8>) -> Result<Name, BadBlock> {
        if let Some((_, value)) = static_table::header(index) {
            text.extend_from_slice(value.as_bytes());
            return Ok(Name::Known(index as u8));
        }
        let at = index.checked_sub(static_table::LENGTH + 1).ok_or(BadBlock)?;
        let entry = self.entries.get(at).ok_or(BadBlock)?;
        text.extend_from_slice(&entry.text);
        Ok(entry.name)
    }

    /// RFC 7541 §4.4
    fn add(&mut self, name: Name, text: &[u8]) {
        let entry = Entry { name, text: text.into() };
        self.make_room(entry.size());
        if entry.size() <= self.most {
            self.size += entry.size();
            self.entries.push_front(entry);
        }
    }

    fn make_room(&mut self, size: usize) {
        while self.size + size > self.most
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size -= oldest.size();
        }
        if self.entries.is_empty() {
            // An idle connection keeps no room.
            self.entries = VecDeque::new();
        }
    }
}

impl Entry {
    /// RFC 7541 §4.1
    fn size(&self) -> usize {
        let name = match self.name {
            Name::Known(index) => known_name(index).len(),
            Name::Text(_) => 0,
        };
        name + self.text.len() + 32
    }
}

impl Name {
    /// How much of a header's text it is.
    fn length(self) -> usize {
        match self {
            Self::Known(_) => 0,
            Self::Text(length) => length,
        }
    }
}

impl Fields {
    fn push(&mut self, name: Name, start: usize, most: usize) {
        let known = if let Name::Known(index) = name { known_name(index).len() } else { 0 };
        self.size += known + self.text.len() - start + LINE_BYTES;
        if self.size > most || self.headers.len() >= MOST_HEADER_LINES {
            self.is_too_large = true;
        }
        if self.is_too_large {
            self.text.truncate(start);
        } else {
            self.headers.push((name, start..self.text.len()));
        }
    }

    /// The headers in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        self.headers.iter().map(|(name, range)| {
            let text = self.text.get(range.clone()).unwrap_or_default();
            match *name {
                Name::Known(known) => Field { known, name: known_name(known).as_bytes(), value: text },
                Name::Text(length) => {
                    let (name, value) = text.split_at_checked(length).unwrap_or_default();
                    Field { known: 0, name, value }
                }
            }
        })
    }
}

/// Writes a header that isn't indexed (RFC 7541 §6.2.2), without Huffman code.
pub(crate) fn write(out: &mut Vec<u8>, known: u8, name: &[u8], value: &[u8]) {
    write_head(out, known, name, value.len());
    out.extend_from_slice(value);
}

/// Writes a header up to its value, which has so many bytes.
pub(crate) fn write_head(out: &mut Vec<u8>, known: u8, name: &[u8], value_length: usize) {
    write_integer(out, 4, 0, known.into());
    if known == 0 {
        write_integer(out, 7, 0, name.len());
        out.extend_from_slice(name);
    }
    write_integer(out, 7, 0, value_length);
}

/// Writes a header that stands in the static table whole (RFC 7541 §6.1).
pub(crate) fn write_indexed(out: &mut Vec<u8>, index: u8) {
    write_integer(out, 7, 0x80, index.into());
}

fn known_name(index: u8) -> &'static str {
    static_table::header(index.into()).unwrap_or_default().0
}

/// RFC 7541 §5.1
fn read_integer(rest: &mut &[u8], prefix: u32) -> Result<usize, BadBlock> {
    let mask = (1usize << prefix) - 1;
    let mut value = usize::from(take(rest)?) & mask;
    if value < mask {
        return Ok(value);
    }
    // Four more bytes: more than any length or index that is ever taken.
    for shift in [0, 7, 14, 21] {
        let byte = take(rest)?;
        value += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(BadBlock)
}

fn write_integer(out: &mut Vec<u8>, prefix: u32, pattern: u8, value: usize) {
    let mask = (1usize << prefix) - 1;
    if value < mask {
        out.push(pattern | value as u8);
        return;
    }
    out.push(pattern | mask as u8);
    let mut left = value - mask;
    while left >= 0x80 {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

/// RFC 7541 §5.2
fn read_string(rest: &mut &[u8], text: &mut Vec<u8>) -> Result<(), BadBlock> {
    let is_huffman = rest.first().is_some_and(|byte| byte & 0x80 != 0);
    let length = read_integer(rest, 7)?;
    let (string, after) = rest.split_at_checked(length).ok_or(BadBlock)?;
    *rest = after;
    if is_huffman {
        return if huffman::decode(string, text) { Ok(()) } else { Err(BadBlock) };
    }
    text.extend_from_slice(string);
    Ok(())
}

fn take(rest: &mut &[u8]) -> Result<u8, BadBlock> {
    let (first, after) = rest.split_first().ok_or(BadBlock)?;
    *rest = after;
    Ok(*first)
}

/// The default of `SETTINGS_HEADER_TABLE_SIZE` (RFC 9113 §6.5.2).
const MOST_TABLE_BYTES: usize = 4096;
/// What a line of HTTP/1 has beside name and value.
const LINE_BYTES: usize = ": \r\n".len();

#[cfg(test)]
mod tests;
