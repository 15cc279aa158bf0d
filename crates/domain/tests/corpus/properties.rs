//! What holds of every path and every set of rules, not only of the corpus.

use onecli_domain::path::Path;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::case::{Case, ConditionSpec, Mode, RequestSpec, RuleSpec};
use crate::judge::{Judged, read_url, verdict_of};

/// What may stand where a path has a slash and still lead some reader to the same place.
const SLASHES: &[&str] = &[
    "/",
    "//",
    "/./",
    "/%2e/",
    "/%2E/./",
    "/x/../",
    "/x/%2e%2E/",
    "/x/y/../../",
    "/x/.%2e/",
    "%2f",
    "%2F",
    "\\",
    "%5c",
    "%5C",
    "/x/..;/",
    "/x/..;a=b/",
    "/x/..%3b/",
    "/x/..%2f",
    "/x%2f..%2F",
    "/x\\..\\",
    "/x/%252e%252E/",
    "/x/..%252f",
    "%252F",
    "%255c",
    "%25252f",
];

/// What may stand after a path.
const ENDS: &[&str] =
    &["", "", "/", "//", "/.", "/x/..", "/%2e", "%2f", "\\", "/x/..;", "?q=1", "?", "/?/../x", "#f"];

fn case(mode: Mode, rules: Vec<RuleSpec>, request: RequestSpec) -> Case {
    Case { name: String::new(), mode, rules, request, verdict: String::new(), matched: None }
}

fn judge(mode: Mode, rules: &[RuleSpec], request: &RequestSpec) -> Judged {
    verdict_of(&case(mode, rules.to_vec(), request.clone())).unwrap()
}

fn block(path: &str) -> RuleSpec {
    RuleSpec {
        name: "r".into(),
        action: "block".into(),
        host: "api.test".into(),
        path: Some(path.into()),
        enabled: true,
        ..RuleSpec::default()
    }
}

fn get(url: String) -> RequestSpec {
    RequestSpec { method: "GET".into(), url, ..RequestSpec::default() }
}

fn a_mode() -> impl Strategy<Value = Mode> {
    select(vec![Mode::Allow, Mode::Ask, Mode::Deny])
}

/// A letter as it is, or percent-encoded with digits in either case.
fn spelled(byte: u8, how: u8) -> String {
    match how % 4 {
        0 => format!("%{byte:02x}"),
        1 => format!("%{byte:02X}"),
        _ => char::from(byte).to_string(),
    }
}

/// A plain path, and a spelling of it that some reader takes for the same path.
fn a_path_and_a_variant() -> impl Strategy<Value = (String, String)> {
    let segment = ("[a-zA-Z0-9_~:@!$&'()+,=-]{1,6}", vec(any::<u8>(), 6), vec(select(SLASHES), 1..3));
    (vec(segment, 1..4), select(ENDS)).prop_map(|(segments, end)| {
        let mut path = String::new();
        let mut variant = String::new();
        for (name, hows, slashes) in segments {
            path.push('/');
            path.push_str(&name);
            if variant.is_empty() {
                variant.push('/');
            }
            variant.push_str(&slashes.concat());
            name.bytes().zip(hows).for_each(|(byte, how)| variant.push_str(&spelled(byte, how)));
        }
        variant.push_str(end);
        (path, variant)
    })
}

/// Anything that could be meant as a path to blocked ground.
fn a_hostile_path() -> impl Strategy<Value = String> {
    let piece = select(
        [
            SLASHES,
            &["a", "b", "%61", "%41", "A", ".", "..", ";", "%3b", "%00", "%25", "%2561", "é", "%c3%a9"],
        ]
        .concat(),
    );
    vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
}

fn a_rule() -> impl Strategy<Value = RuleSpec> {
    let names = (
        select(vec!["block", "allow", "rate_limit"]),
        select(vec!["*", "api.test", "*.test", "api.test:443", "other.test"]),
        option::of(select(vec!["*", "/v1/*", "/v1/users", "/*/users", "/v1/u*", "/V1/USERS"])),
        option::of(select(vec!["GET", "POST", "DELETE"])),
        option::of(select(vec!["a", "b"])),
    );
    let condition = (
        select(vec!["query", "header"]),
        select(vec!["equals", "not_equals", "exists", "greater_than", "contains"]),
        select(vec!["1", "2"]),
    );
    (names, vec(condition, 0..3), any::<bool>(), 0..8u8).prop_map(|(names, conditions, fold, number)| {
        let (action, host, path, method, agent) = names;
        let conditions = conditions.into_iter().map(|(target, operator, value)| ConditionSpec {
            target: target.into(),
            key: Some("n".into()),
            operator: operator.into(),
            value: Some(value.into()),
        });
        RuleSpec {
            name: format!("r{number}"),
            action: action.into(),
            host: host.into(),
            path: path.map(Into::into),
            method: method.map(Into::into),
            agent: agent.map(Into::into),
            enabled: number != 0,
            case_insensitive: fold,
            conditions: conditions.collect(),
            ..RuleSpec::default()
        }
    })
}

fn a_request() -> impl Strategy<Value = RequestSpec> {
    (
        select(vec!["GET", "POST", "DELETE"]),
        select(vec!["https://api.test", "http://API.test.:443", "https://x.test", "https://127.1"]),
        select(vec![
            "",
            "/",
            "/v1",
            "/v1/users",
            "/v1//users",
            "/v1%2Fusers",
            "/ok/..;/v1/users",
            "/%76%31/x",
        ]),
        select(vec!["", "?n=1", "?n=2", "?n=1&n=2", "?n=x", "?_method=delete"]),
        option::of(select(vec!["a", "b"])),
        vec(select(vec!["1", "2", "x"]), 0..3),
    )
        .prop_map(|(method, host, path, query, agent, values)| RequestSpec {
            method: method.into(),
            url: format!("{host}{path}{query}"),
            agent: agent.map(Into::into),
            headers: values.into_iter().map(|value| ("N".to_owned(), value.to_owned())).collect(),
            ..RequestSpec::default()
        })
}

