//! Parts: what a multipart body is made of (RFC 2046 §5.1).

use mail_parser::{MessageParser, MessagePart, MimeHeaders, PartType};

use super::{attachment, mail};

/// A part of a multipart body.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The field's name, where it is a form.
    pub(super) name: String,
    /// Its text, where it is one and no file.
    pub(super) text: Option<String>,
    /// What it is: a file's name, kind and size.
    pub(super) file: String,
    /// What it says, if it is a mail.
    pub(super) mail: Vec<(String, String)>,
}

/// The parts of a body; none where it can't be taken apart.
pub(super) fn read(bytes: &[u8], content_type: &str) -> Option<Vec<Part>> {
    let mut whole = format!("Content-Type: {content_type}\r\n\r\n").into_bytes();
    whole.extend_from_slice(bytes);
    let message = MessageParser::default().parse(&whole)?;
    let parts: Vec<_> = message.parts.iter().skip(1).map(read_part).collect();
    (!parts.is_empty()).then_some(parts)
}

fn read_part(part: &MessagePart<'_>) -> Part {
    let name = part.content_disposition().and_then(|disposition| disposition.attribute("name"));
    let file_name = part.attachment_name().filter(|_| {
        part.content_disposition().is_some_and(|disposition| disposition.attribute("filename").is_some())
    });
    let text = match &part.body {
        PartType::Text(text) | PartType::Html(text) if file_name.is_none() => Some(text.to_string()),
        PartType::Text(_)
        | PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Message(_)
        | PartType::Multipart(_) => None,
    };
    // JSON comes as binary data, since it is no text/*.
    let text = text.or_else(|| {
        let looks_like_text =
            file_name.is_none() && attachment::kind_of(part).is_some_and(|kind| kind.contains("json"));
        looks_like_text.then(|| String::from_utf8_lossy(part.contents()).into_owned())
    });
    let mail = match &part.body {
        PartType::Message(message) => mail::read(message.raw_message()),
        PartType::Text(_)
        | PartType::Html(_)
        | PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Multipart(_) => Vec::new(),
    };
    Part {
        name: name.unwrap_or_default().to_owned(),
        text,
        file: attachment::describe(part, file_name),
        mail,
    }
}
