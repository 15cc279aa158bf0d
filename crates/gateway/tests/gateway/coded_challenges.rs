//! An upstream's own 401 and 403 in a content coding: what it said comes along decoded.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderValue, Response};
use onecli_testkit::{Gate, Script, Upstream};

const AUTHORITY: &str = "api.good.test:443";
const TEXT: &[u8] = br#"{"env":"dev"}"#;
const BROTLI: &[u8] = b"\x0b\x06\x80{\"env\":\"dev\"}\x03";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\x69\x00\x00\x7b\x22\x65\x6e\x76\x22\x3a\x22\x64\x65\x76\x22\x7d\xb4\xb8\x89\x81";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// What the agent's answer quotes, where the upstream answers with these codings and bytes.
async fn quoted(
    coding: &'static str,
    body: Vec<u8>,
    agent_http2: bool,
    upstream_http2: bool,
) -> Option<String> {
    let upstream = if upstream_http2 { Upstream::tls().await } else { Upstream::tls_http1().await };
    let gate = Gate::before(upstream).await;
    let body = Bytes::from(body);
    gate.upstream.answer(move |_| {
        // Of no length, as most coded responses are.
        let (writer, script) = Script::written();
        body.chunks(7).for_each(|piece| writer.write(piece.to_vec()));
        let mut response = Response::builder().status(403).body(script).unwrap();
        let headers = response.headers_mut();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-own", HeaderValue::from_static("1"));
        headers.insert("vary", HeaderValue::from_static("accept-encoding"));
        response
    });
    let agent = gate.agent().await;
    let mut kept = if agent_http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
    let reply = kept.get("/").await;
    assert_eq!((reply.status.as_u16(), &*reply.error()), (403, "credential_not_found"), "{coding}");
    assert!(!reply.headers.contains_key(CONTENT_ENCODING), "{coding}");
    let length = reply.headers.get(CONTENT_LENGTH).map(|length| length.to_str().unwrap().to_owned());
    assert!(length.is_none_or(|length| length == reply.body.len().to_string()), "{coding}");
    assert_eq!(reply.headers["x-own"], "1");
    assert_eq!(reply.headers["vary"], "accept-encoding");
    // The connection is still good.
    assert_eq!(kept.get("/").await.status, 403);
    reply.json().get("upstream_body").map(|text| text.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn what_it_said_comes_along_decoded() {
    for (agent_http2, upstream_http2) in [(false, false), (false, true), (true, false), (true, true)] {
        for (coding, body) in [
            ("gzip", gzip(TEXT)),
            ("x-gzip", gzip(TEXT)),
            ("GZip", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", deflate(TEXT)),
            ("br", BROTLI.to_vec()),
            ("zstd", ZSTD.to_vec()),
            ("identity", TEXT.to_vec()),
            ("deflate, gzip", gzip(&zlib(TEXT))),
        ] {
            let quoted = quoted(coding, body, agent_http2, upstream_http2).await;
            assert_eq!(quoted.as_deref(), Some(r#"{"env":"dev"}"#), "{coding}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_is_not_quoted() {
    for (coding, mut body) in
        [("gzip", gzip(TEXT)), ("deflate", zlib(TEXT)), ("br", BROTLI.to_vec()), ("zstd", ZSTD.to_vec())]
    {
        body.truncate(body.len() / 2);
        assert_eq!(quoted(coding, body, false, false).await, None, "half of {coding}");
        assert_eq!(quoted(coding, TEXT.to_vec(), true, true).await, None, "no {coding}");
    }
    assert_eq!(quoted("x-own-coding", TEXT.to_vec(), false, true).await, None);
    // A few bytes that would fill the memory.
    assert_eq!(quoted("gzip", gzip(&vec![b'x'; 50 << 20]), false, true).await, None);
}

#[tokio::test]
async fn of_a_long_text_the_beginning_is_quoted() {
    let text = "\u{e9}x".repeat(10_000);
    let quoted = quoted("gzip", gzip(text.as_bytes()), true, false).await.unwrap();
    assert!(text.starts_with(&quoted) && (2045..=2048).contains(&quoted.len()), "{}", quoted.len());
}
