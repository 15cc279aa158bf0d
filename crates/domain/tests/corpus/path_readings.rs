//! Readers of paths: what servers in use make of a path that is sent, in every combination.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use onecli_domain::path::Path;
use onecli_domain::pattern::PathPattern;

/// One thing that some server does to a path before it looks at it.
type Step = fn(&str) -> String;

const STEPS: &[Step] = &[
    decoded_once,
    without_parameters,
    |path| path.replace('\\', "/"),
    with_merged_slashes,
    resolved,
    without_controls,
    up_to_nul,
    |path| path.split(['?', '#']).next().unwrap().to_owned(),
    normalized,
];

fn decoded_once(path: &str) -> String {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    String::from_utf8_lossy(&overlong_dots_and_slashes(&bytes)).into_owned()
}

/// Overlong forms of `.` and `/`, as lenient decoders take them.
fn overlong_dots_and_slashes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (byte, length) = match rest {
            [0xc0, 0xae, ..] => (b'.', 2),
            [0xc0, 0xaf, ..] => (b'/', 2),
            [0xe0, 0x80, 0xae, ..] => (b'.', 3),
            [0xe0, 0x80, 0xaf, ..] => (b'/', 3),
            _ => (*first, 1),
        };
        out.push(byte);
        rest = after.get(length - 1..).unwrap_or_default();
    }
    out
}

fn without_parameters(path: &str) -> String {
    path.split('/').map(|segment| segment.split(';').next().unwrap()).collect::<Vec<_>>().join("/")
}

fn with_merged_slashes(path: &str) -> String {
    let mut out = String::new();
    path.chars().filter(|c| *c != '\r').for_each(|c| {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    });
    out
}

fn resolved(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment.trim_matches(' ') {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

fn without_controls(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}

fn up_to_nul(path: &str) -> String {
    path.split('\0').next().unwrap().to_owned()
}

fn normalized(path: &str) -> String {
    path.replace(['\u{ff0f}', '\u{2215}', '\u{2044}'], "/").replace('\u{ff0e}', ".").replace('\u{ff3c}', "\\")
}

/// Everything that a server could see which takes some of these steps, in this order, twice.
fn readings(sent: &str, order: &[usize]) -> Vec<String> {
    let mut seen = vec![sent.to_owned()];
    for step in order.iter().chain(order) {
        let next = STEPS[*step](seen.last().unwrap());
        seen.push(next);
    }
    seen
}

fn an_order() -> impl Strategy<Value = Vec<usize>> {
    vec(0..STEPS.len(), 1..6)
}

/// Pieces of which paths are made that somebody wants to be read otherwise.
fn a_path() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "/",
        "/",
        "/",
        "v1",
        "v2",
        "admin",
        "a",
        "..",
        ".",
        ";",
        ";x=1",
        "%3b",
        "%2e",
        "%2E%2e",
        "%2f",
        "%5c",
        "\\",
        "%252e",
        "%252f",
        "%25%32%65",
        "%2561dmin",
        "%61dmin",
        "%2525",
        "%00",
        "%09",
        "%0a",
        "%7f",
        "%20",
        "%3f",
        "%23",
        "%c0%ae",
        "%c0%af",
        "%e0%80%ae",
        "%ef%bc%8f",
        "%ef%bc%8e",
        "\u{ff0e}",
        "%e2%88%95",
        "%ff",
        "//",
        "/./",
        "/../",
        "/..;/",
        "/.;/",
        "%25u002e",
        "%C2%85",
    ]);
    vec(piece, 1..10).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn a_pattern() -> impl Strategy<Value = &'static str> {
    select(vec!["/admin", "/admin/*", "/v1/*", "/v2/admin", "/v1/admin*", "/*/admin", "/v2/*/a"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where we neither match nor doubt, no reader arrives at what the pattern means.
    #[test]
    fn no_reader_reaches_what_is_not_matched(raw in a_path(), pattern in a_pattern(), order in an_order()) {
        let Ok(path) = Path::read(&raw) else { return Ok(()) };
        let compiled = PathPattern::read(pattern).unwrap().unwrap();
        let own = compiled.matches(path.matching(), false);
        if own || path.doubt().is_some() && compiled.could_match(&path) || compiled.depends_on_reading(&path) {
            return Ok(());
        }
        for reading in readings(path.sent(), &order) {
            let view = with_merged_slashes(&reading);
            let view = if view.len() > 1 { view.strip_suffix('/').unwrap_or(&view) } else { &view };
            prop_assert!(!compiled.matches(view, false), "{} is read as {} by {:?}", raw, view, order);
        }
    }

    /// Where we match without doubt, no reader arrives elsewhere: a secret goes only where its pattern says.
    #[test]
    fn every_reader_stays_within_what_is_matched(raw in a_path(), pattern in a_pattern(), order in an_order()) {
        let Ok(path) = Path::read(&raw) else { return Ok(()) };
        let compiled = PathPattern::read(pattern).unwrap().unwrap();
        let matches = compiled.matches(path.matching(), false);
        if !matches || path.doubt().is_some() || compiled.depends_on_reading(&path) {
            return Ok(());
        }
        for reading in readings(path.sent(), &order) {
            // A reader that drops spaces inside names finds another name, and nothing that could climb.
            if reading.contains(' ') || path.matching().contains(' ') {
                return Ok(());
            }
            let view = with_merged_slashes(&resolved(&reading));
            let view = if view.len() > 1 { view.strip_suffix('/').unwrap_or(&view) } else { &view };
            prop_assert!(compiled.matches(view, false), "{} is read as {} by {:?}", raw, view, order);
        }
    }

    /// However deep something is encoded, and with whatever hexadecimal digits, it is doubtful.
    #[test]
    fn an_escape_of_an_escape_is_doubtful(
        byte in any::<u8>(), depth in 1..6usize, upper in any::<bool>(), before in "[a-z/]{0,5}",
    ) {
        let hex = if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        let raw = format!("/{before}%{}{hex}", "25".repeat(depth));
        prop_assert!(Path::read(&raw).unwrap().doubt().is_some(), "{}", raw);
        let spelled = hex.bytes().map(|digit| format!("%{digit:02x}")).collect::<Vec<_>>().concat();
        let raw = format!("/{before}%25{spelled}");
        prop_assert!(Path::read(&raw).unwrap().doubt().is_some(), "{}", raw);
    }

    /// Letter case, where the rule ignores it, in every way in which servers fold it.
    #[test]
    fn no_letter_case_gets_around_a_rule_that_ignores_it(
        letters in vec(select(vec!["k", "K", "%e2%84%aa", "s", "S", "%c5%bf", "i", "I"]), 4),
    ) {
        let path = Path::read(&format!("/{}", letters.concat())).unwrap();
        let folded: String = percent_encoding::percent_decode_str(path.sent()).decode_utf8().unwrap().to_uppercase()
            .replace('\u{212a}', "K").to_lowercase();
        let pattern = PathPattern::read(&folded).unwrap().unwrap();
        prop_assert!(pattern.matches(path.matching(), true), "{}", path.sent());
    }
}
