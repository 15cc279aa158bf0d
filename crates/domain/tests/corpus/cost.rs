//! What a decision takes of memory: nothing, where no rule matches or where a body was asked about before; in proportion to
//! the body else.

use onecli_domain::body::{Body, Content};
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::{Policy, decide};
use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::id::{AgentId, ProjectId, RuleId};
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::{Action, Rule};
use onecli_domain::rules::RuleSet;
use onecli_domain::time::Timestamp;
use onecli_domain::verdict::Verdict;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::judge::read_url;
use crate::worst::{BOUND, ask, cases, gzip};

#[test]
fn nothing_is_allocated_where_no_rule_matches() {
    let rules: Vec<Rule> = (0..1_000u128)
        .map(|number| Rule {
            id: RuleId(Uuid::from_u128(number)),
            project: ProjectId(Uuid::nil()),
            name: format!("rule {number}"),
            host_pattern: if number < 5 { "api.test".into() } else { format!("*.host-{number}.test") },
            path_pattern: Some(format!("/v1/{number}/*")),
            methods: None,
            agent: None,
            action: Action::Block,
            rate: None,
            approval_timeout: None,
            enabled: true,
            case_insensitive: false,
            conditions: Vec::new(),
            created_at: Timestamp(0),
        })
        .collect();
    let policy = Policy {
        generation: 0,
        mode: PolicyMode::Allow,
        rules: RuleSet::compile(&rules).unwrap(),
        credentials: CredentialTable::default(),
    };
    let target = read_url("https://api.test/v1/things").unwrap();
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "POST",
        overrides: SmallVec::new(),
        headers: Headers::none(),
        body: Body::Unread,
    };
    let taken = allocation_counter::measure(|| {
        assert!(matches!(decide(&policy, &facts), Verdict::Allow(_)));
    });
    assert_eq!(taken.count_total, 0, "{taken:?}");
}

#[test]
fn a_body_takes_memory_in_proportion_to_its_bound_however_it_is_made() {
    for (name, content_type, policy, body) in cases() {
        assert!(body.len() <= BOUND, "{name}");
        let content = Content::read(gzip(&body), Some(content_type), Some("gzip"), BOUND);
        let taken = allocation_counter::measure(|| ask(&policy, &content));
        assert!(taken.bytes_max < MOST_AT_ONCE, "{name}: {taken:?}");
        assert!(taken.bytes_total < MOST_IN_ALL, "{name}: {taken:?}");
        let again = allocation_counter::measure(|| ask(&policy, &content));
        // The list of rules that refuse.
        assert!(again.bytes_total < 4 * 1024, "{name}: {again:?}");
    }
}

const MOST_AT_ONCE: u64 = 16 * BOUND as u64;
const MOST_IN_ALL: u64 = 24 * BOUND as u64;
