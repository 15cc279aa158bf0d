//! The worst bodies: 1 MiB once decoded, made to take time or memory, and twenty conditions that look at each.

use std::fmt::Write as _;
use std::io::Write as _;

use onecli_domain::body::{Body, Content};
use onecli_domain::condition::{Condition, Operator, Part};
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::{Policy, decide};

use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::host::Host;
use onecli_domain::id::{AgentId, ProjectId, RuleId};
use onecli_domain::path::Path;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::{Action, Rule};
use onecli_domain::rules::RuleSet;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use uuid::Uuid;

/// The size that none of them exceeds.
pub(crate) const BOUND: usize = 1024 * 1024;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=xyz";

/// Twenty rules with a condition each, so that none settles another.
fn policy(conditions: impl Fn(usize) -> (Part, String, Operator, String)) -> Policy {
    let rule = |number: usize| {
        let (target, key, operator, value) = conditions(number);
        Rule {
            id: RuleId(Uuid::from_u128(number as u128)),
            project: ProjectId(Uuid::nil()),
            name: "conditional".into(),
            host_pattern: "api.good.test".into(),
            path_pattern: None,
            methods: None,
            agent: None,
            action: Action::Block,
            rate: None,
            approval_timeout: None,
            enabled: true,
            case_insensitive: false,
            conditions: vec![Condition { target, key, operator, value: Some(value) }],
            created_at: Timestamp(0),
        }
    };
    let rules: Vec<Rule> = (0..20).map(rule).collect();
    Policy {
        generation: 0,
        mode: PolicyMode::Allow,
        rules: RuleSet::compile(&rules).unwrap(),
        credentials: CredentialTable::default(),
    }
}

/// Twenty conditions on one thing.
pub(crate) fn on(part: Part, key: &str) -> Policy {
    policy(|number| {
        let operator = match number % 4 {
            0 => Operator::Equals,
            1 => Operator::Contains,
            2 => Operator::Matches,
            _ => Operator::EndsWith,
        };
        let value = if operator == Operator::Matches {
            format!("^forbid+en{number}$")
        } else {
            format!("forbidden{number}")
        };
        (part, key.into(), operator, value)
    })
}

fn joined(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect::<Vec<_>>().concat()
}

/// A text of pieces, one for each number, as long as the bound lets it be.
fn filled(start: &str, piece: impl Fn(usize) -> String, end: &str) -> Vec<u8> {
    let mut text = String::from(start);
    for number in 0.. {
        let piece = piece(number);
        if text.len() + piece.len() + end.len() > BOUND {
            break;
        }
        text.push_str(&piece);
    }
    text.push_str(end);
    text.into_bytes()
}

fn graphql(document: &[u8]) -> Vec<u8> {
    let document = String::from_utf8_lossy(document);
    let document: String = document.chars().take(BOUND - 16).collect();
    format!("{{\"query\":\"{document}\"}}").into_bytes()
}

/// Compressed.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A name of a few letters for each number.
fn name(number: usize) -> String {
    let mut rest = number;
    let mut out = String::from("a");
    while rest > 0 {
        out.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    out
}

/// Decides about a request with this body.
pub(crate) fn ask(policy: &Policy, content: &Content) {
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("api.good.test").unwrap(),
        port: 443,
        path: Path::read("/v1").unwrap(),
        query: None,
    };
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "POST",
        overrides: smallvec::SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(content),
    };
    std::hint::black_box(decide(policy, &facts));
}

/// A name, a content type, what is asked, and the body.
pub(crate) type Case = (&'static str, &'static str, Policy, Vec<u8>);

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    [json_cases(), graphql_cases(), form_cases(), text_cases()].into_iter().flatten().collect()
}

fn json_cases() -> Vec<Case> {
    let pointers = policy(|number| {
        (Part::BodyJson, format!("/a/{number}/{}", 9_000 - number), Operator::Equals, "1".into())
    });
    let wide =
        policy(|number| (Part::BodyJson, format!("/{}", name(number * 7)), Operator::Equals, "2".into()));
    vec![
        ("json {", JSON, on(Part::BodyJson, "/a"), vec![b'{'; BOUND]),
        ("json [", JSON, on(Part::BodyJson, "/a"), vec![b'['; BOUND]),
        ("json \"a\":", JSON, on(Part::BodyJson, "/a"), filled("{", |_| "\"a\":".into(), "")),
        ("json nested", JSON, on(Part::BodyJson, "/a"), filled("", |_| "{\"a\":".into(), "")),
        (
            "json keys",
            JSON,
            wide,
            filled(
                "{\"z\":[{\"z\":1",
                |number| format!("{}\"{}\":1", if number % 16_000 == 0 { "},{" } else { "," }, name(number)),
                "}]}",
            ),
        ),
        ("json keys in capitals", JSON, on(Part::BodyJson, "/aaaaaaaaaaaaaaaaaa"), {
            let key = |number: usize| -> String {
                (0..18).map(|bit| if number >> bit & 1 == 1 { 'A' } else { 'a' }).collect()
            };
            filled("{\"z\":1", |number| format!(",\"{}\":1", key(number)), "}")
        }),
        ("json small objects", JSON, on(Part::BodyJson, "/a"), {
            filled(
                "{\"a\":[0",
                |_| ",{\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}".into(),
                "]}",
            )
        }),
        ("json numbers", JSON, on(Part::BodyJson, "/a"), filled("{\"a\":[0", |_| ",0.1".into(), "]}")),
        (
            "json floats",
            JSON,
            on(Part::BodyJson, "/a"),
            filled("{\"a\":[0", |_| ",0.12345678901234567".into(), "]}"),
        ),
        ("json lists", JSON, pointers, filled("{\"a\":[[0],[0", |_| ",1234".into(), "]]}")),
        ("json escapes", JSON, on(Part::BodyJson, "/a"), filled("{\"a\":\"", |_| "\\u0061".into(), "\"}")),
        ("json text", JSON, on(Part::BodyJson, "/a"), filled("{\"a\":\"", |_| "forbidde".into(), "\"}")),
        ("jsonrpc batch", JSON, on(Part::Jsonrpc, "arguments/a"), {
            let text = "forbidde".repeat(120);
            let message =
                format!(",{{\"method\":\"tools/call\",\"params\":{{\"arguments\":{{\"a\":\"{text}\"}}}}}}");
            format!("[{{}}{}]", message.repeat(999)).into_bytes()
        }),
    ]
}

