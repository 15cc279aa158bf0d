//! Content codings and charsets: a body's text, read within a bound, or the word that it can't be read for certain.

use std::io::Read;

use bytes::Bytes;
use bytestring::ByteString;
use encoding_rs::Encoding;

/// A body that can't be read for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body can't be read for certain")]
pub struct Uncertain;

/// The codings that a `Content-Encoding` lists, but for `identity`, which is none.
pub(crate) fn codings(list: &str) -> impl DoubleEndedIterator<Item = &str> {
    let names = list.split(',').map(str::trim);
    names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"))
}

/// Undoes the codings that a `Content-Encoding` lists (RFC 9110 §8.4), the last applied first. What comes out has at
/// most `bound` bytes: a small body that unfolds into a huge one is not read.
pub(crate) fn decode(body: &Bytes, list: &str, bound: usize) -> Result<Bytes, Uncertain> {
    if body.len() > bound || codings(list).count() > MOST_CODINGS {
        return Err(Uncertain);
    }
    let mut out = body.clone();
    for name in codings(list).rev() {
        if !out.is_empty() {
            out = undo(name, &out, bound)?.into();
        }
    }
    Ok(out)
}

fn undo(name: &str, coded: &[u8], bound: usize) -> Result<Vec<u8>, Uncertain> {
    match name.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => unfold_gzip(coded, bound),
        // Meant is zlib (RFC 9110 §8.4.1.2), but some send the bare stream.
        "deflate" => {
            let mut zlib = flate2::read::ZlibDecoder::new(coded);
            match drain(&mut zlib, bound) {
                Ok(out) if zlib.total_in() == coded.len() as u64 => Ok(out),
                Ok(_) | Err(Uncertain) => {
                    let mut bare = flate2::read::DeflateDecoder::new(coded);
                    let out = drain(&mut bare, bound)?;
                    if bare.total_in() == coded.len() as u64 { Ok(out) } else { Err(Uncertain) }
                }
            }
        }
        "br" => drain(brotli_decompressor::Decompressor::new(coded, BUFFER), bound),
        "zstd" => unfold_zstd(coded, bound),
        _ => Err(Uncertain),
    }
}

/// Every member, one after another (RFC 1952 §2.2). Each costs a decoder of its own, whatever it holds.
fn unfold_gzip(coded: &[u8], bound: usize) -> Result<Vec<u8>, Uncertain> {
    let mut rest = coded;
    let mut out = Vec::new();
    for _ in 0..MOST_FRAMES {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        out.extend(drain(&mut member, bound - out.len())?);
        rest = member.into_inner();
        if rest.is_empty() {
            return Ok(out);
        }
    }
    Err(Uncertain)
}

/// Every frame, one after another (RFC 8878 §3).
fn unfold_zstd(coded: &[u8], bound: usize) -> Result<Vec<u8>, Uncertain> {
    let mut rest = coded;
    let mut out = Vec::new();
    for _ in 0..MOST_FRAMES {
        let window = zstd_window(rest).ok_or(Uncertain)?;
        if window > bound.max(SMALLEST_WINDOW) as u64 {
            return Err(Uncertain);
        }
        let frame = ruzstd::decoding::StreamingDecoder::new(&mut rest).map_err(|_| Uncertain)?;
        out.extend(drain(frame, bound - out.len())?);
        if rest.is_empty() {
            return Ok(out);
        }
    }
    Err(Uncertain)
}

/// How much memory a frame asks for, from its header (RFC 8878 §3.1.1.1): it is allocated before anything is read.
fn zstd_window(frame: &[u8]) -> Option<u64> {
    let (magic, rest) = frame.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*magic) != ZSTD_MAGIC {
        return None;
    }
    let (descriptor, rest) = rest.split_first()?;
    let is_single_segment = descriptor & 0x20 != 0;
    if !is_single_segment {
        let window = rest.first()?;
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + (base / 8) * u64::from(window & 7));
    }
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let size = [1, 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let bytes = rest.get(dictionary..dictionary + size)?;
    let mut wide = [0; 8];
    wide.get_mut(..size)?.copy_from_slice(bytes);
    Some(u64::from_le_bytes(wide) + if size == 2 { 256 } else { 0 })
}

fn drain(coded: impl Read, bound: usize) -> Result<Vec<u8>, Uncertain> {
    let mut out = Vec::new();
    coded.take(bound as u64 + 1).read_to_end(&mut out).map_err(|_| Uncertain)?;
    if out.len() > bound { Err(Uncertain) } else { Ok(out) }
}

/// Reads a body's text in the charset that is named; as UTF-8 where none is.
pub(crate) fn read_text(body: &Bytes, charset: Option<&str>) -> Result<ByteString, Uncertain> {
    let named = match charset {
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or(Uncertain)?,
        None => encoding_rs::UTF_8,
    };
    // A byte order mark wins over what is named, as with most readers.
    let (encoding, mark) = Encoding::for_bom(body).unwrap_or((named, 0));
    if encoding == encoding_rs::UTF_8 {
        let text = ByteString::try_from(body.slice(mark.min(body.len())..)).map_err(|_| Uncertain)?;
        return if has_nul(&text) { Err(Uncertain) } else { Ok(text) };
    }
    let (text, _, failed) = encoding.decode(body);
    if failed || has_nul(&text) {
        return Err(Uncertain);
    }
    // An upstream that ignores the charset must not read something else that makes sense too.
    match std::str::from_utf8(body) {
        Ok(other) if other != text && !has_nul(other) => Err(Uncertain),
        Ok(_) | Err(_) => Ok(text.into_owned().into()),
    }
}

