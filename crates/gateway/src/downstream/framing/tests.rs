//! Tests of the strict framing.

use proptest::prelude::*;

use super::*;

fn strict() -> Framing {
    Framing::new(64 * 1024)
}

fn refusal(text: &str) -> Option<Refused> {
    match strict().advance(text.as_bytes(), 0) {
        Progress::RefuseFrom(_, why) => Some(why),
        Progress::All | Progress::HoldFrom(_) | Progress::Replace { .. } => None,
    }
}

#[test]
fn proper_messages_pass_one_after_another() {
    let stream = "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
        POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut framing = strict();
    assert_eq!(framing.advance(stream.as_bytes(), 0), Progress::All);
    assert!(framing.is_between_messages());
}

#[test]
fn every_known_smuggling_form_is_refused() {
    let post = |headers: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
    for (name, text) in [
        ("both lengths", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")),
        ("both lengths, turned", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n")),
        ("differing lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n")),
        ("length list", post("Content-Length: 3, 3\r\n")),
        ("signed length", post("Content-Length: +3\r\n")),
        ("hex length", post("Content-Length: 0x3\r\n")),
        ("empty length", post("Content-Length:\r\n")),
        ("coding list", post("Transfer-Encoding: gzip, chunked\r\n")),
        ("coding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")),
        ("odd coding", post("Transfer-Encoding: xchunked\r\n")),
        ("quoted coding", post("Transfer-Encoding: \"chunked\"\r\n")),
        ("vertical tab", post("Transfer-Encoding: \x0bchunked\r\n")),
        ("space before colon", post("Transfer-Encoding : chunked\r\n")),
        ("obs-fold", post("X: a\r\n b\r\n")),
        ("bare LF", "GET / HTTP/1.1\nHost: a\n\n".into()),
        ("bare LF in a header", post("X: a\nY: b\r\n")),
        ("bare CR in a header", post("X: a\rY: b\r\n")),
        ("NUL", post("X: a\0b\r\n")),
        ("two hosts", post("Host: b\r\n")),
        ("no host", "GET / HTTP/1.1\r\n\r\n".into()),
        ("no colon", post("nonsense\r\n")),
        ("empty name", post(": x\r\n")),
        ("space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        ("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        ("fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        ("odd version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n".into()),
        ("HTTP/0.9", "GET /\r\n\r\n".into()),
        ("bad chunk size", post("Transfer-Encoding: chunked\r\n") + "zz\r\n"),
        ("signed chunk size", post("Transfer-Encoding: chunked\r\n") + "+3\r\nabc\r\n"),
        ("chunk too long", post("Transfer-Encoding: chunked\r\n") + "3\r\nabcd\r\n"),
        ("LF after chunk size", post("Transfer-Encoding: chunked\r\n") + "3\nabc\r\n"),
        ("huge chunk size", post("Transfer-Encoding: chunked\r\n") + "ffffffffffffffffff\r\n"),
        ("LF in extension", post("Transfer-Encoding: chunked\r\n") + "3;a\n\r\nabc\r\n"),
        ("CONNECT with a body", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 3\r\n\r\n".into()),
    ] {
        assert!(refusal(&text).is_some(), "{name} passed");
    }
}

proptest! {
    #[test]
    fn cutting_the_stream_anywhere_changes_no_verdict(cut in 0usize..170, garbage in "[ -~\\r\\n]{0,40}") {
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n{garbage}\r\n\r\n");
        let bytes = text.as_bytes();
        let whole = matches!(strict().advance(bytes, 0), Progress::RefuseFrom(..));
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        let mut framing = strict();
        let cut_verdict = match framing.advance(first, 0) {
            Progress::All => matches!(framing.advance(second, 0), Progress::RefuseFrom(..)),
            Progress::HoldFrom(at) => {
                let held = [&first[at..], second].concat();
                matches!(framing.advance(&held, first.len() - at), Progress::RefuseFrom(..))
            }
            Progress::RefuseFrom(..) => true,
            Progress::Replace { .. } => unreachable!("nothing here has another form"),
        };
        prop_assert_eq!(whole, cut_verdict);
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        strict().advance(&bytes, 0);
    }
}

#[test]
fn what_follows_a_connect_or_an_upgrade_waits_for_the_response() {
    let handshake = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n";
    let connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let exec =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n";
    for head in [handshake, connect, exec] {
        let mut framing = strict();
        assert_eq!(framing.advance(format!("{head}\n\n").as_bytes(), 0), Progress::HoldFrom(head.len()));
        assert!(framing.is_undecided() && !framing.is_between_messages());
        framing.stay_http();
        assert!(matches!(framing.advance(b"\n\n", 0), Progress::RefuseFrom(0, _)));
    }
    let mut framing = strict();
    framing.advance(handshake.as_bytes(), 0);
    framing.become_opaque();
    assert_eq!(framing.advance(b"\n\n", 0), Progress::All);
    // What is never switched to, and a request with a body, is plain HTTP.
    let plain = exec.replace("SPDY/3.1", "h2c, HTTP/2.0, TLS/1.0");
    let with_body = handshake.replace("Host: a", "Host: a\r\nContent-Length: 1") + "x";
    for text in [plain, with_body] {
        let mut framing = strict();
        assert_eq!(framing.advance(text.as_bytes(), 0), Progress::All);
        assert!(framing.is_between_messages() && !framing.is_undecided());
    }
}

#[test]
fn a_target_with_raw_characters_goes_on_encoded() {
    let head = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n");
    for (raw, encoded) in [
        ("/a\"<>b?c=\"d\"", "/a%22%3C%3Eb?c=%22d%22"),
        ("http://a/\u{fc}?q=<", "http://a/%C3%BC?q=%3C"),
        ("https://a?q=\u{fc}", "https://a?q=%C3%BC"),
    ] {
        let stream = format!("{}{}", head("/before"), head(raw));
        let from = head("/before").len();
        let expected = Progress::Replace { from, to: stream.len(), with: head(encoded).into_bytes() };
        assert_eq!(strict().advance(stream.as_bytes(), 0), expected);
    }
}

#[test]
fn what_the_parser_behind_would_refuse_is_refused_here() {
    for target in [
        "x",
        "/a b",
        "/a\tb",
        "http://",
        "http://a b/",
        "ftp:/x",
        "a.test",
        "http:x",
        "//",
        "http://\u{fc}.test/",
        "?x",
        "http://[::1/",
    ] {
        let text = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let passed = matches!(strict().advance(text.as_bytes(), 0), Progress::All);
        assert_eq!(passed, http::Uri::try_from(target).is_ok(), "{target}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(70_000));
    assert!(matches!(
        Framing::new(1 << 20).advance(long.as_bytes(), 0),
        Progress::RefuseFrom(0, Refused::TooLarge)
    ));
    assert_eq!(
        refusal("ONECLI-REFUSED / HTTP/1.1\r\nHost: a\r\n\r\n").map(Refused::as_text),
        Some("the method is one that the gateway keeps for itself")
    );
}

#[test]
fn heads_are_bounded_by_bytes_whether_they_come_whole_or_in_parts() {
    let head = |bytes: usize| {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4))
    };
    let fits = head(64 * 1024);
    assert_eq!(strict().advance(fits.as_bytes(), 0), Progress::All);
    let over = head(64 * 1024 + 1);
    assert_eq!(refusal(&over), Some(Refused::TooLarge));
    assert!(matches!(strict().advance(&over.as_bytes()[..over.len() - 1], 0), Progress::HoldFrom(0)));
    let raw = fits.replacen("GET /", "GET /\"", 1).replacen("xx", "x", 1);
    assert_eq!(refusal(&raw), Some(Refused::TooLarge), "what it becomes counts");
}

#[test]
fn heads_with_many_lines_are_packed() {
    let lines = (0..5_000).map(|number| format!("x-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    let Progress::Replace { from: 0, to, with } = Framing::new(1 << 20).advance(head.as_bytes(), 0) else {
        panic!("not packed")
    };
    assert_eq!(to, head.len());
    assert!(memchr::memchr_iter(b'\n', &with).count() < 100);
    let forged = "GET / HTTP/1.1\r\nHost: a\r\nX-OneCLI-Packed-Lines: 4:1:hostb\r\n\r\n";
    assert!(refusal(forged).is_some());
}
