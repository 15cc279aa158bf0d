//! Ready-made records, each with every field told apart from its default.

use onecli_domain::activity::{Activity, Protocol, Timeline, VerdictKind};
use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::approval::{Approval, ApprovalGrant, ApprovalState, GrantPaths};
use onecli_domain::hold::HoldRule;
use onecli_domain::id::{
    ActivityId, AgentId, ApiKeyId, ApprovalId, GrantId, ProjectId, RuleId, SecretId, UserId,
};
use onecli_domain::method::{Method, Methods};
use onecli_domain::person::{ApiKey, User};
use onecli_domain::project::{PolicyMode, Project};
use onecli_domain::rule::{Action, Rule};
use onecli_domain::sealed::Sealed;
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;
use onecli_store::Store;
use onecli_store::users::FirstRun;
use uuid::Uuid;

/// A moment, so many seconds after a fixed one.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_790_000_000_123_456).plus_seconds(seconds)
}

/// A hash that no other call gives.
pub(crate) fn hash() -> TokenHash {
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(first.as_bytes());
    bytes[16..].copy_from_slice(second.as_bytes());
    TokenHash(bytes)
}

/// A sealed value under that key, different from any other.
pub(crate) fn sealed(key_version: u32) -> Sealed {
    let mark = Uuid::now_v7();
    let fill = |length: usize| mark.as_bytes().iter().copied().cycle().take(length).collect();
    Sealed { key_version, wrapped_key: fill(60), body: fill(77) }
}

pub(crate) fn project() -> Project {
    Project {
        id: ProjectId(Uuid::now_v7()),
        name: "Default".into(),
        policy_mode: PolicyMode::Deny,
        created_at: at(0),
    }
}

pub(crate) fn agent(project: ProjectId, identifier: &str) -> Agent {
    Agent {
        id: AgentId(Uuid::now_v7()),
        project,
        name: format!("The {identifier}"),
        identifier: identifier.into(),
        parent: None,
        is_default: false,
        secret_mode: SecretMode::Selective,
        suspended_at: None,
        token_hash: hash(),
        token_version: 1,
        created_at: at(1),
        last_seen_at: None,
        request_count: 0,
    }
}

pub(crate) fn secret(project: ProjectId, name: &str) -> Secret {
    Secret {
        id: SecretId(Uuid::now_v7()),
        project,
        name: name.into(),
        kind: SecretKind::OpenAi,
        host_patterns: vec!["*.good.test".into(), "good.test:8443".into()],
        path_pattern: Some("/v1/*".into()),
        config: InjectionConfig { header_name: Some("x-key".into()), ..InjectionConfig::default() },
        allow_plaintext: true,
        preview: "abcd••••••••wxyz".into(),
        placeholder: format!("onecli-{}", Uuid::now_v7().simple()),
        value_version: 1,
        grace_until: None,
        created_at: at(2),
        usage: SecretUsage::default(),
    }
}

pub(crate) fn rule(project: ProjectId, name: &str) -> Rule {
    Rule {
        id: RuleId(Uuid::now_v7()),
        project,
        name: name.into(),
        host_pattern: "*".into(),
        path_pattern: Some("/send/*".into()),
        methods: Methods::of([Method::Delete, Method::Put]),
        agent: None,
        action: Action::Block,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: true,
        conditions: Vec::new(),
        created_at: at(3),
    }
}

pub(crate) fn user(default_project: ProjectId, email: &str) -> User {
    User {
        id: UserId(Uuid::now_v7()),
        email: email.into(),
        name: "Öwner".into(),
        default_project,
        created_at: at(4),
    }
}

pub(crate) fn api_key(user: UserId) -> ApiKey {
    ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        user,
        name: "local".into(),
        preview: "oc_1234••••••••abcd".into(),
        hash: hash(),
        created_at: at(5),
        last_used_at: None,
    }
}

pub(crate) fn record(project: ProjectId, seconds: i64) -> Activity {
    Activity {
        id: ActivityId(Uuid::now_v7()),
        at: at(seconds),
        project,
        agent: AgentId(Uuid::now_v7()),
        agent_name: "scribe".into(),
        method: "POST".into(),
        host: "api.good.test:8443".into(),
        path: "/v1/messages?key=•".into(),
        status: 403,
        verdict: VerdictKind::DefaultDeny,
        rules: vec![RuleId(Uuid::now_v7()), RuleId(Uuid::now_v7())],
        secrets: vec![SecretId(Uuid::now_v7())],
        duration_micros: 1_234_567,
        overhead_micros: 89,
        timeline: Timeline {
            decide_micros: Some(31),
            hold_micros: Some(3_000_000_000),
            dial_micros: None,
            upstream_micros: Some(900_000),
        },
        bytes_up: 5_000_000_000,
        bytes_down: 42,
        protocol: Protocol::WebSocket,
        error: Some("blocked_by_policy".into()),
        alarm: Some("placeholder_misuse".into()),
    }
}

pub(crate) fn first_run() -> FirstRun {
    let project = project();
    let user = user(project.id, "owner@localhost");
    let agent = Agent { is_default: true, ..agent(project.id, "default") };
    let api_key = api_key(user.id);
    FirstRun { user, project, agent, token: sealed(1), api_key }
}

/// A project that is stored.
pub(crate) async fn stored_project(store: &Store) -> ProjectId {
    let project = project();
    store.projects().insert(&project).await.unwrap();
    project.id
}

/// An agent that is stored.
pub(crate) async fn stored_agent(store: &Store, project: ProjectId, identifier: &str) -> Agent {
    store.agents().insert(&agent(project, identifier), &sealed(1)).await.unwrap()
}

/// A secret that is stored.
pub(crate) async fn stored_secret(store: &Store, project: ProjectId, name: &str) -> Secret {
    let secret = secret(project, name);
    store.secrets().insert(&secret, &sealed(1)).await.unwrap();
    secret
}

pub(crate) fn approval(project: ProjectId) -> Approval {
    Approval {
        id: ApprovalId(Uuid::now_v7()),
        project,
        agent: AgentId(Uuid::now_v7()),
        agent_name: "Scribe".into(),
        agent_identifier: "scribe".into(),
        rule: Some(HoldRule { id: RuleId(Uuid::now_v7()), name: "Ask first".into() }),
        rules: vec![RuleId(Uuid::now_v7()), RuleId(Uuid::now_v7())],
        method: "POST".into(),
        origin: "https://good.test".into(),
        path: "/v1?a=***".into(),
        body_bytes: 77,
        fingerprint: hash().0,
        state: ApprovalState::Pending,
        awaited: true,
        created_at: at(10),
        expires_at: at(310),
        decided_at: None,
        decided_by: None,
        reason: None,
    }
}

pub(crate) fn approval_grant(held: &Approval) -> ApprovalGrant {
    ApprovalGrant {
        id: GrantId(Uuid::now_v7()),
        project: held.project,
        agent: held.agent,
        approval: held.id,
        method: held.method.clone(),
        origin: held.origin.clone(),
        paths: GrantPaths::Pattern("/v1/*".into()),
        rules: held.rules.clone(),
        requests_left: Some(3),
        expires_at: Some(at(600)),
        created_at: at(20),
        created_by: "Owner".into(),
    }
}
