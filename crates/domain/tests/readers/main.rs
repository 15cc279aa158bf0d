//! Readers in use, beside ours: whatever value one of them finds for a condition's key, the condition does not miss.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod forms;
mod graphql;
mod json;
mod peers;
mod php;
mod random;
mod senders;

use std::collections::BTreeMap;

use onecli_domain::body::{Body, Truth};
use onecli_domain::condition::{Condition, Operator, Part, compile};
use onecli_domain::facts::{Access, Facts, Headers, read_content};
use onecli_domain::host::Host;
use onecli_domain::id::AgentId;
use onecli_domain::path::Path;
use onecli_domain::target::{Scheme, Target};
use serde::Serialize;

/// A request that readers look at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Case {
    /// Which readers: `json`, `form`, `multipart` or `graphql`.
    pub(crate) kind: &'static str,
    /// Its content type.
    #[serde(rename = "type")]
    pub(crate) content_type: String,
    pub(crate) query: String,
    /// Which value they look for.
    pub(crate) key: String,
    #[serde(serialize_with = "as_base64")]
    pub(crate) body: Vec<u8>,
    /// Where a condition looks for it.
    #[serde(skip)]
    pub(crate) part: Part,
    #[serde(skip)]
    pub(crate) pointer: String,
}

/// What each reader found.
pub(crate) type Answer = BTreeMap<String, Vec<String>>;

fn as_base64<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    use base64::Engine as _;
    serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(bytes))
}

fn ask(case: &Case, operator: Operator, value: Option<&str>) -> Truth {
    let condition =
        Condition { target: case.part, key: case.pointer.clone(), operator, value: value.map(Into::into) };
    let tests = compile(&[condition]).unwrap();
    let headers = vec![("content-type".to_owned(), case.content_type.clone())];
    let content = read_content(case.body.clone(), Headers::of(&headers), 1024 * 1024);
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("api.test").unwrap(),
        port: 443,
        path: Path::read("/").unwrap(),
        query: (!case.query.is_empty()).then(|| case.query.as_str().into()),
    };
    tests[0].ask(&Facts {
        agent: AgentId(uuid::Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "POST",
        overrides: smallvec::SmallVec::new(),
        headers: Headers::of(&headers),
        body: Body::Read(&content),
    })
}

/// Whatever the body is, answers don't contradict each other.
fn check_consistency(case: &Case) {
    let value = Some(if case.key == "operationType" { "query" } else { "v1" });
    let equals = ask(case, Operator::Equals, value);
    let opposite = match equals {
        Truth::Yes => Truth::No,
        Truth::No => Truth::Yes,
        Truth::Doubtful | Truth::Unread => equals,
    };
    assert_eq!(ask(case, Operator::NotEquals, value), opposite, "{case:?}");
    assert!(equals != Truth::Yes || ask(case, Operator::Exists, None) == Truth::Yes, "{case:?}");
}

/// Holds what readers found against what conditions say. Each reader must have found something in at least `fewest` cases,
/// lest it find nothing anywhere for a reason of the test's own; and so must conditions for certain.
pub(crate) fn compare(cases: &[Case], answers: &[Answer], fewest: usize) {
    assert_eq!(cases.len(), answers.len());
    let mut missed = Vec::new();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let mut certain = 0;
    for (case, answer) in cases.iter().zip(answers) {
        check_consistency(case);
        certain += usize::from(ask(case, Operator::Exists, None) == Truth::Yes);
        for (reader, values) in answer {
            *found.entry(reader).or_default() += usize::from(!values.is_empty());
            for value in values {
                let is_missed = ask(case, Operator::Exists, None) == Truth::No
                    || !value.is_empty() && ask(case, Operator::Equals, Some(value)) == Truth::No;
                if is_missed {
                    let body = String::from_utf8_lossy(&case.body);
                    missed.push(format!(
                        "{reader} finds {value:?} as {:?} in {:?} ?{} {body:?}",
                        case.key, case.content_type, case.query
                    ));
                }
            }
        }
    }
    missed.sort_unstable();
    missed.sort_by_key(String::len);
    let few: Vec<&String> = missed.iter().take(12).collect();
    assert!(missed.is_empty(), "{} values are missed, such as\n{few:#?}", missed.len());
    for (reader, count) in found {
        assert!(count >= fewest, "{reader} finds something in {count} of {} cases only", cases.len());
    }
    assert!(certain >= fewest, "conditions find something for certain in {certain} cases only");
}
