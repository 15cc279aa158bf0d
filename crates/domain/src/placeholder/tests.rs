//! Tests of placeholders.

use uuid::Uuid;

use super::*;
use crate::id::{ProjectId, SecretId};
use crate::secret::{InjectionConfig, SecretUsage};
use crate::time::Timestamp;

const TEXT: &str = "123:AB-cd_EFgh";

fn secret(kind: SecretKind, hosts: &[&str], config: InjectionConfig) -> Secret {
    Secret {
        id: SecretId(Uuid::nil()),
        project: ProjectId(Uuid::nil()),
        name: "key".into(),
        kind,
        host_patterns: hosts.iter().map(|host| (*host).to_owned()).collect(),
        path_pattern: None,
        config,
        allow_plaintext: false,
        preview: String::new(),
        placeholder: TEXT.into(),
        value_version: 1,
        grace_until: None,
        created_at: Timestamp(0),
        usage: SecretUsage::default(),
    }
}

fn placeholder(kind: SecretKind, hosts: &[&str], config: InjectionConfig) -> Placeholder {
    let secret = secret(kind, hosts, config);
    let injection = secret.injection().unwrap();
    Placeholder::of(&secret, [&injection])
}

fn header(name: &str) -> InjectionConfig {
    InjectionConfig { header_name: Some(name.into()), ..InjectionConfig::default() }
}

#[test]
fn a_secret_is_read_from_the_places_that_it_or_its_service_names_and_no_other() {
    let none = InjectionConfig::default;
    let query = InjectionConfig { param_name: Some("sig".into()), ..none() };
    let path = InjectionConfig { path_template: Some("/k{value}".into()), ..none() };
    for (placeholder, read, unread) in [
        (placeholder(SecretKind::Generic, &["a.test"], header("X-Mine")), "x-mine", "x-api-key"),
        (placeholder(SecretKind::Generic, &["a.test"], none()), "x-api-key", "user-agent"),
        (placeholder(SecretKind::Generic, &["a.test"], none()), "?key", "?q"),
        (placeholder(SecretKind::Generic, &["a.test"], query), "?sig", "?key"),
        (placeholder(SecretKind::Generic, &["a.test"], path), "cookie", "x-api-key"),
        (placeholder(SecretKind::Generic, &["gitlab.com"], none()), "private-token", "x-api-key"),
        (placeholder(SecretKind::Generic, &["gitlab.com"], none()), "?private_token", "?key"),
        (placeholder(SecretKind::Anthropic, &["a.test"], none()), "x-api-key", "x-request-id"),
        (placeholder(SecretKind::OpenAi, &["a.test"], none()), "authorization", "x-api-key"),
    ] {
        let is_read = |place: &str| match place.strip_prefix('?') {
            Some(name) => placeholder.is_read_from(Place::Parameter(name)),
            None => placeholder.is_read_from(Place::Header(place)),
        };
        assert!(is_read("authorization") && is_read("cookie"));
        assert!(is_read(read), "{read}");
        for other in [unread, "x-request-id", "referer", "?callback", "?"] {
            assert!(!is_read(other), "{read}: {other}");
        }
    }
}

#[test]
fn a_query_is_filled_where_the_secret_is_read_from_and_stays_as_it_was_elsewhere() {
    let key = placeholder(SecretKind::Generic, &["a.test"], InjectionConfig::default());
    let filled = |query: &str| key.replace_in_query(query, "v&1").map(|query| query.to_string());
    assert_eq!(filled(&format!("a=%20&key={TEXT}&q={TEXT}")).unwrap(), format!("a=%20&key=v%261&q={TEXT}"));
    assert_eq!(filled("k%65y=x123%3AAB-cd_EFgh+y").unwrap(), "k%65y=xv%261%20y");
    for other in [format!("q={TEXT}"), format!("{TEXT}=key"), "key=1".into(), String::new(), "&&".into()] {
        assert_eq!(filled(&other), None, "{other}");
    }
}

#[test]
fn a_placeholder_looks_as_the_value_does_or_as_keys_of_its_service_do() {
    let shape =
        |kind, hosts: &[&str], value| shape_of(&secret(kind, hosts, InjectionConfig::default()), Some(value));
    for (actual, expected) in [
        (shape(SecretKind::Generic, &["a.test"], "ghp_x"), &key_shape::GITHUB),
        (shape(SecretKind::Generic, &["api.telegram.org"], "x"), &key_shape::TELEGRAM),
        (shape(SecretKind::Generic, &["a.test", "api.vercel.com"], "x"), &key_shape::VERCEL),
        (shape(SecretKind::Generic, &["api.stripe.com"], "rk_live_x"), &key_shape::STRIPE_RESTRICTED_LIVE),
        (shape(SecretKind::Generic, &["api.deepseek.com"], "sk-x"), &key_shape::DEEPSEEK),
        (shape(SecretKind::Anthropic, &["a.test"], "x"), &key_shape::ANTHROPIC),
        (shape(SecretKind::OpenAi, &["a.test"], "sk-x"), &key_shape::OPENAI),
        (shape(SecretKind::OpenAi, &["a.test"], "sk-svcacct-x"), &key_shape::OPENAI_SERVICE),
        (shape(SecretKind::Generic, &["a.test"], "my password"), &key_shape::PLAIN),
    ] {
        assert_eq!(actual, expected);
    }
}

#[test]
fn a_basic_pair_is_read_whatever_the_scheme_s_letters() {
    assert_eq!(read_basic(b"bAsic dTpw").as_deref(), Some(&b"u:p".to_vec()));
    for other in [&b"Bearer dTpw"[..], b"Basic", b"Basic \xff", b"Basic d"] {
        assert_eq!(read_basic(other), None);
    }
}
