//! Mail (RFC 5322): who gets it, what it is about, what hangs on it.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::{Address, HeaderName, HeaderValue, MessageParser, MimeHeaders};

/// What a mail says, as label and value.
pub(super) fn read(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let Some(message) = MessageParser::default().parse(bytes) else {
        return vec![("Warning", "the mail can't be read".into())];
    };
    let mut out = Vec::new();
    for header in message.headers() {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the library knows far more headers than are shown"
        )]
        let label = match &header.name {
            HeaderName::From => "From",
            HeaderName::To => "To",
            HeaderName::Cc => "Cc",
            HeaderName::Bcc => "Bcc",
            HeaderName::ReplyTo => "Reply to",
            HeaderName::Subject => "Subject",
            _ => continue,
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an address or subject of another kind can't be shown"
        )]
        match &header.value {
            HeaderValue::Address(address) => {
                out.extend(addresses(address).into_iter().map(|text| (label, text)));
            }
            HeaderValue::Text(text) => out.push((label, text.to_string())),
            HeaderValue::TextList(texts) => out.push((label, texts.join(", "))),
            _ => out.push(("Warning", format!("the mail's {label} can't be read"))),
        }
    }
    for attachment in message.attachments() {
        out.push(("Attachment", attachment.attachment_name().unwrap_or("(without a name)").to_owned()));
    }
    if let Some(text) = message.body_text(0) {
        out.push(("Text", text.chars().take(LONGEST_TEXT).collect()));
    }
    out
}

/// Decodes base64 in either alphabet, with or without padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(plain).ok()
}

fn addresses(address: &Address<'_>) -> Vec<String> {
    let all = address.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_owned(),
        (Some(name), None) => name.to_owned(),
        (None, None) => String::new(),
    });
    // Each by itself, so that none is cut off behind a long list.
    all.collect()
}

const LONGEST_TEXT: usize = 600;
