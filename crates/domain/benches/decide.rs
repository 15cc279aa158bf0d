//! What a decision costs: over many rules and secrets, whether they concern the request or not.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that can't be set up has failed")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::{Policy, decide};
use onecli_domain::facts::{Access, Facts, HeaderSource, Headers};
use onecli_domain::host::Host;
use onecli_domain::id::{AgentId, ProjectId, RuleId, SecretId};
use onecli_domain::path::Path;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::{Action, Rule};
use onecli_domain::rules::RuleSet;
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use uuid::Uuid;

fn rule(number: u128, host: &str, path: &str) -> Rule {
    Rule {
        id: RuleId(Uuid::from_u128(number)),
        project: ProjectId(Uuid::nil()),
        name: format!("rule {number}"),
        host_pattern: host.into(),
        path_pattern: Some(path.into()),
        methods: None,
        agent: None,
        action: Action::Block,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: Vec::new(),
        created_at: Timestamp(0),
    }
}

fn secret(number: u128, host: &str) -> Secret {
    Secret {
        id: SecretId(Uuid::from_u128(number)),
        project: ProjectId(Uuid::nil()),
        name: format!("secret {number}"),
        kind: SecretKind::Generic,
        host_patterns: vec![host.into()],
        path_pattern: None,
        config: InjectionConfig { header_name: Some("authorization".into()), ..Default::default() },
        allow_plaintext: false,
        preview: String::new(),
        placeholder: format!("onecli-{number:032x}"),
        value_version: 1,
        grace_until: None,
        created_at: Timestamp(0),
        usage: SecretUsage::default(),
    }
}

fn policy(rules: u128, secrets: u128) -> Policy {
    let rules: Vec<_> = (0..rules)
        .map(|number| match number % 200 {
            0 => rule(number, "api.good.test", &format!("/blocked/{number}/*")),
            1 => rule(number, &format!("*.host-{number}.test"), "/v1/*"),
            _ => rule(number, &format!("host-{number}.test"), "/v1/*"),
        })
        .collect();
    let secrets: Vec<_> = (0..secrets)
        .map(|number| {
            if number == 0 {
                secret(0, "api.good.test")
            } else {
                secret(number, &format!("host-{number}.test"))
            }
        })
        .collect();
    Policy {
        generation: 0,
        mode: PolicyMode::Allow,
        rules: RuleSet::compile(&rules).unwrap(),
        credentials: CredentialTable::compile(&secrets).unwrap(),
    }
}

fn target(host: &str, path: &str) -> Target {
    Target {
        scheme: Scheme::Https,
        host: Host::read(host).unwrap(),
        port: 443,
        path: Path::read(path).unwrap(),
        query: None,
    }
}

/// The headers that a client usually sends.
struct UsualHeaders(Vec<(&'static str, String)>);

impl UsualHeaders {
    fn with(authorization: String) -> Self {
        Self(vec![
            ("accept", "application/vnd.github+json, application/json;q=0.9, */*;q=0.8".into()),
            ("accept-encoding", "gzip, deflate, br, zstd".into()),
            ("accept-language", "en-US,en;q=0.9".into()),
            ("authorization", authorization),
            ("content-type", "application/json; charset=utf-8".into()),
            ("cookie", "_ga=GA1.2.1234567890.1700000000; session=0123456789abcdef0123456789abcdef".into()),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0".into(),
            ),
            ("x-github-api-version", "2022-11-28".into()),
            ("x-stainless-runtime-version", "v24.5.0".into()),
        ])
    }
}

impl HeaderSource for UsualHeaders {
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(key, _)| *key == name).for_each(|(_, value)| see(value.as_bytes()));
    }

    fn each_header(&self, see: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| see(name, value.as_bytes()));
    }
}

fn benches(criterion: &mut Criterion) {
    for (name, rules, secrets) in
        [("10 rules", 10, 10), ("1,000 rules", 1000, 1000), ("10,000 rules", 10_000, 10_000)]
    {
        let policy = policy(rules, secrets);
        let headers = UsualHeaders::with("Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz".into());
        for (what, host) in [("concerned", "api.good.test"), ("unconcerned", "other.good.test")] {
            let target = target(host, "/v1/repos/o/r/pulls");
            let facts = Facts {
                agent: AgentId(Uuid::nil()),
                access: Access::All,
                target: &target,
                method: "GET",
                overrides: smallvec::SmallVec::new(),
                headers: Headers::of(&headers),
                body: onecli_domain::body::Body::Unread,
            };
            criterion.bench_function(&format!("decide, {name}, {what}"), |bencher| {
                bencher.iter(|| black_box(decide(black_box(&policy), black_box(&facts))));
            });
        }
    }
    let table = policy(0, 1000).credentials;
    let headers = UsualHeaders::with(format!("Bearer onecli-{:032x}", 7));
    let target_of_it = target("host-7.test", "/v1/things");
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target_of_it,
        method: "GET",
        overrides: smallvec::SmallVec::new(),
        headers: Headers::of(&headers),
        body: onecli_domain::body::Body::Unread,
    };
    criterion.bench_function("choose by placeholder, 1,000 secrets", |bencher| {
        bencher.iter(|| black_box(table.choose(black_box(&facts))));
    });
    let secrets: Vec<_> = (0..10_000).map(|number| secret(number, &format!("host-{number}.test"))).collect();
    criterion.bench_function("compile 10,000 secrets", |bencher| {
        bencher.iter(|| black_box(CredentialTable::compile(black_box(&secrets))));
    });
    criterion.bench_function("read a plain target", |bencher| {
        bencher.iter(|| black_box(target(black_box("api.good.test"), black_box("/v1/repos/o/r/pulls"))));
    });
    criterion.bench_function("read an odd target", |bencher| {
        bencher.iter(|| {
            black_box(target(black_box("API.Good.Test."), black_box("/v1/%72epos/./o//r/../pulls%2F")))
        });
    });
}

criterion_group!(all, benches);
criterion_main!(all);
