//! Tests of the credential table.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use super::*;
use crate::body::Body;
use crate::facts::{Access, HeaderSource, Headers};
use crate::host::Host;
use crate::id::{AgentId, ProjectId};
use crate::path::Path;
use crate::secret::SecretUsage;
use crate::secret_kind::HostInjection;
use crate::services::SERVICES;
use crate::target::Target;
use crate::time::Timestamp;

fn secret(number: u128, hosts: &[&str], config: InjectionConfig) -> Secret {
    Secret {
        id: SecretId(Uuid::from_u128(number)),
        project: ProjectId(Uuid::nil()),
        name: format!("secret {number}"),
        kind: SecretKind::Generic,
        host_patterns: hosts.iter().map(|host| (*host).to_owned()).collect(),
        path_pattern: None,
        config,
        allow_plaintext: false,
        preview: String::new(),
        placeholder: placeholder(number),
        value_version: 1,
        grace_until: None,
        created_at: Timestamp(0),
        usage: SecretUsage::default(),
    }
}

fn placeholder(number: u128) -> String {
    format!("ghp_{number:x<20}:{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) as u64)
}

fn header(name: &str, format: &str) -> InjectionConfig {
    InjectionConfig {
        header_name: Some(name.into()),
        value_format: Some(format.into()),
        ..InjectionConfig::default()
    }
}

fn github() -> Secret {
    let service = SERVICES.iter().find(|service| service.name == "GitHub").unwrap();
    secret(1, service.hosts, service.injection())
}

/// What a request to a URL goes out with: how each secret is injected, and `+` where its placeholder is replaced.
fn chosen(secrets: &[Secret], url: &str, headers: &[(&str, &str)]) -> Vec<String> {
    let (host, rest) = url.split_at(url.find('/').unwrap_or(url.len()));
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query.into())));
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read(host).unwrap(),
        port: 443,
        path: Path::read(if path.is_empty() { "/" } else { path }).unwrap(),
        query,
    };
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "GET",
        overrides: SmallVec::new(),
        headers: Headers::of(&headers),
        body: Body::Unread,
    };
    match CredentialTable::compile(secrets).unwrap().choose(&facts) {
        Ok(uses) => uses
            .iter()
            .map(|used| {
                let how = used.injection.as_ref().map_or_else(String::new, |it| it.describe());
                let by_placeholder = if used.placeholder.is_some() { "+" } else { "" };
                format!("{}: {how}{by_placeholder}", used.secret.0.as_u128())
            })
            .collect(),
        Err(UseError::Misuse(id, _)) => vec![format!("misuse of {}", id.0.as_u128())],
        Err(UseError::Plaintext(..)) => vec!["plaintext".into()],
    }
}

#[test]
fn one_secret_goes_to_each_of_its_hosts_as_that_host_takes_it() {
    let table = CredentialTable::compile(&[github()]).unwrap();
    let format = |host: &str| {
        let target = Target {
            scheme: Scheme::Https,
            host: Host::read(host).unwrap(),
            port: 443,
            path: Path::read("/o/r.git/info/refs").unwrap(),
            query: None,
        };
        let facts = Facts {
            agent: AgentId(Uuid::nil()),
            access: Access::All,
            target: &target,
            method: "GET",
            overrides: SmallVec::new(),
            headers: Headers::none(),
            body: Body::Unread,
        };
        let uses = table.choose(&facts).unwrap();
        match uses.first().and_then(|used| used.injection.as_deref()) {
            Some(Injection::Header { name, format }) => {
                format!("{name}: {}", String::from_utf8(format.fill(b"T").to_vec()).unwrap())
            }
            _ => "nothing".to_owned(),
        }
    };
    let basic = format!("authorization: Basic {}", BASE64_STANDARD.encode("x-access-token:T"));
    for host in ["api.github.com", "uploads.github.com", "raw.githubusercontent.com", "codeload.github.com"] {
        assert_eq!(format(host), "authorization: Bearer T", "{host}");
    }
    for host in ["github.com", "gist.github.com"] {
        assert_eq!(format(host), basic, "{host}");
    }
    for host in ["objects.githubusercontent.com", "ghcr.io", "pages.github.com", "github.com.evil.test"] {
        assert_eq!(format(host), "nothing", "{host}");
    }
}

