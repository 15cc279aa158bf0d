//! Bodies: reading never panics and keeps its bound; what is read is what another reader reads, and conditions never
//! contradict themselves.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onecli_domain::body::{Body, Content, Found, Json, Scalar, Truth};
use onecli_domain::condition::{Condition, Operator, Part, compile};
use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::host::Host;
use onecli_domain::id::AgentId;
use onecli_domain::path::Path;
use onecli_domain::summary::{Asked, summarise};
use onecli_domain::target::{Scheme, Target};

const BOUND: usize = 64 * 1024;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(5, |byte| *byte == b'\n');
    let mut text = || std::str::from_utf8(lines.next().unwrap_or_default()).unwrap_or_default();
    let (content_type, coding, key, value) = (text(), text(), text(), text());
    let body = lines.next().unwrap_or_default();
    let content = Content::read(body.to_vec(), Some(content_type), Some(coding), BOUND);
    assert!(content.bytes().is_none_or(|bytes| bytes.len() <= BOUND));
    check_json(&content);
    check_conditions(&content, key, value);
    let summary = summarise(&Asked {
        method: "POST",
        host: "api.test",
        path: "/",
        query: None,
        content_type: Some(content_type),
        body: content.bytes(),
    });
    assert!(summary.details.len() <= 31);
});

fn check_json(content: &Content) {
    let Ok(text) = content.text() else {
        assert!(content.json().is_err());
        return;
    };
    let other: Result<serde_json::Value, _> = serde_json::from_str(text);
    match content.json() {
        Ok((json, text)) => assert_eq!(rebuild(json, text, json.root()), other.expect("another reader reads it too")),
        // Refused for a key that is there twice, or because it is none.
        Err(_) => assert!(other.is_err() || text.contains(':')),
    }
}

fn rebuild(json: &Json, text: &str, found: Found) -> serde_json::Value {
    if json.is_list(found) {
        return json.items(found).map(|item| rebuild(json, text, item)).collect();
    }
    if json.is_object(found) {
        let fields = json.fields(text, found).map(|(key, value)| (key.to_owned(), rebuild(json, text, value)));
        return serde_json::Value::Object(fields.collect());
    }
    match json.scalar(text, found).expect("what is no list and no object is a scalar") {
        Scalar::Text(text) => text.into(),
        Scalar::Natural(number) => number.into(),
        Scalar::Integer(number) => number.into(),
        Scalar::Float(number) => number.into(),
        Scalar::Word("null") => serde_json::Value::Null,
        Scalar::Word(word) => (word == "true").into(),
    }
}

fn check_conditions(content: &Content, key: &str, value: &str) {
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("api.test").expect("a host"),
        port: 443,
        path: Path::read("/").expect("a path"),
        query: None,
    };
    let facts = Facts {
        agent: AgentId(uuid::Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "POST",
        overrides: smallvec::SmallVec::new(),
        placeholders: smallvec::SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(content),
    };
    for part in [Part::Body, Part::BodyJson, Part::Form, Part::Graphql, Part::Jsonrpc] {
        let ask = |operator| {
            let condition = Condition { target: part, key: key.into(), operator, value: Some(value.into()) };
            let tests = compile(&[condition]).ok()?;
            let answer = tests.first()?.ask(&facts);
            // Of a large body the answer is kept.
            assert_eq!(tests.first()?.ask(&facts), answer);
            Some(answer)
        };
        let (equals, differs) = (ask(Operator::Equals), ask(Operator::NotEquals));
        let opposite = match equals {
            Some(Truth::Yes) => Some(Truth::No),
            Some(Truth::No) => Some(Truth::Yes),
            other => other,
        };
        assert_eq!(differs, opposite, "{part:?}");
        if equals == Some(Truth::Yes) {
            assert_eq!(ask(Operator::Exists), Some(Truth::Yes), "{part:?}");
        }
        for operator in [Operator::Contains, Operator::StartsWith, Operator::EndsWith, Operator::GreaterThan] {
            assert_ne!(ask(operator), Some(Truth::Unread));
        }
    }
}