fn refuses(judged: &Judged) -> bool {
    matches!(judged.verdict, "block" | "default_deny" | "bad_request")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_canonical_stays_as_it_is(raw in a_hostile_path()) {
        let path = Path::read(&raw).unwrap();
        let again = Path::read(path.sent()).unwrap();
        prop_assert_eq!(again.sent(), path.sent());
        prop_assert_eq!(again.matching(), path.matching());
        prop_assert_eq!(again.doubt(), path.doubt());
    }

    #[test]
    fn a_canonical_target_is_read_as_itself(raw in a_hostile_path(), request in a_request()) {
        let authority: String = request.url.chars().take_while(|at| *at != '?').collect();
        let authority = authority.split('/').take(3).collect::<Vec<_>>().join("/");
        let target = read_url(&format!("{authority}{raw}")).unwrap();
        let url = format!("{}://{}{}", target.scheme.as_str(), target.authority(), target.path.sent());
        prop_assert_eq!(read_url(&url), Ok(target));
    }

    #[test]
    fn no_spelling_of_a_blocked_path_passes((path, variant) in a_path_and_a_variant(), mode in a_mode()) {
        let judged = judge(mode, &[block(&path)], &get(format!("https://api.test{variant}")));
        prop_assert!(
            matches!(judged.verdict, "block" | "bad_request"), "{} as {}: {:?}", path, variant, judged
        );
    }

    #[test]
    fn no_spelling_leaves_what_is_blocked_as_a_whole(
        (path, variant) in a_path_and_a_variant(), below in "[a-z]{0,3}",
    ) {
        let rule = block(&format!("{path}/*"));
        let (variant, _) = variant.split_at(variant.find(['?', '#']).unwrap_or(variant.len()));
        let judged = judge(Mode::Allow, &[rule], &get(format!("https://api.test{variant}/{below}")));
        prop_assert!(
            matches!(judged.verdict, "block" | "bad_request"), "{} as {}/{}: {:?}", path, variant, below, judged
        );
    }

    #[test]
    fn what_passes_a_block_is_another_path(raw in a_hostile_path()) {
        let judged = judge(Mode::Allow, &[block("/a/b")], &get(format!("https://api.test{raw}")));
        if judged.verdict == "allow" {
            let path = Path::read(&raw).unwrap();
            prop_assert_eq!(path.doubt(), None);
            prop_assert_ne!(path.matching(), "/a/b");
            // A reader that decodes first doesn't arrive there either.
            prop_assert_ne!(decoded_then_resolved(path.sent()), "/a/b");
        }
    }

    #[test]
    fn the_order_of_rules_makes_no_difference(
        (rules, shuffled) in vec(a_rule(), 0..6).prop_flat_map(|rules| {
            (Just(rules.clone()), Just(rules).prop_shuffle())
        }),
        request in a_request(),
        mode in a_mode(),
    ) {
        prop_assert_eq!(judge(mode, &rules, &request), judge(mode, &shuffled, &request));
    }

    #[test]
    fn a_block_more_never_lets_more_pass(
        rules in vec(a_rule(), 0..5), added in a_rule(), request in a_request(), mode in a_mode(),
    ) {
        let before = judge(mode, &rules, &request);
        let more = [rules, vec![RuleSpec { action: "block".into(), ..added }]].concat();
        let after = judge(mode, &more, &request);
        prop_assert!(!refuses(&before) || refuses(&after), "{:?}, then {:?}", before, after);
        prop_assert!(before.verdict != "rate_limit" || after.verdict != "allow", "{:?}, then {:?}", before, after);
    }

    #[test]
    fn an_allowance_taken_away_never_lets_more_pass(
        rules in vec(a_rule(), 1..6), request in a_request(), mode in a_mode(),
    ) {
        let before = judge(mode, &rules, &request);
        let fewer: Vec<_> = rules.into_iter().filter(|rule| rule.action != "allow").collect();
        let after = judge(mode, &fewer, &request);
        prop_assert!(!refuses(&before) || refuses(&after), "{:?}, then {:?}", before, after);
    }

    #[test]
    fn the_mode_deny_never_lets_more_pass(rules in vec(a_rule(), 0..6), request in a_request()) {
        let open = judge(Mode::Allow, &rules, &request);
        let closed = judge(Mode::Deny, &rules, &request);
        prop_assert!(!refuses(&open) || refuses(&closed), "{:?}, then {:?}", open, closed);
        // What the mode ask lets pass without a person, the mode deny lets pass; what it holds, deny refuses or holds.
        let asked = judge(Mode::Ask, &rules, &request);
        let expected = if closed.verdict == "default_deny" { "hold" } else { closed.verdict };
        prop_assert_eq!(asked.verdict, expected);
    }
}

/// A reader of another kind: decodes everything once, takes backslashes for slashes, folds, and resolves.
fn decoded_then_resolved(raw: &str) -> String {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(raw).collect();
    let text = String::from_utf8_lossy(&decoded).replace('\\', "/");
    let mut kept: Vec<&str> = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
    }
    format!("/{}", kept.join("/"))
}
