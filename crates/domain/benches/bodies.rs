//! What conditions on bodies cost: from the bytes to the verdict.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that can't be set up has failed")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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
use onecli_domain::summary::{Asked, summarise};
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use uuid::Uuid;

fn policy(target: Part, key: &str, operator: Operator, value: &str) -> Policy {
    let rule = Rule {
        id: RuleId(Uuid::nil()),
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
        conditions: vec![Condition { target, key: key.into(), operator, value: Some(value.into()) }],
        created_at: Timestamp(0),
    };
    Policy {
        generation: 0,
        mode: PolicyMode::Allow,
        rules: RuleSet::compile([&rule]).unwrap(),
        credentials: CredentialTable::default(),
    }
}

/// Like a chat completion: many messages of text, some numbers.
fn json(bytes: usize) -> String {
    let mut text = String::from("{\"model\":\"m\",\"messages\":[");
    let mut number = 0;
    while text.len() < bytes {
        if number > 0 {
            text.push(',');
        }
        let _ = write!(
            text,
            "{{\"role\":\"user\",\"id\":{number},\"weight\":0.5,\"content\":\"A line of \\\"text\\\" as people write them, {number}\\n\"}}"
        );
        number += 1;
    }
    text.push_str("],\"amount\":99}");
    text
}

fn benches(criterion: &mut Criterion) {
    let text = json(64 * 1024);
    let mut group = criterion.benchmark_group("64 KB JSON");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for (name, policy) in [
        ("body_json", policy(Part::BodyJson, "/amount", Operator::GreaterThan, "100")),
        ("body contains", policy(Part::Body, "", Operator::Contains, "forbidden")),
        ("body matches", policy(Part::Body, "", Operator::Matches, "for[b]idden")),
        ("jsonrpc", policy(Part::Jsonrpc, "tool", Operator::Equals, "delete")),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| ask(&policy, black_box(text.as_bytes()))));
    }
    group.bench_function("summary", |bencher| {
        bencher.iter(|| {
            summarise(&Asked {
                method: "POST",
                host: "api.good.test",
                path: "/v1/chat",
                query: None,
                content_type: Some("application/json"),
                body: Some(black_box(text.as_bytes())),
                is_cut: false,
                length: text.len() as u64,
            })
        });
    });
    group.finish();
    let query = format!("{{\"query\":\"query Q {{ {} }}\"}}", "a: field(id: 1) { name ...F } ".repeat(300));
    let query = query.replace(" }\"}", " } fragment F on T { id }\"}");
    let graphql = policy(Part::Graphql, "field", Operator::Equals, "deleteRepository");
    criterion.bench_function("10 KB GraphQL", |bencher| {
        bencher.iter(|| ask(&graphql, black_box(query.as_bytes())));
    });
}

fn ask(policy: &Policy, body: &[u8]) {
    let content = Content::read(body.to_vec(), Some("application/json"), None, 1024 * 1024);
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("api.good.test").unwrap(),
        port: 443,
        path: Path::read("/v1/chat").unwrap(),
        query: None,
    };
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "POST",
        overrides: smallvec::SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(&content),
    };
    black_box(decide(policy, &facts));
}

criterion_group!(all, benches);
criterion_main!(all);
