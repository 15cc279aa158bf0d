//! Tests of the strict framing.

use proptest::prelude::*;

use super::*;

fn refusal(text: &str) -> Option<&'static str> {
    match Framing::default().advance(text.as_bytes(), 0) {
        Progress::RefuseFrom(_, why) => Some(why),
        Progress::All | Progress::HoldFrom(_) => None,
    }
}

#[test]
fn proper_messages_pass_one_after_another() {
    let stream = "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
        POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nGET /d HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut framing = Framing::default();
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
        let whole = matches!(Framing::default().advance(bytes, 0), Progress::RefuseFrom(..));
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        let mut framing = Framing::default();
        let cut_verdict = match framing.advance(first, 0) {
            Progress::All => matches!(framing.advance(second, 0), Progress::RefuseFrom(..)),
            Progress::HoldFrom(at) => {
                let held = [&first[at..], second].concat();
                matches!(framing.advance(&held, first.len() - at), Progress::RefuseFrom(..))
            }
            Progress::RefuseFrom(..) => true,
        };
        prop_assert_eq!(whole, cut_verdict);
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        Framing::default().advance(&bytes, 0);
    }
}

#[test]
fn what_follows_a_connect_or_an_upgrade_waits_for_the_response() {
    let handshake = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n";
    let connect = "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let exec =
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n";
    for head in [handshake, connect, exec] {
        let mut framing = Framing::default();
        assert_eq!(framing.advance(format!("{head}\n\n").as_bytes(), 0), Progress::HoldFrom(head.len()));
        assert!(framing.is_undecided() && !framing.is_between_messages());
        framing.stay_http();
        assert!(matches!(framing.advance(b"\n\n", 0), Progress::RefuseFrom(0, _)));
    }
    let mut framing = Framing::default();
    framing.advance(handshake.as_bytes(), 0);
    framing.become_opaque();
    assert_eq!(framing.advance(b"\n\n", 0), Progress::All);
    // What is never switched to, and a request with a body, is plain HTTP.
    let plain = exec.replace("SPDY/3.1", "h2c, HTTP/2.0, TLS/1.0");
    let with_body = handshake.replace("Host: a", "Host: a\r\nContent-Length: 1") + "x";
    for text in [plain, with_body] {
        let mut framing = Framing::default();
        assert_eq!(framing.advance(text.as_bytes(), 0), Progress::All);
        assert!(framing.is_between_messages() && !framing.is_undecided());
    }
}
