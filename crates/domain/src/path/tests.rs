//! Tests of reading paths.

use proptest::prelude::*;

use super::*;

fn views(raw: &str) -> (String, String) {
    let path = Path::read(raw).unwrap();
    (path.sent().to_owned(), path.matching().to_owned())
}

#[test]
fn unreserved_encodings_are_decoded_and_the_others_upper_cased() {
    assert_eq!(views("/%61%2d%7E/%3a%e4").0, "/a-~/%3A%E4");
}

#[test]
fn dot_segments_are_resolved_before_anything_is_matched_or_sent() {
    for raw in [
        "/ok/../blocked",
        "/ok/%2e%2e/blocked",
        "/./blocked",
        "/%2E/blocked",
        "/a/b/../../blocked",
        "/../blocked",
    ] {
        assert_eq!(views(raw), ("/blocked".into(), "/blocked".into()), "{raw}");
    }
    assert_eq!(views("/a/b/..").0, "/a/");
    assert_eq!(views("/a/...").0, "/a/...");
}

#[test]
fn slashes_of_every_kind_match_as_slashes() {
    for raw in [
        "//blocked/x",
        "/blocked%2Fx",
        "/blocked%5cx",
        "/blocked\\x",
        "/blocked//x",
        "/blocked/x/",
        "/ok/..%2Fblocked/x",
    ] {
        assert_eq!(views(raw).1, "/blocked/x", "{raw}");
    }
    assert_eq!(views("//blocked/x").0, "//blocked/x");
}

#[test]
fn what_readers_could_read_apart_is_doubtful() {
    let doubt = |raw: &str| Path::read(raw).unwrap().doubt();
    assert_eq!(doubt("/a%2fb"), Some(Doubt::EncodedSlash));
    assert_eq!(doubt("/a%5Cb"), Some(Doubt::Backslash));
    assert_eq!(doubt("/a\\b"), Some(Doubt::Backslash));
    assert_eq!(doubt("/ok/..;/b"), Some(Doubt::DotParameter));
    assert_eq!(doubt("/ok/..;x=1/b"), Some(Doubt::DotParameter));
    assert_eq!(doubt("/ok/..%3bx/b"), Some(Doubt::DotParameter));
    assert_eq!(doubt("/ok/..%25253b/b"), Some(Doubt::DotParameter));
    assert_eq!(doubt("/ok/%252e%252e/b"), Some(Doubt::DoubleEncoded));
    assert_eq!(doubt("/ok/%25252fb"), Some(Doubt::DoubleEncoded));
    assert_eq!(doubt("/ok/%00"), Some(Doubt::Control));
    assert_eq!(doubt("/ok/%0a"), Some(Doubt::Control));
    assert_eq!(doubt("/ok/%c0%ae%c0%ae/b"), Some(Doubt::Overlong));
    for (raw, kind) in [
        // Any escape of an escape, however it is written.
        ("/%2561dmin", Doubt::DoubleEncoded),
        ("/a%2541", Doubt::DoubleEncoded),
        ("/%25%32%65", Doubt::DoubleEncoded),
        ("/%25%36%31dmin", Doubt::DoubleEncoded),
        ("/%252525", Doubt::DoubleEncoded),
        ("/%2525zz", Doubt::DoubleEncoded),
        ("/%25u002e", Doubt::DoubleEncoded),
        ("/..%25ab", Doubt::DoubleEncoded),
        ("/x/..%20/b", Doubt::DotParameter),
        ("/x/%20../b", Doubt::DotParameter),
        ("/x/..%3fy", Doubt::DotParameter),
        ("/x/.%23y", Doubt::DotParameter),
        ("/x/.;/b", Doubt::DotParameter),
        ("/x/%2e%2e%2fb", Doubt::EncodedSlash),
        ("/x%09", Doubt::Control),
        ("/x%7f", Doubt::Control),
        ("/x%C2%85", Doubt::Control),
        ("/x%e0%80%ae", Doubt::Overlong),
        ("/x%f0%80%80%ae", Doubt::Overlong),
        ("/x%ff", Doubt::NotUtf8),
        ("/x%80", Doubt::NotUtf8),
        ("/x%ED%A0%80", Doubt::NotUtf8),
        ("/x%F8%80%80%80%AE", Doubt::NotUtf8),
        ("/x/\u{ff0e}\u{ff0e}/b", Doubt::LookAlike),
        ("/x%EF%BC%8Fb", Doubt::LookAlike),
        ("/x%EF%BC%BCb", Doubt::LookAlike),
        ("/x\u{2025}b", Doubt::LookAlike),
        ("/x\u{2215}b", Doubt::LookAlike),
        ("/x\u{ff05}2e", Doubt::LookAlike),
        ("/x\u{37e}b", Doubt::LookAlike),
    ] {
        assert_eq!(doubt(raw), Some(kind), "{raw}");
    }
    for plain in [
        "/",
        "/a//b",
        "/a%20b",
        "/a%3Ab",
        "/%C3%A4",
        "/a;b=1/c",
        "/100%25",
        "/100%25/a",
        "/.a;b",
        "/..%25g",
        "/%E3%81%82",
        "/a%20",
    ] {
        assert_eq!(doubt(plain), None, "{plain}");
    }
}

#[test]
fn broken_encodings_and_control_bytes_are_refused() {
    assert_eq!(Path::read("/%zz"), Err(BadPath::Percent));
    assert_eq!(Path::read("/%4"), Err(BadPath::Percent));
    assert_eq!(Path::read("/a\u{0}"), Err(BadPath::Control));
    assert_eq!(Path::read("/a b"), Err(BadPath::Control));
    assert_eq!(Path::read("a"), Err(BadPath::NotAbsolute));
}

proptest! {
    #[test]
    fn canonicalising_twice_changes_nothing(raw in "/([a-z./%;\\\\]|%2[eEfF5]|%5[cC]|%41|\\PC){0,24}") {
        if let Ok(path) = Path::read(&raw) {
            let again = Path::read(path.sent()).unwrap();
            prop_assert_eq!(again.sent(), path.sent());
            prop_assert_eq!(again.matching(), path.matching());
            prop_assert_eq!(again.doubt(), path.doubt());
        }
    }

    #[test]
    fn no_encoding_of_a_plain_path_changes_what_is_matched(
        name in "[a-zA-Z0-9._~:@!$&'()+,=-]{1,12}", picks in proptest::collection::vec(any::<bool>(), 12),
    ) {
        prop_assume!(name != "." && name != "..");
        let encoded: String = name.bytes().zip(picks.iter().cycle())
            .map(|(byte, pick)| if *pick { format!("%{byte:02x}") } else { char::from(byte).to_string() })
            .collect();
        let encoded_path = Path::read(&format!("/v1/{encoded}")).unwrap();
        prop_assert_eq!(encoded_path.matching(), format!("/v1/{name}"));
    }
}
