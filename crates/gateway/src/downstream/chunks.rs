//! Chunked bodies (RFC 9112 §7.1), followed byte by byte.

/// Where in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunk {
    /// Within a chunk's size.
    Size {
        /// The digits so far.
        value: u64,
        /// How many there are.
        digits: u8,
    },
    /// Within a chunk extension.
    Extension {
        /// The chunk's size.
        value: u64,
        /// How long the extension is so far.
        length: u16,
    },
    /// Before the LF behind a size.
    SizeLf {
        /// The chunk's size.
        value: u64,
    },
    /// Within a chunk's data.
    Data {
        /// How many bytes are to come.
        left: u64,
    },
    /// Before the CR behind data.
    DataCr,
    /// Before the LF behind data.
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    TrailerStart {
        /// The bytes of the trailers so far.
        total: u16,
    },
    /// Within a trailer line.
    Trailer {
        /// The bytes of the trailers so far.
        total: u16,
        /// Whether its name isn't over.
        name: bool,
    },
    /// Before the LF behind a trailer line.
    TrailerLf {
        /// The bytes of the trailers so far.
        total: u16,
    },
    /// Before the LF that ends the body.
    EndLf,
}

impl Chunk {
    /// Where a chunked body begins.
    pub(crate) const START: Self = Self::Size { value: 0, digits: 0 };

    /// Follows a chunked body; `None` at its end, with how many bytes were used.
    pub(crate) fn follow(self, bytes: &[u8]) -> Result<(Option<Self>, usize), BadChunk> {
        let mut chunk = self;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Self::Data { left } = chunk {
                let taken = left.min((bytes.len() - at) as u64);
                at += taken as usize;
                chunk = if taken == left { Self::DataCr } else { Self::Data { left: left - taken } };
                continue;
            }
            match chunk.step(byte).map_err(|why| BadChunk { after: at, why })? {
                Some(next) => chunk = next,
                None => return Ok((None, at + 1)),
            }
            at += 1;
        }
        Ok((Some(chunk), at))
    }

    fn step(self, byte: u8) -> Result<Option<Self>, &'static str> {
        let next = match self {
            Self::Size { value, digits } => match (byte, char::from(byte).to_digit(16)) {
                (_, Some(digit)) if digits < 15 => {
                    Self::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
                }
                (b'\r', None) if digits > 0 => Self::SizeLf { value },
                (b';', None) if digits > 0 => Self::Extension { value, length: 0 },
                _ => return Err("a chunk size is not a hexadecimal number"),
            },
            Self::Extension { value, .. } if byte == b'\r' => Self::SizeLf { value },
            Self::Extension { value, length } if length < MOST_EXTENSION_BYTES && is_field_value(byte) => {
                Self::Extension { value, length: length + 1 }
            }
            Self::Extension { .. } => {
                return Err("a chunk extension is too long or holds a control character");
            }
            Self::SizeLf { value: 0 } if byte == b'\n' => Self::TrailerStart { total: 0 },
            Self::SizeLf { value } if byte == b'\n' => Self::Data { left: value },
            Self::SizeLf { .. } => return Err("a chunk size does not end in CRLF"),
            Self::DataCr if byte == b'\r' => Self::DataLf,
            Self::DataLf if byte == b'\n' => Self::START,
            Self::Data { .. } | Self::DataCr | Self::DataLf => {
                return Err("a chunk is longer than its size says");
            }
            Self::TrailerStart { .. } if byte == b'\r' => Self::EndLf,
            Self::TrailerStart { total } if is_token(byte) => Self::Trailer { total, name: true },
            Self::TrailerStart { .. } => return Err("a trailer line has no name"),
            Self::Trailer { total, .. } if total > MOST_TRAILER_BYTES => {
                return Err("the trailers are longer than 16 KiB");
            }
            Self::Trailer { total, name: true } if byte == b':' => {
                Self::Trailer { total: total + 1, name: false }
            }
            Self::Trailer { total, name: true } if is_token(byte) => {
                Self::Trailer { total: total + 1, name: true }
            }
            Self::Trailer { total, name: false } if byte == b'\r' => Self::TrailerLf { total },
            Self::Trailer { total, name: false } if is_field_value(byte) => {
                Self::Trailer { total: total + 1, name: false }
            }
            Self::Trailer { .. } => return Err("a trailer line holds a character that none may hold"),
            // The parser behind counts whole lines, line ends included.
            Self::TrailerLf { total } if byte == b'\n' => Self::TrailerStart { total: total + LINE_COSTS },
            Self::EndLf if byte == b'\n' => return Ok(None),
            Self::TrailerLf { .. } | Self::EndLf => return Err("a CR stands without LF"),
        };
        Ok(Some(next))
    }
}

/// A chunked body that isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadChunk {
    /// How many bytes before it were good.
    pub(crate) after: usize,
    /// What is wrong.
    pub(crate) why: &'static str,
}

/// RFC 9110 §5.6.2
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// RFC 9110 §5.5
pub(crate) fn is_field_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

const MOST_TRAILER_BYTES: u16 = 16 * 1024;
const MOST_EXTENSION_BYTES: u16 = 4 * 1024;
/// The first character and the line end.
const LINE_COSTS: u16 = 3;
