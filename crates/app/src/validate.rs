//! Validation shared by several use cases.

use crate::error::Error;

/// Validates a name: 1 to 255 characters, no control characters. Surrounding white space is removed.
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
        return Err(Error::invalid(field, format!("\"{field}\" contains a control character; remove it")));
    }
    Ok(text.to_owned())
}
