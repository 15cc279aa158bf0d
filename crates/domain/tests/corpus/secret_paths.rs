//! Secrets that are for some paths: what of them goes out where a path can be read in several ways.

use onecli_domain::body::{Body, Content};
use onecli_domain::credentials::CredentialTable;
use onecli_domain::decide::{Policy, decide};
use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::time::Timestamp;
use onecli_domain::verdict::{Refusal, Verdict};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::judge::read_url;

fn secret(path: Option<&str>, template: Option<&str>) -> Secret {
    let header = template.is_none().then(|| "x-key".to_owned());
    Secret {
        id: SecretId(Uuid::from_u128(1)),
        project: ProjectId(Uuid::nil()),
        name: "key".into(),
        kind: SecretKind::Generic,
        host_patterns: vec!["api.test".into()],
        path_pattern: path.map(Into::into),
        config: InjectionConfig {
            header_name: header,
            path_template: template.map(Into::into),
            ..InjectionConfig::default()
        },
        preview: String::new(),
        value_version: 1,
        grace_until: None,
        placeholder: "aoc_ph_0123456789abcdef0123456789abcdef".into(),
        allow_plaintext: false,
        usage: SecretUsage::default(),
        created_at: Timestamp(0),
    }
}

fn judged(secret: &Secret, path: &str, access: Access<'_>) -> &'static str {
    let credentials = CredentialTable::compile([secret]).unwrap();
    let policy = Policy { credentials, ..Policy::default() };
    let target = read_url(&format!("https://api.test{path}")).unwrap();
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access,
        target: &target,
        method: "GET",
        overrides: SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(Content::none()),
    };
    match decide(&policy, &facts) {
        Verdict::Allow(permit) if permit.uses().is_empty() => "without",
        Verdict::Allow(_) => "with",
        Verdict::Refuse(Refusal::AmbiguousPath(_)) => "refused",
        other @ (Verdict::Count(_) | Verdict::Hold(_) | Verdict::ReadBody | Verdict::Refuse(_)) => {
            panic!("{other:?}")
        }
    }
}

const TRICKS: &[&str] = &[
    "/v1/..;/v2/x",
    "/v1/.;/..;/v2",
    "/v1/%252e%252e/v2/x",
    "/v1/%25%32%65%25%32%65/v2/x",
    "/v1/%25252e%25252e/v2/x",
    "/v1/x%00",
    "/v1/%00/v2",
    "/v1/..%2fv2/x",
    "/v1/%2e%2e%2fv2",
    "/v1\\..\\v2\\x",
    "/v1/..%5cv2",
    "/v1/%c0%ae%c0%ae/v2",
    "/v1/%e0%80%ae./v2",
    "/v1/\u{ff0e}\u{ff0e}/v2",
    "/v1/%EF%BC%8F..%EF%BC%8Fv2",
    "/v1/x%09",
    "/v1/x%0d%0a",
    "/v1/x%7f",
    "/v1/%ff",
    "/v1/..%20/v2",
    "/v1/..%3fx/v2",
    "//v1/x",
    "/v1%2Fx",
    "/v1/%2561",
];

#[test]
fn a_secret_for_some_paths_stays_here_where_the_path_is_doubtful() {
    for path in TRICKS {
        assert_eq!(judged(&secret(Some("/v1/*"), None), path, Access::All), "refused", "{path}");
    }
    // Nor is the request sent without it, where some server could take it for one that the secret is for.
    for path in ["/v1/..;/v2/x", "/%76%252f1", "/v1/..%2fv2/x", "/%2576%2532/x"] {
        assert_eq!(judged(&secret(Some("/v2/*"), None), path, Access::All), "refused", "{path}");
    }
}

#[test]
fn so_does_one_that_stands_in_the_path() {
    let secret = secret(None, Some("/bot{value}/*"));
    for path in ["/botx/..;/y", "/botx/%252e%252e/y", "/botx/a%00", "/botx%2fa/b", "/x/..%2fboty/z"] {
        assert_eq!(judged(&secret, path, Access::All), "refused", "{path}");
    }
    assert_eq!(judged(&secret, "/botx/sendMessage", Access::All), "with");
}

#[test]
fn a_segment_that_some_servers_cut_short_is_refused_where_it_matters() {
    for (pattern, path, expected) in [
        ("/v1/*:run", "/v1/x:run", "with"),
        ("/v1/*:run", "/v1/x;:run", "refused"),
        ("/v1/*:run", "/v1/x%3f:run", "refused"),
        ("/v1/*:run", "/v1/x%23:run", "refused"),
        ("/v1/users", "/v1/users;a=b", "refused"),
        ("/v1/users;a=b", "/v1/users;a=b", "with"),
        ("/v1/*", "/v1/users;a=b", "with"),
        ("/v1/*", "/v1/what%3f", "with"),
        ("/v1/*", "/v2/users;a=b", "without"),
    ] {
        assert_eq!(judged(&secret(Some(pattern), None), path, Access::All), expected, "{pattern} {path}");
    }
}

#[test]
fn what_can_t_be_meant_goes_out_without_the_secret() {
    for path in ["/v2/a%2Fb", "/v2/a%252fb", "/v2/x%20y", "/v2/x"] {
        assert_eq!(judged(&secret(Some("/v1/*"), None), path, Access::All), "without", "{path}");
    }
    let none = FxHashSet::default();
    for path in TRICKS {
        // A secret that the agent can't use is no reason to refuse.
        let judged = judged(&secret(Some("/v1/*"), None), path, Access::Selective(&none));
        assert_eq!(judged, "without", "{path}");
    }
}

#[test]
fn a_secret_for_every_path_goes_out_however_a_path_is_read() {
    for path in TRICKS {
        assert_eq!(judged(&secret(None, None), path, Access::All), "with", "{path}");
    }
}
