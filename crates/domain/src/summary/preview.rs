//! Preview: the beginning of a body, as text.

/// The beginning of a body, of at most so many bytes. `text` is the whole body, where it is text for certain. None of a
/// body that is no text, such as a picture; of a multipart body, what is no text is replaced.
pub fn preview(bytes: &[u8], text: Option<&str>, is_multipart: bool, most: usize) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let lossy;
    let text = match text {
        Some(text) => text,
        // The cut may go through a character.
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
            }
            Err(_) if is_multipart => {
                lossy = String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes));
                &lossy
            }
            Err(_) => return None,
        },
    };
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= most).last();
    text.get(..end.unwrap_or(0)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_ends_between_characters_and_is_none_of_what_is_no_text() {
        assert_eq!(preview(b"", None, false, 9), None);
        assert_eq!(preview("aäb".as_bytes(), None, false, 2).as_deref(), Some("a"));
        assert_eq!(preview(b"a\xc3", None, false, 9).as_deref(), Some("a"));
        assert_eq!(preview(b"\x89PNG\xff\xfe", None, false, 9), None);
        assert_eq!(preview(b"--x\xff--", None, true, 9).as_deref(), Some("--x\u{fffd}--"));
    }
}
