//! Checking a response's head before it is passed on: the one place, whatever the request was and however often it was tried.

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, StatusCode};

use crate::exchange::error::Failure;
use crate::header_lines;
use crate::upstream::UpstreamResponse;

/// Refuses a response that two readers could read differently, that is none to what was asked, or that has more header
/// bytes than are taken.
pub(crate) fn check(
    response: UpstreamResponse,
    offered: Option<&HeaderMap>,
    most_header_bytes: usize,
) -> Result<UpstreamResponse, Failure> {
    let headers = response.response.headers();
    if response.response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let fits = offered.is_some_and(|offered| is_offered(headers, offered)) && response.upgraded.is_some();
        if !fits {
            return Err(Failure::BadResponse("it switches to a protocol that was not asked for"));
        }
    } else if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        // RFC 9112 §6.3 calls it an attempt at response splitting.
        return Err(Failure::BadResponse("it has both Content-Length and Transfer-Encoding"));
    }
    if header_lines::size(headers) > most_header_bytes {
        return Err(Failure::BadResponse("it has more header bytes than are taken"));
    }
    Ok(response)
}

/// Whether every protocol that a response switches to is one that the request offered (RFC 9110 §7.8).
fn is_offered(response: &HeaderMap, offered: &HeaderMap) -> bool {
    let mut chosen = protocols(response).peekable();
    chosen.peek().is_some()
        && chosen.all(|protocol| protocols(offered).any(|other| other.eq_ignore_ascii_case(protocol)))
}

fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(UPGRADE).iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}
