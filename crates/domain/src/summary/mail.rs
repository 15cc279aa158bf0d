//! Mail (RFC 5322): who gets it, what it is about, what is attached, and every other header.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::decoders::html::html_to_text;
use mail_parser::{Address, Header, HeaderValue, Message, MessageParser, MimeHeaders, PartType};

use super::attachment;

/// What a mail says, as label and value.
pub(super) fn read(bytes: &[u8]) -> Vec<(String, String)> {
    read_within(bytes, 0)
}

fn read_within(bytes: &[u8], depth: usize) -> Vec<(String, String)> {
    match MessageParser::default().parse(bytes) {
        Some(message) => tell(&message, depth),
        None => vec![("Warning".into(), "the mail can't be read".into())],
    }
}

/// `message` must stand for itself: in one that is part of another, headers can't be found again.
fn tell(message: &Message<'_>, depth: usize) -> Vec<(String, String)> {
    let mut known: Vec<(usize, String, String)> = Vec::new();
    let mut others = Vec::new();
    for header in message.headers() {
        let name = header.name.as_str();
        if STRUCTURE.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        match KNOWN.iter().position(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some(rank) => {
                let label = KNOWN.get(rank).map_or(name, |(_, label)| label);
                known.extend(values(header, label).into_iter().map(|(label, value)| (rank, label, value)));
            }
            None => others.push((name.to_owned(), raw_of(message, header).trim().to_owned())),
        }
    }
    known.sort_by_key(|(rank, ..)| *rank);
    let mut out: Vec<_> = known.into_iter().map(|(_, label, value)| (label, value)).collect();
    for part in message.attachments() {
        out.push(("Attachment".into(), attachment::describe(part, part.attachment_name())));
        if let PartType::Message(attached) = &part.body
            && depth < DEEPEST
        {
            let within = read_within(attached.raw_message(), depth + 1).into_iter();
            out.extend(within.map(|(label, value)| (format!("Attached mail, {label}"), value)));
        }
    }
    out.extend(texts(message));
    out.extend(others);
    out
}

fn raw_of<'m>(message: &'m Message<'_>, header: &Header<'_>) -> &'m str {
    let range = header.offset_start as usize..header.offset_end as usize;
    message.raw_message().get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "an address or subject of another kind can't be shown")]
fn values(header: &Header<'_>, label: &str) -> Vec<(String, String)> {
    match &header.value {
        HeaderValue::Address(address) => {
            addresses(address).into_iter().map(|text| (label.to_owned(), text)).collect()
        }
        HeaderValue::Text(text) => vec![(label.to_owned(), text.to_string())],
        HeaderValue::TextList(texts) => vec![(label.to_owned(), texts.join(", "))],
        HeaderValue::Empty => Vec::new(),
        _ => vec![("Warning".to_owned(), format!("the mail's {label} can't be read"))],
    }
}

/// The texts that a recipient may see, in each form in which the mail has them, and where links in them lead.
fn texts(message: &Message<'_>) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut links = Vec::new();
    for part in message.text_bodies().chain(message.html_bodies()) {
        let (label, text) = match &part.body {
            PartType::Text(text) => ("Text", text.to_string()),
            PartType::Html(html) => {
                links.extend(links_of(html));
                ("HTML text", html_to_text(html))
            }
            PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_)
            | PartType::Multipart(_) => continue,
        };
        let is_told = out.iter().any(|(_, other)| other.split_whitespace().eq(text.split_whitespace()));
        if !is_told {
            // One alone is the text, however it is written.
            let label = if out.is_empty() { "Text" } else { label };
            out.push((label.to_owned(), text));
        }
    }
    links.dedup();
    out.extend(links.into_iter().map(|link| ("Link".to_owned(), link)));
    out
}

/// The targets of links and pictures in HTML.
fn links_of(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["href=", "src=", "action="] {
        for rest in html.split(attribute).skip(1) {
            let value = match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => rest.split(quote).nth(1),
                _ => rest.split([' ', '>', '\n']).next(),
            };
            found.extend(value.map(str::to_owned).filter(|link| !link.is_empty()));
        }
    }
    found
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

/// The headers that come first, in this order, and how they are called.
const KNOWN: [(&str, &str); 10] = [
    ("from", "From"),
    ("sender", "Sender"),
    ("reply-to", "Reply to"),
    ("to", "To"),
    ("cc", "Cc"),
    ("bcc", "Bcc"),
    ("resent-to", "Resent to"),
    ("resent-cc", "Resent Cc"),
    ("resent-bcc", "Resent Bcc"),
    ("subject", "Subject"),
];
/// Headers that say how the mail is written, not what it says.
const STRUCTURE: [&str; 3] = ["mime-version", "content-type", "content-transfer-encoding"];
/// How deep mails are looked into that are attached to mails.
const DEEPEST: usize = 2;
