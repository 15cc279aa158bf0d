//! Limits: bodies of which so much would have to be looked at that they are in doubt instead.

use crate::case::{Case, ConditionSpec, Mode, RequestSpec, RuleSpec};
use crate::judge::verdict_of;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=A";

/// Verdicts of a block, and of an allow where all else is refused.
fn verdicts(target: &str, key: &str, content_type: &str, body: &str) -> [&'static str; 2] {
    let judge = |action: &str, mode| {
        let condition = ConditionSpec {
            target: target.into(),
            key: Some(key.into()),
            operator: "equals".into(),
            value: Some("evil".into()),
        };
        let rule = RuleSpec {
            name: "r".into(),
            action: action.into(),
            host: "api.test".into(),
            enabled: true,
            conditions: vec![condition],
            ..RuleSpec::default()
        };
        let request = RequestSpec {
            method: "POST".into(),
            url: "https://api.test/x".into(),
            headers: vec![("content-type".into(), content_type.into())],
            body: Some(body.into()),
            ..RequestSpec::default()
        };
        let name = String::new();
        verdict_of(&Case { name, mode, rules: vec![rule], request, verdict: String::new(), matched: None })
            .unwrap()
            .verdict
    };
    [judge("block", Mode::Allow), judge("allow", Mode::Deny)]
}

fn joined(times: usize, joint: &str, piece: impl Fn(usize) -> String) -> String {
    (0..times).map(piece).collect::<Vec<_>>().join(joint)
}

fn object(keys: usize, last: &str) -> String {
    format!("{{{},{last}}}", joined(keys, ",", |at| format!("\"k{at}\":1")))
}

fn document(text: &str) -> String {
    format!("{{\"query\":\"{text}\"}}")
}

#[test]
fn what_is_within_the_limits_is_read_for_certain() {
    let items = |evil: usize| joined(300, ",", |at| if at == evil { "\"evil\"".into() } else { "1".into() });
    for (target, key, content_type, body) in [
        ("body_json", "/task", JSON, object(1_000, "\"task\":\"evil\"")),
        ("body_json", "/a/250", JSON, format!("{{\"a\":[{}]}}", items(250))),
        ("body_json", "/a", JSON, format!("{{\"a\":[{}]}}", joined(4_000, ",", |_| "\"evil\"".into()))),
        ("jsonrpc", "method", JSON, format!("[{}]", joined(1_000, ",", |_| "{\"method\":\"evil\"}".into()))),
        ("form", "to", FORM, format!("{}&to=evil", joined(1_000, "&", |_| "a=1".into()))),
        ("graphql", "field", JSON, document(&format!("{{{}}}", joined(20_000, " ", |_| "x: evil".into())))),
        (
            "graphql",
            "field",
            JSON,
            document(&{
                let chain = joined(20_000, " ", |at| format!("fragment F{at} on Q {{ ...F{} }}", at + 1));
                format!("{{ ...F0 }} {chain} fragment F20000 on Q {{ evil }}")
            }),
        ),
    ] {
        let beginning: String = body.chars().take(60).collect();
        assert_eq!(
            verdicts(target, key, content_type, &body),
            ["block", "allow"],
            "{target} {key} {beginning}"
        );
    }
}

#[test]
fn what_is_beyond_the_limits_is_in_doubt() {
    let part = |_| "--A\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n".to_owned();
    for (target, key, content_type, body) in [
        ("body_json", "/task", JSON, object(20_000, "\"task\":\"good\"")),
        ("body_json", "/task", JSON, object(300, "\"task\":\"good\",\"k1\":1")),
        ("body_json", "/task", JSON, object(300, "\"task\":\"good\",\"ta\u{17f}k\":\"evil\"")),
        ("body_json", "/task", JSON, format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))),
        ("body_json", "/a", JSON, format!("{{\"a\":[{}]}}", joined(5_000, ",", |_| "1".into()))),
        ("body_json", "/a", JSON, format!("{{\"b\":[{}]}}", joined(300_000, ",", |_| "1".into()))),
        ("jsonrpc", "method", JSON, format!("[{}]", joined(1_001, ",", |_| "{\"method\":\"good\"}".into()))),
        ("form", "to", FORM, joined(5_000, "&", |_| "a=1".into())),
        ("form", "to", MULTIPART, format!("{}--A--\r\n", joined(5_000, "", part))),
        ("graphql", "field", JSON, document(&format!("{{{}}}", joined(5_000, " ", |at| format!("f{at}"))))),
        ("graphql", "field", JSON, document(&joined(1_001, " ", |at| format!("query Q{at} {{ a }}")))),
        ("graphql", "field", JSON, document(&format!("{}{}", "{a".repeat(5_000), "}".repeat(5_000)))),
        ("graphql", "field", JSON, format!("[{}]", joined(1_001, ",", |_| document("{ a }")))),
    ] {
        let beginning: String = body.chars().take(60).collect();
        assert_eq!(
            verdicts(target, key, content_type, &body),
            ["block", "default_deny"],
            "{target} {key} {beginning}"
        );
    }
}
