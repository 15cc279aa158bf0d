//! What it costs to write activity down, and to load all that the hot path reads, on `SQLite`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a bench fails by panicking")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use onecli_domain::activity::{Activity, Protocol, Timeline, VerdictKind};
use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::id::{ActivityId, AgentId, ProjectId, RuleId, SecretId};
use onecli_domain::method::Method;
use onecli_domain::project::{PolicyMode, Project};
use onecli_domain::rate::{Limited, RateLimit, Window};
use onecli_domain::rule::{Action, Rule};
use onecli_domain::sealed::Sealed;
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;
use onecli_store::activity::UsageUpdate;
use onecli_store::{Config, Location, Store};
use tokio::runtime::Runtime;
use uuid::Uuid;

fn write_batches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = runtime.block_on(open(&folder));
    let project = ProjectId(Uuid::now_v7());
    let secret = SecretId(Uuid::now_v7());
    let mut group = criterion.benchmark_group("activity");
    group.throughput(Throughput::Elements(500));
    group.bench_function("insert_batch of 500", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || (0..500).map(|_| record(project, secret)).collect::<Vec<_>>(),
            |records| {
                let store = store.clone();
                async move {
                    let usage = [UsageUpdate {
                        project,
                        secret,
                        used_at: Timestamp(1),
                        count: 500,
                        refused_at: None,
                    }];
                    store.activity().insert_batch(&records, &usage, &[]).await.unwrap();
                }
            },
            criterion::BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn count_requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (store, agent, limits) = runtime.block_on(async {
        let store = open(&folder).await;
        fill(&store, 1).await;
        let rows = store.snapshot().load_all().await.unwrap().remove(0);
        let rate = RateLimit { limit: 1_000_000, window: Window::Hour };
        let rule = Rule {
            action: Action::RateLimit,
            rate: Some(rate),
            id: RuleId(Uuid::now_v7()),
            ..rows.rules[0].clone()
        };
        store.rules().insert(&rule).await.unwrap();
        (store, rows.agents[0].id, [Limited { rule: rule.id, name: "limited".into(), rate }])
    });
    let mut at = 0;
    criterion.bench_function("count a request against a limit", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            at += 1_000;
            let (store, limits) = (store.clone(), &limits);
            async move { store.limits().count(agent, limits, Timestamp(at)).await.unwrap() }
        });
    });
}

fn load_snapshot(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = runtime.block_on(async {
        let store = open(&folder).await;
        fill(&store, 10_000).await;
        store
    });
    let mut group = criterion.benchmark_group("snapshot");
    group.sample_size(10);
    group.bench_function("load_all, 10,000 of each", |bencher| {
        bencher.to_async(&runtime).iter(|| async { store.snapshot().load_all().await.unwrap() });
    });
    group.finish();
}

async fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&Config::at(Location::Sqlite(folder.path().join("onecli.db")))).await.unwrap()
}

async fn fill(store: &Store, count: u32) {
    let project = ProjectId(Uuid::now_v7());
    let at = Timestamp(1_700_000_000_000_000);
    let row = Project { id: project, name: "Default".into(), policy_mode: PolicyMode::Allow, created_at: at };
    store.projects().insert(&row).await.unwrap();
    for number in 0..count {
        let agent = Agent {
            id: AgentId(Uuid::now_v7()),
            project,
            name: format!("Agent {number}"),
            identifier: format!("agent-{number}"),
            parent: None,
            is_default: number == 0,
            secret_mode: SecretMode::All,
            suspended_at: None,
            token_hash: hash(number),
            token_version: 1,
            created_at: at,
            last_seen_at: None,
            request_count: 0,
        };
        store.agents().insert(&agent, &sealed()).await.unwrap();
        let secret = Secret {
            id: SecretId(Uuid::now_v7()),
            project,
            name: format!("Key {number}"),
            kind: SecretKind::Generic,
            host_patterns: vec![format!("api{number}.example.com")],
            path_pattern: None,
            config: InjectionConfig {
                header_name: Some("authorization".into()),
                ..InjectionConfig::default()
            },
            allow_plaintext: false,
            preview: "abcd••••••••wxyz".into(),
            placeholder: format!("onecli-{number:032x}"),
            value_version: 1,
            grace_until: None,
            created_at: at,
            usage: SecretUsage::default(),
        };
        store.secrets().insert(&secret, &sealed()).await.unwrap();
        let rule = Rule {
            id: RuleId(Uuid::now_v7()),
            project,
            name: format!("Rule {number}"),
            host_pattern: format!("api{number}.example.com"),
            path_pattern: Some("/v1/*".into()),
            methods: Some(Method::Post.into()),
            agent: None,
            action: Action::Block,
            rate: None,
            approval_timeout: None,
            enabled: true,
            case_insensitive: false,
            conditions: Vec::new(),
            created_at: at,
        };
        store.rules().insert(&rule).await.unwrap();
    }
}

fn record(project: ProjectId, secret: SecretId) -> Activity {
    Activity {
        id: ActivityId(Uuid::now_v7()),
        at: Timestamp(1_700_000_000_000_000),
        project,
        agent: AgentId(Uuid::nil()),
        agent_name: "scribe".into(),
        method: "POST".into(),
        host: "api.anthropic.com".into(),
        path: "/v1/messages?beta=•".into(),
        status: 200,
        verdict: VerdictKind::Allow,
        rules: Vec::new(),
        secrets: vec![secret],
        duration_micros: 1_234_567,
        overhead_micros: 87,
        timeline: Timeline {
            decide_micros: Some(20),
            dial_micros: Some(3),
            upstream_micros: Some(900),
            ..Timeline::default()
        },
        bytes_up: 2_345,
        bytes_down: 34_567,
        protocol: Protocol::Http2,
        error: None,
        alarm: None,
    }
}

fn sealed() -> Sealed {
    Sealed { key_version: 1, wrapped_key: vec![7; 60], body: vec![9; 76] }
}

fn hash(number: u32) -> TokenHash {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    TokenHash(bytes)
}

criterion_group!(benches, write_batches, count_requests, load_snapshot);
criterion_main!(benches);
