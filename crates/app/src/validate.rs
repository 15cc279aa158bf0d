//! Checks that several use cases share: each says what is wrong, why, and what to do.

use crate::error::Error;

/// A name: 1 to 255 characters, none of them a control character. White space around it is dropped.
pub(crate) fn name(field: &'static str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > 255 {
        return Err(Error::invalid(
            field,
            format!("\"{field}\" must have 1 to 255 characters; it has {length}"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("\"{field}\" holds a control character; leave it out")));
    }
    Ok(text.to_owned())
}
