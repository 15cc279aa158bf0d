//! GraphQL: documents and requests of which graphql-js may run more than we read.

use onecli_domain::condition::Part;

use crate::random::Random;
use crate::{Case, compare, peers};

const TOKENS: &[&str] = &[
    "{",
    "}",
    "a",
    "b",
    "deleteAll",
    "x: deleteAll",
    "on",
    "query",
    "mutation",
    "fragment",
    "...F",
    "...G",
    "... on T",
    "...",
    "@skip(if: true)",
    "(a: 1)",
    "(a: \"}\")",
    "(a: {b: [1, $v]})",
    "(a: \"\"\"} \\\"\"\" \"\"\")",
    "# x\n",
    ",",
    "\u{feff}",
    "\"d\"",
    "$v: Int",
    "!",
    "\t",
    "\u{a0}",
    ":",
    "&",
    "query N",
    "mutation M",
    "fragment F on T { deleteAll }",
    "query N { b }",
    "#\r",
    "\"",
    "\\",
];
const DOCUMENTS: &[&str] = &[
    "{ a b }",
    "query N { a { b } }",
    "mutation M($v: Int = 1) @d { x: deleteAll(id: $v) { ok } }",
    "query N { a } mutation M { deleteAll }",
    "{ ...F } fragment F on T { b ...G } fragment G on T { deleteAll ...F }",
    "subscription { a { ... on T { deleteAll } ... @include(if: true) { b } } }",
    "query N { a(s: \"\"\"block \\\"\"\" } \"\"\") b(s: \"\\\"}\") }",
];
const NAMES: &[Option<&str>] =
    &[None, None, Some("\"N\""), Some("\"M\""), Some("null"), Some("\"\""), Some("\"X\"")];

fn document(random: &mut Random) -> String {
    if random.below(3) == 0 {
        let tokens: Vec<&str> = (0..random.below(14)).map(|_| random.pick(TOKENS)).collect();
        return format!("{{ a {} }}", tokens.join(" "));
    }
    let document = random.pick(DOCUMENTS);
    String::from_utf8_lossy(&random.damaged(document.as_bytes(), TOKENS)).into_owned()
}

fn request(random: &mut Random) -> String {
    let document = serde_json::to_string(&document(random)).unwrap();
    let mut fields = vec![format!("\"query\":{document}")];
    if let Some(name) = random.pick(NAMES) {
        fields.push(format!("\"operationName\":{name}"));
    }
    if random.below(4) == 0 {
        fields.push(
            random.pick(&["\"variables\":{\"v\":1}", "\"extensions\":{}", "\"Query\":\"{ b }\""]).into(),
        );
    }
    format!("{{{}}}", fields.join(","))
}

fn case(random: &mut Random, key: &str) -> Case {
    let is_plain = random.below(5) == 0;
    let body = match random.below(6) {
        _ if is_plain => document(random),
        0 => format!("[{},{}]", request(random), request(random)),
        _ => request(random),
    };
    let queries =
        ["query=%7Bb%7D", "operationName=M", "operationName=N", "query=mutation+M%7BdeleteAll%7D", "a=b"];
    Case {
        kind: "graphql",
        content_type: if is_plain { "application/graphql" } else { "application/json" }.into(),
        query: random.mostly("", &queries, 4).into(),
        key: key.into(),
        body: body.into_bytes(),
        part: Part::Graphql,
        pointer: key.into(),
    }
}

#[test]
fn graphql_js_runs_nothing_that_a_condition_misses() {
    let mut random = Random::of(3);
    let keys = ["field", "field", "operationName", "operationType"];
    let mut cases: Vec<Case> = (0..3_000).map(|at| case(&mut random, keys[at % keys.len()])).collect();
    // There is no other type.
    cases.retain(|case| case.key != "operationType" || !case.body.is_empty());
    compare(&cases, &peers::ask_all(&cases), 300);
}
