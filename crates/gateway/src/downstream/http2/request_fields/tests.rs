//! Tests of request heads.

use super::*;
use crate::downstream::http2::hpack::Decoder;

type Headers<'a> = &'a [(&'a str, &'a str)];

const GET: Headers<'static> =
    &[(":method", "GET"), (":scheme", "https"), (":authority", "a.test"), (":path", "/x")];

fn fields(headers: Headers<'_>, most: usize) -> Fields {
    let mut block = Vec::new();
    for (name, value) in headers {
        hpack::write(&mut block, 0, name.as_bytes(), value.as_bytes());
    }
    Decoder::default().decode(&block, most).unwrap()
}

fn rewritten(headers: Headers<'_>) -> Result<Vec<(String, String)>, Refused> {
    let block = rewrite(&fields(headers, 64 * 1024), true, 64 * 1024)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let fields = Decoder::default().decode(&block, 64 * 1024).unwrap();
    Ok(fields.iter().map(|field| (text(field.name), text(field.value))).collect())
}

fn owned(headers: Headers<'_>) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[test]
fn an_ordinary_request_stays_as_it_is() {
    let post = &[
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "a.test:8080"),
        (":path", "/x?y=z"),
        ("content-length", "0"),
        ("x-a", "\u{fc}"),
        ("te", "trailers"),
        ("x-a", ""),
    ];
    for headers in [GET, post, &[(":method", "CONNECT"), (":authority", "a.test:443")]] {
        assert_eq!(rewritten(headers), Ok(owned(headers)));
    }
}

#[test]
fn cookies_are_joined_where_the_first_one_stood() {
    let crumbs =
        [GET, &[("cookie", "a=1"), ("x-a", "1"), ("cookie", "b=2"), ("cookie", ""), ("x-b", "2")]].concat();
    let joined = [GET, &[("cookie", "a=1; b=2; "), ("x-a", "1"), ("x-b", "2")]].concat();
    assert_eq!(rewritten(&crumbs), Ok(owned(&joined)));
    let one = [GET, &[("cookie", "a=1; b=2")]].concat();
    assert_eq!(rewritten(&one), Ok(owned(&one)));
}

#[test]
fn raw_characters_are_encoded() {
    let with = |path| [&GET[..3], &[(":path", path)]].concat();
    assert_eq!(rewritten(&with("/ü\"?q=<\"}")), Ok(owned(&with("/%C3%BC%22?q=%3C%22}"))));
    for path in ["", "x", "?x", "/a b", "/a#b", "/\u{7f}", "*x"] {
        assert!(rewritten(&with(path)).is_err(), "{path}");
    }
}

#[test]
fn what_is_malformed_is_refused() {
    let without = |name| GET.iter().copied().filter(|(other, _)| *other != name).collect::<Vec<_>>();
    let mut bad = vec![without(":method"), without(":scheme"), without(":path")];
    for header in [
        ("connection", "close"),
        ("keep-alive", "1"),
        ("proxy-connection", "x"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("te", "gzip"),
        ("X-Upper", "1"),
        ("x a", "1"),
        ("", "1"),
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "1\0"),
        (":method", "POST"),
        (":unknown", "1"),
        (":status", "200"),
        (":protocol", "websocket"),
        ("content-length", "5"),
        ("content-length", "x"),
        ("content-length", "+1"),
        ("content-length", ""),
    ] {
        bad.push([GET, &[header]].concat());
    }
    bad.push([GET, &[("x-a", "1"), (":path", "/y")]].concat());
    bad.push([&[("x-a", "1")], GET].concat());
    bad.push([GET, &[("content-length", "0"), ("content-length", "1")]].concat());
    bad.push([&[(":method", "ONECLI-REFUSED")], &GET[1..]].concat());
    bad.push([&[(":method", "G T")], &GET[1..]].concat());
    bad.push(vec![(":method", "GET"), (":scheme", "h s"), (":authority", "a"), (":path", "/")]);
    bad.push(vec![(":method", "GET"), (":scheme", "https"), (":authority", "a b"), (":path", "/")]);
    bad.push(vec![(":method", "CONNECT"), (":authority", "a:1"), (":path", "/")]);
    bad.push(vec![(":method", "CONNECT"), (":authority", "a:1"), ("content-length", "1")]);
    bad.push(vec![(":method", "CONNECT")]);
    for headers in bad {
        assert!(matches!(rewritten(&headers), Err(Refused::Malformed(_))), "{headers:?}");
    }
}

#[test]
fn heads_are_bounded_by_bytes_and_not_by_lines() {
    let names: Vec<_> = (0..5_000).map(|number| format!("{number:x}")).collect();
    let many: Vec<_> = GET.iter().copied().chain(names.iter().map(|name| (&**name, "1"))).collect();
    assert_eq!(rewritten(&many), Ok(owned(&many)));
    let long = "x".repeat(64 * 1024);
    let over = [GET, &[("x-a", &*long)]].concat();
    assert_eq!(rewritten(&over), Err(Refused::TooLarge));
    let raw = format!("/{}", "\"".repeat(30_000));
    let grows = [&GET[..3], &[(":path", &*raw)]].concat();
    assert_eq!(rewritten(&grows), Err(Refused::TooLarge), "what it becomes counts");
}

#[test]
fn a_substitute_says_why() {
    for why in [Refused::TooLarge, Refused::Malformed("it is odd")] {
        let fields = Decoder::default().decode(&substitute(why), 1000).unwrap();
        let values: Vec<_> = fields.iter().map(|field| field.value.to_vec()).collect();
        assert_eq!((&*values[0], &*values[4]), (&b"ONECLI-REFUSED"[..], why.as_text().as_bytes()));
    }
}