/// Text has no NUL; what has one is in a wider encoding than it says.
fn has_nul(text: &str) -> bool {
    memchr::memchr(0, text.as_bytes()).is_some()
}

const MOST_CODINGS: usize = 4;
/// Members of gzip, frames of Zstandard: each takes time to set up, and senders make one or few.
const MOST_FRAMES: usize = 64;
const BUFFER: usize = 16 * 1024;
const SMALLEST_WINDOW: usize = 8 * 1024 * 1024;
/// RFC 8878 §3.1.1
const ZSTD_MAGIC: u32 = 0xFD2F_B528;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    const BOUND: usize = 4096;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn deflate(bytes: &[u8], zlib: bool) -> Vec<u8> {
        let level = flate2::Compression::default();
        if zlib {
            let mut out = flate2::write::ZlibEncoder::new(Vec::new(), level);
            out.write_all(bytes).unwrap();
            return out.finish().unwrap();
        }
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), level);
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// The text below, as Node's zlib codes it.
    const BROTLI: [u8; 27] = [
        27, 30, 0, 248, 141, 211, 101, 246, 211, 9, 109, 13, 210, 54, 135, 167, 89, 202, 222, 232, 196, 80,
        17, 64, 150, 178, 15,
    ];
    /// As many `a` as the bound, and one more.
    const LONG_BROTLI: [u8; 13] = [27, 0, 16, 248, 37, 194, 226, 177, 64, 64, 247, 0, 0];

    #[test]
    fn every_coding_is_undone_also_stacked() {
        let text = b"some text, some text, some text";
        for (codings, coded) in [
            ("gzip", gzip(text)),
            ("X-GZIP", gzip(text)),
            ("deflate", deflate(text, true)),
            ("deflate", deflate(text, false)),
            ("zstd", zstd(text)),
            ("br", BROTLI.to_vec()),
            ("identity", text.to_vec()),
            ("gzip, zstd", zstd(&gzip(text))),
            ("gzip", [gzip(b"some text, "), gzip(b"some text, some text")].concat()),
            ("zstd", [zstd(b"some text, "), zstd(b"some text, some text")].concat()),
        ] {
            assert_eq!(decode(&coded.into(), codings, BOUND).as_deref(), Ok(&text[..]), "{codings}");
        }
    }

    #[test]
    fn what_unfolds_beyond_the_bound_is_not_read() {
        let long = vec![b'a'; BOUND + 1];
        for (codings, coded) in [
            ("gzip", gzip(&long)),
            ("deflate", deflate(&long, true)),
            ("deflate", deflate(&long, false)),
            ("zstd", zstd(&long)),
            ("br", LONG_BROTLI.to_vec()),
            ("gzip, gzip", gzip(&gzip(&long))),
        ] {
            assert!(coded.len() < 200);
            assert_eq!(decode(&coded.into(), codings, BOUND), Err(Uncertain), "{codings}");
        }
        assert_eq!(decode(&long.into(), "", BOUND), Err(Uncertain));
    }

    #[test]
    fn what_is_not_what_it_says_is_not_read() {
        let text = b"some text";
        let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 3].to_vec();
        let with = |mut bytes: Vec<u8>| {
            bytes.extend(b"more");
            bytes
        };
        for (codings, coded) in [
            ("gzip", text.to_vec()),
            ("gzip", cut(gzip(text))),
            ("gzip", with(gzip(text))),
            ("gzip", gzip(b"").repeat(MOST_FRAMES + 1)),
            ("zstd", zstd(b"").repeat(MOST_FRAMES + 1)),
            ("deflate", with(deflate(text, true))),
            ("deflate", cut(deflate(text, true))),
            ("zstd", with(zstd(text))),
            ("zstd", cut(zstd(text))),
            ("br", text.to_vec()),
            ("br", cut(BROTLI.to_vec())),
            ("compress", text.to_vec()),
            ("gzip, gzip, gzip, gzip, gzip", text.to_vec()),
        ] {
            assert_eq!(decode(&coded.into(), codings, BOUND), Err(Uncertain), "{codings}");
        }
    }

    #[test]
    fn a_charset_is_honoured() {
        let utf16: Vec<u8> = "naïve".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, charset, text) in [
            (&b"na\xc3\xafve"[..], None, Some("naïve")),
            (b"\xef\xbb\xbfnaive", None, Some("naive")),
            (b"na\xefve", Some("ISO-8859-1"), Some("naïve")),
            (b"na\xefve", None, None),
            (&utf16, Some("utf-16le"), Some("naïve")),
            (b"plain", Some("klingon"), None),
            (b"plain", Some("utf-7"), None),
            // Two readings that both make sense.
            (b"na\xc3\xafve", Some("latin1"), None),
            (b"\x1b$B$\"\x1b(B", Some("iso-2022-jp"), None),
            (b"a\0b", None, None),
            (b"\xff\xfe\0\0a\0\0\0", None, None),
            (b"a\0\0\0", Some("utf-16le"), None),
        ] {
            let read = read_text(&Bytes::copy_from_slice(bytes), charset);
            assert_eq!(read.ok().as_deref(), text, "{bytes:?} {charset:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0usize..4) {
            let name = ["gzip", "deflate", "br", "zstd"][which];
            if let Ok(out) = decode(&bytes.into(), name, BOUND) {
                prop_assert!(out.len() <= BOUND);
            }
        }
    }
}
