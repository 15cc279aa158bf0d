//! Attachments of a mail and files of a form: their name, type and size.

use mail_parser::{MessagePart, MimeHeaders};

use super::collector::size;

/// `plan.pdf (application/pdf, 3 bytes)`
pub(super) fn describe(part: &MessagePart<'_>, name: Option<&str>) -> String {
    let kind = kind_of(part).map(|kind| format!("{kind}, ")).unwrap_or_default();
    format!("{} ({kind}{})", name.unwrap_or("(without a name)"), size(part.contents().len()))
}

pub(super) fn kind_of(part: &MessagePart<'_>) -> Option<String> {
    let kind = part.content_type()?;
    Some(match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase(),
        None => kind.ctype().to_ascii_lowercase(),
    })
}