#[test]
fn a_path_template_that_does_not_fit_leaves_a_request_to_the_next() {
    let telegram = SERVICES.iter().find(|service| service.name == "Telegram").unwrap();
    let secrets = [secret(1, telegram.hosts, telegram.injection())];
    assert_eq!(chosen(&secrets, "api.telegram.org/botx/getMe", &[]), ["1: path /bot{value}/*"]);
    assert_eq!(chosen(&secrets, "api.telegram.org/file/botx/a/b", &[]), ["1: path /file/bot{value}/*"]);
    assert!(chosen(&secrets, "api.telegram.org/other", &[]).is_empty());
}

#[test]
fn of_two_secrets_the_one_that_means_the_host_more_narrowly_wins_whatever_else_it_covers() {
    let secrets = [
        secret(1, &["*.a.test", "other.test"], header("x-key", "{value}")),
        secret(2, &["other.test", "api.a.test", "*.a.test"], header("x-key", "{value}")),
        secret(3, &["third.test"], header("x-key", "{value}")),
    ];
    assert_eq!(chosen(&secrets, "api.a.test", &[]), ["2: header x-key"]);
    assert_eq!(chosen(&secrets[..1], "api.a.test", &[]), ["1: header x-key"]);
    assert_eq!(chosen(&secrets, "third.test", &[]), ["3: header x-key"]);
}

#[test]
fn a_placeholder_is_replaced_where_credentials_stand_and_nowhere_else() {
    let secrets = [secret(1, &["a.test"], InjectionConfig::default())];
    let text = placeholder(1);
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{text}")));
    for (name, value) in [
        ("Authorization", format!("Bearer {text}")),
        ("authorization", basic.clone()),
        ("Cookie", format!("a=b; session={text}")),
    ] {
        assert_eq!(chosen(&secrets, "a.test/", &[(name, &value)]), ["1: +"], "{name}: {value}");
    }
    for (name, value) in [
        ("user-agent", text.as_str()),
        ("x-request-id", &text),
        ("origin", &text),
        ("x-forwarded-for", &basic),
        ("idempotency-key", &text),
    ] {
        assert!(chosen(&secrets, "a.test/", &[(name, value)]).is_empty(), "{name}: {value}");
    }
    let encoded = text.replace(':', "%3a");
    for (query, replaced) in [
        (format!("key={text}"), true),
        (format!("a=1&access_token={encoded}"), true),
        (format!("q={encoded}"), false),
        (format!("callback={text}"), false),
        (format!("{text}=1"), false),
        (text.clone(), false),
    ] {
        assert_eq!(
            chosen(&secrets, &format!("a.test/x?{query}"), &[]).len(),
            usize::from(replaced),
            "{query}"
        );
    }
}

#[test]
fn a_placeholder_that_is_bound_for_elsewhere_is_misuse_wherever_it_stands() {
    let secrets = [secret(1, &["a.test"], InjectionConfig::default())];
    let text = placeholder(1);
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{text}")));
    for (name, value) in
        [("authorization", basic), ("user-agent", text.clone()), ("x-a", format!("b{text}c"))]
    {
        assert_eq!(chosen(&secrets, "evil.test", &[(name, &value)]), ["misuse of 1"], "{name}");
    }
    for query in [format!("q={text}"), text.replace(':', "%3A"), format!("{text}=")] {
        assert_eq!(chosen(&secrets, &format!("evil.test/?{query}"), &[]), ["misuse of 1"], "{query}");
    }
    // Of what is no placeholder of this project nothing is known.
    assert!(chosen(&secrets, "evil.test", &[("authorization", &placeholder(2))]).is_empty());
    assert!(chosen(&secrets, "evil.test", &[("authorization", &text[1..])]).is_empty());
}

#[test]
fn a_placeholder_where_something_else_is_injected_is_no_misuse() {
    let query = InjectionConfig { param_name: Some("key".into()), ..InjectionConfig::default() };
    let secrets = [
        github(),
        secret(2, &["b.test"], header("authorization", "{value}")),
        secret(3, &["c.test"], query),
        Secret { kind: SecretKind::Anthropic, ..secret(4, &["d.test"], InjectionConfig::default()) },
    ];
    let text = placeholder(1);
    let bearer: &[(&str, &str)] = &[("authorization", &format!("Bearer {text}"))];
    assert_eq!(chosen(&secrets, "b.test", bearer), ["2: header authorization"]);
    assert_eq!(chosen(&secrets, &format!("c.test/?key={text}"), &[]), ["3: query key"]);
    assert_eq!(chosen(&secrets, "d.test", &[("x-api-key", &text)]), ["4: header x-api-key"]);
    assert_eq!(chosen(&secrets, "d.test", bearer), ["4: header x-api-key"]);
    // Its own, which is put in anew.
    assert_eq!(chosen(&secrets, "api.github.com", bearer), ["1: header authorization"]);
    // Anywhere else in the same requests it still is.
    assert_eq!(chosen(&secrets, "b.test", &[("cookie", &text)]), ["misuse of 1"]);
    assert_eq!(chosen(&secrets, &format!("c.test/?q={text}"), &[]), ["misuse of 1"]);
    assert_eq!(chosen(&secrets, "c.test/?key=1", bearer), ["misuse of 1"]);
}

