//! Formats: what a header or parameter is set to, with the secret in it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::BadInjection;

/// What to set a header or parameter to: literal text, the value, and Basic pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<str>),
    Value,
    Base64(Format),
}

impl Format {
    /// Reads `{value}`, `Bearer {value}`, `Basic {base64:user:{value}}` and the like.
    pub fn read(text: &str) -> Result<Self, BadInjection> {
        if text.chars().any(char::is_control) {
            return Err(BadInjection::Control);
        }
        let format = Self(read_pieces(text)?);
        if format.holds_value() { Ok(format) } else { Err(BadInjection::NoValue) }
    }

    /// Fills in a value. The result never outgrows its first allocation, so that no copy stays behind.
    pub fn fill(&self, value: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.length(value.len())));
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Value => out.extend_from_slice(value),
                Piece::Base64(inner) => {
                    let clear = inner.fill(value);
                    let start = out.len();
                    out.resize(start + base64_length(clear.len()), 0);
                    // The room is exactly what the encoding takes, so writing it can't fail.
                    if let Some(room) = out.get_mut(start..) {
                        let _ = BASE64_STANDARD.encode_slice(&*clear, room);
                    }
                }
            }
        }
        out
    }

    fn holds_value(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Value => true,
            Piece::Base64(inner) => inner.holds_value(),
            Piece::Literal(_) => false,
        })
    }

    pub(super) fn length(&self, value: usize) -> usize {
        let each = |piece: &Piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Value => value,
            Piece::Base64(inner) => base64_length(inner.length(value)),
        };
        self.0.iter().map(each).sum()
    }
}

fn read_pieces(text: &str) -> Result<Vec<Piece>, BadInjection> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let value = rest.find(VALUE);
        let base64 = rest.find(BASE64);
        let (at, is_value) = match (value, base64) {
            (Some(value), Some(base64)) if value < base64 => (value, true),
            (_, Some(base64)) => (base64, false),
            (Some(value), None) => (value, true),
            (None, None) => break,
        };
        let (literal, special) = rest.split_at(at);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.into()));
        }
        if is_value {
            pieces.push(Piece::Value);
            rest = special.get(VALUE.len()..).unwrap_or_default();
        } else {
            let inner = special.get(BASE64.len()..).unwrap_or_default();
            let end = closing_brace(inner).ok_or(BadInjection::NoValue)?;
            let (inner, after) = inner.split_at(end);
            pieces.push(Piece::Base64(Format(read_pieces(inner)?)));
            rest = after.get(1..).unwrap_or_default();
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.into()));
    }
    Ok(pieces)
}

/// Where the brace closes that was open before this text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 1usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

const fn base64_length(clear: usize) -> usize {
    clear.div_ceil(3) * 4
}

pub(super) const VALUE: &str = "{value}";
const BASE64: &str = "{base64:";
