//! Certificates that the operator adds: authorities, and servers' own, for every host or for one; names are checked always.

use std::path::{Path, PathBuf};
use std::process::Command;

use onecli_domain::pattern::HostPattern;
use onecli_gateway::UpstreamCa;
use onecli_testkit::certificates::Certificates;
use onecli_testkit::{Gate, Upstream};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A certificate and its key as `openssl req -x509` makes them, with what is added to its defaults.
fn self_signed(folder: &Path, subject: &str, added: &[&str]) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject]);
    for extension in added {
        command.args(["-addext", extension]);
    }
    let made = command.arg("-keyout").arg(&key).arg("-out").arg(&certificate).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

async fn serve(certificate: &Path, key: &Path) -> Upstream {
    let read = |path| std::fs::read_to_string(path).unwrap();
    Upstream::tls_with(Certificates::from_pem(&read(certificate), &read(key), &["h2", "http/1.1"])).await
}

async fn gate(upstream: Upstream, trusted: Vec<UpstreamCa>) -> Gate {
    Gate::with(upstream, |config| config.upstream_ca = trusted).await
}

fn for_host(host: &str, path: &Path) -> UpstreamCa {
    UpstreamCa { host: Some(HostPattern::read(host).unwrap()), path: path.into() }
}

async fn check(gate: &Gate, host: &str, is_trusted: bool) {
    let agent = gate.agent().await;
    let reply = agent.get(&format!("https://{host}/x")).await;
    if is_trusted {
        assert_eq!(reply.text(), "hello", "{host}");
        // Connections of HTTP/1.1 alone are checked alike.
        let mut kept = agent.open(&format!("{host}:443")).await;
        let request = http::Request::get("/x").header("authorization", "Negotiate x");
        assert_eq!(kept.send(request.body(bytes::Bytes::new()).unwrap()).await.text(), "hello", "{host}");
    } else {
        assert_eq!(
            (&*reply.error(), &reply.json()["detail"]),
            ("upstream_unreachable", &"tls".into()),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_self_signed_server_certificate_is_trusted_as_it_is_and_its_name_is_checked() {
    let names = "subjectAltName=DNS:api.good.test,DNS:*.wild.test,IP:127.0.0.1";
    for added in [
        vec![names],
        vec![names, "basicConstraints=critical,CA:FALSE"],
        vec![names, "keyUsage=digitalSignature"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = self_signed(folder.path(), "/CN=other.test", &added);
        let trusting =
            gate(serve(&certificate, &key).await, vec![UpstreamCa::for_every_host(&certificate)]).await;
        check(&trusting, "api.good.test", true).await;
        check(&trusting, "a.wild.test", true).await;
        check(&trusting, "127.0.0.1", true).await;
        for host in ["other.test", "good.test", "x.api.good.test", "127.0.0.2"] {
            check(&trusting, host, false).await;
        }
        let other = gate(serve(&certificate, &key).await, vec![]).await;
        check(&other, "api.good.test", false).await;
        assert!(other.upstream.saw_nothing());
    }
}

#[tokio::test]
async fn a_certificate_that_names_its_host_only_as_its_subject_names_none() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = self_signed(folder.path(), "/CN=api.good.test", &[]);
    let gate = gate(serve(&certificate, &key).await, vec![UpstreamCa::for_every_host(&certificate)]).await;
    check(&gate, "api.good.test", false).await;
}

#[tokio::test]
async fn a_certificate_for_one_host_is_trusted_for_that_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let names = "subjectAltName=DNS:api.good.test,DNS:evil.test";
    let (certificate, key) = self_signed(folder.path(), "/CN=x", &[names]);
    let gate = gate(serve(&certificate, &key).await, vec![for_host("api.good.test", &certificate)]).await;
    for _ in 0..2 {
        check(&gate, "api.good.test", true).await;
        check(&gate, "evil.test", false).await;
    }
}

#[tokio::test]
async fn an_authority_for_some_hosts_is_trusted_for_those_alone() {
    let upstream = Upstream::tls().await;
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &upstream.authority).unwrap();
    let gate = gate(upstream, vec![for_host("*.good.test", &authority)]).await;
    check(&gate, "api.good.test", true).await;
    check(&gate, "evil.test", false).await;
}

#[tokio::test]
async fn a_certificate_of_another_time_is_refused_however_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key_file) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    for years in [(2001, 2002), (2201, 2202)] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["api.good.test".into()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        let gate =
            gate(serve(&certificate, &key_file).await, vec![UpstreamCa::for_every_host(&certificate)]).await;
        check(&gate, "api.good.test", false).await;
    }
}

#[tokio::test]
async fn a_server_s_own_certificate_vouches_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let server_key = KeyPair::generate().unwrap();
    let mut server = CertificateParams::new(vec!["api.good.test".into()]).unwrap();
    server.is_ca = IsCa::ExplicitNoCa;
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, server.self_signed(&server_key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(server, server_key);

    let (key, mut forged) =
        (KeyPair::generate().unwrap(), CertificateParams::new(vec!["evil.test".into()]).unwrap());
    forged.is_ca = IsCa::NoCa;
    let (certificate, key_file) = (folder.path().join("server.pem"), folder.path().join("server.key"));
    std::fs::write(&certificate, forged.signed_by(&key, &issuer).unwrap().pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    let gate = gate(serve(&certificate, &key_file).await, vec![UpstreamCa::for_every_host(&trusted)]).await;
    check(&gate, "evil.test", false).await;
}

#[tokio::test]
async fn an_authority_s_own_constraints_hold() {
    // What an authority may sign for is bounded by what it says of itself, and by its signature.
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let other = folder.path().join("other.pem");
    std::fs::write(&other, params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
    let gate = gate(Upstream::tls().await, vec![UpstreamCa::for_every_host(&other)]).await;
    check(&gate, "api.good.test", false).await;
}
