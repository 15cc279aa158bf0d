//! The certificates that agents are shown: nothing that a strict client could object to.

use std::net::IpAddr;

use onecli_testkit::{Agent, Gate};
use rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::TlsConnector;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::*;

/// The certificates that a tunnel shows to one who names a server. A client that trusts the gateway's authority
/// alone has accepted them.
async fn shown(agent: &Agent, authority: &str, server_name: &str) -> Vec<CertificateDer<'static>> {
    let tcp = agent.tunnel(authority).await;
    let name = ServerName::try_from(server_name.to_owned()).unwrap();
    let tls = TlsConnector::from(agent.trust(&["http/1.1"])).connect(name, tcp).await.unwrap();
    tls.get_ref().1.peer_certificates().unwrap().iter().map(|der| der.clone().into_owned()).collect()
}

fn read<'a>(der: &'a CertificateDer<'_>) -> X509Certificate<'a> {
    let (rest, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    certificate
}

fn subject_key_id(certificate: &X509Certificate<'_>) -> Vec<u8> {
    let found = certificate.extensions().iter().find_map(|extension| {
        let ParsedExtension::SubjectKeyIdentifier(id) = extension.parsed_extension() else { return None };
        Some((extension.critical, id.0.to_vec()))
    });
    let (critical, id) = found.unwrap();
    assert!(!critical && !id.is_empty());
    id
}

/// What RFC 5280, the CA/Browser baseline and `VERIFY_X509_STRICT` ask of a leaf.
fn check_leaf(leaf: &X509Certificate<'_>, root: &X509Certificate<'_>) {
    assert_eq!(leaf.version(), X509Version::V3);
    leaf.verify_signature(Some(root.public_key())).unwrap();
    assert_eq!(leaf.issuer().as_raw(), root.subject().as_raw());
    let serial = leaf.raw_serial();
    assert!((8..=20).contains(&serial.len()) && serial[0] < 0x80, "{serial:?}");

    let validity = leaf.validity();
    let now = ASN1Time::now().timestamp();
    let (from, to) = (validity.not_before.timestamp(), validity.not_after.timestamp());
    assert!(from < now - 3600 && to > now + 86_400, "{from} {now} {to}");
    assert!(to - from <= 7 * 86_400);
    assert!(from >= root.validity().not_before.timestamp() && to <= root.validity().not_after.timestamp());

    let constraints = leaf.basic_constraints().unwrap();
    assert!(constraints.is_none_or(|constraints| !constraints.value.ca));
    let usage = leaf.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.digital_signature() && !usage.value.key_cert_sign());
    let extended = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(extended.server_auth && !extended.any && !extended.client_auth);
    let issuer_key = leaf.extensions().iter().find_map(|extension| {
        let ParsedExtension::AuthorityKeyIdentifier(id) = extension.parsed_extension() else { return None };
        Some((extension.critical, id))
    });
    let (critical, issuer_key) = issuer_key.unwrap();
    assert!(!critical && issuer_key.authority_cert_issuer.is_none());
    assert_eq!(issuer_key.key_identifier.as_ref().unwrap().0, subject_key_id(root));
    assert_ne!(subject_key_id(leaf), subject_key_id(root));
    for extension in leaf.extensions() {
        assert_eq!(leaf.extensions().iter().filter(|other| other.oid == extension.oid).count(), 1);
        assert!(!matches!(extension.parsed_extension(), ParsedExtension::ParseError { .. }));
    }
}

#[tokio::test]
async fn leaves_hold_the_one_name_and_nothing_to_object_to() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let root = pem::parse_x509_pem(agent.authority.as_bytes()).unwrap().1;
    let root = root.parse_x509().unwrap();
    // A common name takes 64 characters at most.
    let long = format!("{}.{}.good.test", "a".repeat(60), "b".repeat(60));
    for (authority, server_name, name) in [
        ("api.good.test:443".to_owned(), "api.good.test", "api.good.test"),
        ("API.Good.Test.:8443".to_owned(), "api.good.test", "api.good.test"),
        ("xn--bcher-kva.good.test:443".to_owned(), "xn--bcher-kva.good.test", "xn--bcher-kva.good.test"),
        (format!("{long}:443"), &*long, &*long),
    ] {
        let chain = shown(&agent, &authority, server_name).await;
        let leaf = read(&chain[0]);
        check_leaf(&leaf, &root);
        let names = leaf.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names, [GeneralName::DNSName(name)]);
        // RFC 5280 §4.2.1.6: critical where the subject is empty, and only there.
        assert_eq!(names.critical, leaf.subject().iter().count() == 0, "{name}");
    }
}

#[tokio::test]
async fn leaves_of_addresses_hold_the_address() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let root = pem::parse_x509_pem(agent.authority.as_bytes()).unwrap().1;
    let root = root.parse_x509().unwrap();
    for (authority, address) in [
        ("192.0.2.7:443", "192.0.2.7"),
        ("0xC0.0.0x207:443", "192.0.2.7"),
        ("[2001:DB8::1]:8443", "2001:db8::1"),
    ] {
        let chain = shown(&agent, authority, address).await;
        let leaf = read(&chain[0]);
        check_leaf(&leaf, &root);
        let bytes = match address.parse().unwrap() {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let names = leaf.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names, [GeneralName::IPAddress(&bytes)]);
    }
}

#[tokio::test]
async fn the_chain_ends_at_a_root_that_signs_leaves_alone() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let chain = shown(&agent, "api.good.test:443", "api.good.test").await;
    let pem = pem::parse_x509_pem(agent.authority.as_bytes()).unwrap().1;
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[1].as_ref(), pem.contents);
    let root = pem.parse_x509().unwrap();
    assert_eq!(root.subject().to_string(), "CN=OneCLI Gateway CA");
    assert_eq!(root.issuer(), root.subject());
    root.verify_signature(None).unwrap();
    let constraints = root.basic_constraints().unwrap().unwrap();
    assert!(constraints.critical && constraints.value.ca);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    let usage = root.key_usage().unwrap().unwrap();
    assert!(usage.critical && usage.value.key_cert_sign() && usage.value.crl_sign());
    assert!(!usage.value.digital_signature());
    subject_key_id(&root);
    let years =
        (root.validity().not_after.timestamp() - root.validity().not_before.timestamp()) / 86_400 / 365;
    assert_eq!(years, 10);
}

#[tokio::test]
async fn two_leaves_never_share_a_serial_number() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let mut serials = std::collections::HashSet::new();
    for host in ["a.good.test", "b.good.test", "c.good.test", "d.good.test"] {
        let chain = shown(&agent, &format!("{host}:443"), host).await;
        assert!(serials.insert(read(&chain[0]).raw_serial().to_vec()), "{host}");
        // The same host is shown the same certificate again.
        assert_eq!(shown(&agent, &format!("{host}:443"), host).await[0], chain[0]);
    }
}