#[test]
fn each_of_a_thousand_placeholders_is_known() {
    let secrets: Vec<Secret> = (1..=1000u128)
        .map(|number| secret(number, &[&format!("host-{number}.test")], InjectionConfig::default()))
        .collect();
    for number in [1, 2, 500, 1000] {
        let headers: &[(&str, &str)] = &[("authorization", &placeholder(number))];
        assert_eq!(chosen(&secrets, &format!("host-{number}.test"), headers), [format!("{number}: +")]);
        assert_eq!(chosen(&secrets, "evil.test", headers), [format!("misuse of {number}")]);
    }
}

#[test]
fn hosts_and_overrides_are_checked() {
    let refused = |hosts: &[&str], overrides: &[(&[&str], Option<&str>)]| {
        let overrides = overrides.iter().map(|(hosts, name)| HostInjection {
            host_patterns: hosts.iter().map(|host| (*host).to_owned()).collect(),
            header_name: name.map(Into::into),
            ..HostInjection::default()
        });
        let config = InjectionConfig { overrides: Some(overrides.collect()), ..header("x-key", "{value}") };
        check(&secret(1, hosts, config)).map_err(|bad| bad.to_string()).err().unwrap_or_default()
    };
    let many: Vec<String> = (0..21).map(|number| format!("{number}.a.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(&many[..20], &[]), "");
    assert_eq!(refused(&["*.a.test", "b.test"], &[(&["x.a.test", "b.test"], Some("x-key"))]), "");
    for (hosts, overrides, why) in [
        (&many[..], &[][..], "1 to 20"),
        (&[], &[], "1 to 20"),
        (&["a.test", "*.com"], &[], "`*.com`"),
        (&["a.test"], &[(&["b.test"][..], Some("x-key"))], "`b.test` concerns none"),
        (&["a.test"], &[(&["*.a.test"], Some("x-key"))], "`*.a.test` concerns none"),
        (&["a.test"], &[(&["*"], Some("x-key"))], "every host"),
        (&["a.test"], &[(&[], Some("x-key"))], "hostPatterns"),
        (&["a.test"], &[(&["a.test"], None)], "says where"),
        (&["a.test"], &[(&["a.test"], Some("host"))], "`host`"),
    ] {
        let message = refused(hosts, overrides);
        assert!(message.contains(why), "{hosts:?} {overrides:?}: {message}");
    }
}

/// Headers as the gateway keeps them: with names in lower case.
struct Kept(&'static [(&'static str, &'static str)]);

impl HeaderSource for Kept {
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(key, _)| *key == name).for_each(|(_, value)| see(value.as_bytes()));
    }

    fn each_header(&self, see: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in self.0 {
            see(name, value.as_bytes());
        }
    }
}

#[test]
fn a_request_without_placeholders_is_searched_without_an_allocation() {
    let secrets: Vec<Secret> = (1..=1000u128)
        .map(|number| secret(number, &[&format!("host-{number}.test")], header("x-key", "{value}")))
        .collect();
    let table = CredentialTable::compile(&secrets).unwrap();
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("host-7.test").unwrap(),
        port: 443,
        path: Path::read("/v1/things").unwrap(),
        query: Some("page=2&key=ghp_0123456789abcdefghij".into()),
    };
    let headers = Kept(&[
        ("authorization", "Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0"),
        ("cookie", "session=0123456789abcdef0123456789abcdef"),
    ]);
    let facts = Facts {
        agent: AgentId(Uuid::nil()),
        access: Access::All,
        target: &target,
        method: "GET",
        overrides: SmallVec::new(),
        headers: Headers::of(&headers),
        body: Body::Unread,
    };
    let taken = allocation_counter::measure(|| assert_eq!(table.choose(&facts).unwrap().len(), 1));
    assert_eq!(taken.count_total, 0, "{taken:?}");
}