fn graphql_cases() -> Vec<Case> {
    let fields = |part| on(part, "field");
    let case = |name, document: Vec<u8>| (name, JSON, fields(Part::Graphql), graphql(&document));
    vec![
        case("graphql {a{a{", filled("", |_| "{a".into(), "")),
        case("graphql names", filled("{", |number| format!("{} ", name(number)), "}")),
        case("graphql one name", filled("{", |_| "a ".into(), "}")),
        case("graphql few names", filled("{", |number| format!("b:{} ", name(number % 4_000)), "}")),
        case("graphql nested", {
            let level = (0..700).fold(String::new(), |mut out, number| {
                let _ = write!(out, "{} ", name(number));
                out
            });
            filled(&format!("{{{}", format!("{level} b{{").repeat(99)), |_| " a".into(), &"}".repeat(100))
        }),
        case("graphql chain", {
            let fragment = |number| format!("fragment F{number} on Q{{...F{}}}", number + 1);
            let count = 28_000;
            let chain = joined(count, fragment);
            format!("{{...F0}}{chain}fragment F{count} on Q{{a}}").into_bytes()
        }),
        case("graphql fan", {
            let fragment =
                |number| format!("fragment F{number} on Q{{...F{0} ...F{0} a{{...F{0}}}}}", number + 1);
            let count = 10_000;
            let chain = joined(count, fragment);
            format!("{{...F0}}{chain}fragment F{count} on Q{{a}}").into_bytes()
        }),
        case("graphql operations", {
            let shared = joined(190, |number| format!("{} ", name(number)));
            let operations = joined(250, |number| format!("query Q{number}{{...F}}"));
            format!("fragment F on Q{{{shared}}}{operations}").into_bytes()
        }),
        case("graphql arguments", filled("{a(a:[", |_| "1 ".into(), "])}")),
        case("graphql strings", filled("{a(a:[", |_| "\\\"\\\"".into(), "])}")),
        case("graphql comments", filled("{a ", |_| "#\\n".into(), "}")),
        case("graphql blanks", filled("{a ", |_| ",".into(), "}")),
        ("graphql batch", JSON, fields(Part::Graphql), {
            let names = joined(48, |number| format!("{} ", name(number)));
            let one = format!(",{{\"query\":\"{{{names}}}\"}}");
            let mut all = String::from("[{\"query\":\"{a}\"}");
            (0..999).for_each(|_| all.push_str(&one));
            all.push(']');
            all.into_bytes()
        }),
    ]
}

fn form_cases() -> Vec<Case> {
    let part = |number: usize, value: &str| {
        format!("\r\ncontent-disposition: form-data; name={}\r\n\r\n{value}\r\n--xyz", name(number))
    };
    vec![
        ("form fields", FORM, on(Part::Form, "a"), filled("", |_| "a&".into(), "")),
        ("form long fields", FORM, on(Part::Form, &"a".repeat(200)), {
            filled("", |_| format!("{}b=forbidden&", "a".repeat(200)), "")
        }),
        ("form semicolons", FORM, on(Part::Form, "a"), filled("a", |_| ";a".into(), "")),
        ("form escapes", FORM, on(Part::Form, "a"), filled("a=", |_| "%61".into(), "")),
        ("form in JSON", JSON, on(Part::Form, "a"), filled("a=", |_| "&a=".into(), "")),
        (
            "multipart parts",
            MULTIPART,
            on(Part::Form, "a"),
            filled("--xyz", |number| part(number, "x"), "--"),
        ),
        ("multipart large", MULTIPART, on(Part::Form, "a"), {
            let value = "forbidde".repeat(100_000);
            format!("--xyz{}--", part(0, &value)).into_bytes()
        }),
        ("multipart dashes", MULTIPART, on(Part::Form, "a"), filled("--xyz\r\n", |_| "\r\n--xy".into(), "")),
        ("multipart delimiters", MULTIPART, on(Part::Form, "a"), filled("", |_| "--xyz\r\n".into(), "")),
    ]
}

fn text_cases() -> Vec<Case> {
    let utf16 = || "forbidde".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    vec![
        ("body text", "text/plain", on(Part::Body, ""), filled("", |_| "forbidde".into(), "")),
        ("body one letter", "text/plain", on(Part::Body, ""), vec![b'f'; BOUND]),
        ("body utf-16", "text/plain; charset=utf-16le", on(Part::Body, ""), utf16().repeat(BOUND / 16)),
        ("body latin-1", "text/plain; charset=latin1", on(Part::Body, ""), vec![0xe9; BOUND]),
        (
            "every part",
            JSON,
            policy(|number| {
                let (part, key) = match number % 5 {
                    0 => (Part::Body, ""),
                    1 => (Part::BodyJson, "/query"),
                    2 => (Part::Form, "a"),
                    3 => (Part::Graphql, "field"),
                    _ => (Part::Jsonrpc, "method"),
                };
                (part, key.into(), Operator::Matches, format!("forbid+en{number}"))
            }),
            graphql(&filled("{", |number| format!("b:{} ", name(number % 4_000)), "}")),
        ),
    ]
}
