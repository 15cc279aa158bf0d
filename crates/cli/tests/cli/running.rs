//! `run`: what the child finds in its environment, and what it leaves behind.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::fake::Fake;
use crate::onecli::Machine;

const CA: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn advising() -> Fake {
    let fake = Fake::start();
    let proxy = "http://x:aoc_secret@host.docker.internal:10255";
    fake.on(
        "GET /v1/container-config",
        200,
        &json!({
            "agent": {"id": "1", "name": "Scribe", "identifier": "scribe"},
            "env": {
                "HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "https_proxy": proxy, "http_proxy": proxy,
                "NODE_EXTRA_CA_CERTS": "/tmp/onecli-gateway-ca.pem", "NODE_USE_ENV_PROXY": "1",
                "GIT_TERMINAL_PROMPT": "0", "GITHUB_TOKEN": "onecli-placeholder",
            },
            "caCertificate": CA,
            "caCertificateContainerPath": "/tmp/onecli-gateway-ca.pem",
            "covers": [{
                "secretId": "2", "name": "GH", "hostPattern": "api.github.com",
                "env": ["GITHUB_TOKEN", "GH_TOKEN"], "placeholder": "onecli-placeholder",
            }],
            "warnings": ["mind the gap"],
        }),
    );
    fake
}

fn variable(stdout: &str, name: &str) -> Option<String> {
    stdout.lines().find_map(|line| line.strip_prefix(&format!("{name}=")).map(str::to_owned))
}

#[test]
fn the_child_goes_through_the_gateway_and_trusts_it() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url);

    let ended = machine.onecli(&["run", "--agent", "scribe", "--", "env"]).done();

    let of = |name| variable(&ended.stdout, name);
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        assert_eq!(of(name).as_deref(), Some("http://x:aoc_secret@127.0.0.1:10255"), "{name}");
    }
    assert_eq!(of("NO_PROXY").as_deref(), Some("localhost,127.0.0.1,::1"));
    assert_eq!(of("ONECLI_URL").as_deref(), Some(fake.url.as_str()));
    assert_eq!(of("ONECLI_AGENT_NAME").as_deref(), Some("Scribe"));
    let bundle = machine.data().join("ca-bundle.pem");
    for name in [
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "DENO_CERT",
        "AWS_CA_BUNDLE",
        "PIP_CERT",
        "CARGO_HTTP_CAINFO",
    ] {
        assert_eq!(of(name).as_deref(), bundle.to_str(), "{name}");
    }
    let text = std::fs::read_to_string(&bundle).unwrap();
    assert!(text.ends_with(CA));
    assert!(text.matches("BEGIN CERTIFICATE").count() > 10, "the system's roots are missing");
    assert_eq!(std::fs::metadata(&bundle).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(machine.data().join("gateway-ca.pem")).unwrap(), CA);
    assert_eq!(fake.asked(), ["GET /v1/container-config?agent=scribe"]);
    assert!(ended.stderr.contains("warning: mind the gap"));
}

#[test]
fn real_credentials_that_a_secret_covers_stay_outside() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url)
        .with("GITHUB_TOKEN", "ghp_real")
        .with("GH_TOKEN", "ghp_real")
        .with("OTHER_TOKEN", "kept")
        .with("SECRET_ENCRYPTION_KEY", "key")
        .with("ALL_PROXY", "socks5://elsewhere");

    let ended = machine.onecli(&["run", "--", "env"]).done();

    let of = |name| variable(&ended.stdout, name);
    assert_eq!(of("GITHUB_TOKEN").as_deref(), Some("onecli-placeholder"));
    for gone in ["GH_TOKEN", "ONECLI_API_KEY", "SECRET_ENCRYPTION_KEY", "ALL_PROXY"] {
        assert_eq!(of(gone), None, "{gone}");
    }
    assert_eq!(of("OTHER_TOKEN").as_deref(), Some("kept"));
    assert!(ended.stderr.contains("removed GITHUB_TOKEN from the environment"));
    assert!(ended.stderr.contains("removed GH_TOKEN from the environment"));
    assert!(!format!("{ended:?}").contains("ghp_real"));
}

#[test]
fn the_gateway_may_be_elsewhere() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url);

    let with_port = machine.onecli(&["run", "--gateway", "gate.test:1", "--", "env"]).done().stdout;
    let without = machine.onecli(&["run", "--gateway", "gate.test", "--", "env"]).done().stdout;

    assert_eq!(variable(&with_port, "https_proxy").as_deref(), Some("http://x:aoc_secret@gate.test:1"));
    assert_eq!(variable(&without, "https_proxy").as_deref(), Some("http://x:aoc_secret@gate.test:10255"));
}

#[test]
fn a_dry_run_shows_no_token_and_writes_nothing() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url);

    let ended = machine.onecli(&["run", "--dry-run", "--", "env"]).done();

    let plan = ended.json();
    assert_eq!(plan["payload"]["env"]["HTTPS_PROXY"], "http://x:***@127.0.0.1:10255");
    assert!(!ended.stdout.contains("aoc_"));
    assert!(!machine.data().exists());
}

#[test]
fn without_ca_the_variables_for_certificates_are_left_alone() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url).with("SSL_CERT_FILE", "/own.pem");

    let stdout = machine.onecli(&["run", "--no-ca", "--", "env"]).done().stdout;

    assert_eq!(variable(&stdout, "SSL_CERT_FILE").as_deref(), Some("/own.pem"));
    assert_eq!(variable(&stdout, "NODE_EXTRA_CA_CERTS"), None);
    assert!(!machine.data().join("ca-bundle.pem").exists());
}

#[test]
fn the_childs_exit_code_is_passed_on() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url);

    assert_eq!(machine.onecli(&["run", "--", "sh", "-c", "exit 42"]).code, 42);
    assert_eq!(machine.onecli(&["run", "--", "no-such-program"]).code, 127);
}

#[test]
fn the_childs_signal_is_passed_on() {
    use std::os::unix::process::ExitStatusExt;
    let fake = advising();
    let machine = Machine::knowing(&fake.url);

    let status = machine.command(&["run", "--", "sh", "-c", "kill -TERM $$"]).status().unwrap();

    assert_eq!(status.signal(), Some(15));
}

#[test]
fn the_child_is_this_very_process_and_has_its_stdin() {
    let fake = advising();

    let ended = Machine::knowing(&fake.url).onecli_fed(&["run", "--", "cat"], "hello").done();

    assert_eq!(ended.stdout, "hello");
}

#[test]
fn an_unknown_agent_is_not_found_and_the_remedy_is_told() {
    let fake = Fake::start();

    let ended = Machine::knowing(&fake.url).onecli(&["run", "--agent", "nobody", "--", "env"]);

    assert_eq!(ended.code, 5);
    assert!(ended.stderr.contains("onecli agents create"), "{}", ended.stderr);
}

#[test]
fn a_coding_agent_gets_the_skill() {
    let fake = advising();
    fake.on("GET /v1/skill/gateway", 200, &Value::String("use the gateway".into()));
    let machine = Machine::knowing(&fake.url);
    let programs = machine.home().join("bin");
    std::fs::create_dir(&programs).unwrap();
    let claude = programs.join("claude");
    std::fs::write(&claude, "#!/bin/sh\nexit 0\n").unwrap();
    std::fs::set_permissions(&claude, PermissionsExt::from_mode(0o755)).unwrap();

    machine.onecli(&["run", "--", claude.to_str().unwrap()]).done();

    let skill =
        std::fs::read_to_string(machine.home().join(".claude/skills/onecli-gateway/SKILL.md")).unwrap();
    assert_eq!(skill, "\"use the gateway\"");
    assert!(fake.asked().contains(&"GET /v1/skill/gateway?agent_framework=claude".to_owned()));
}

#[test]
fn node_does_not_read_the_proxy_itself_since_it_would_do_so_for_its_own_agents_alone() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url).with("NODE_USE_ENV_PROXY", "1");

    let stdout = machine.onecli(&["run", "--", "env"]).done().stdout;

    assert_eq!(variable(&stdout, "NODE_USE_ENV_PROXY"), None);
    assert!(variable(&stdout, "NODE_OPTIONS").unwrap().contains("node-preload.cjs"));
}

#[test]
fn node_options_of_a_person_stay() {
    let fake = advising();
    let machine = Machine::knowing(&fake.url).with("NODE_OPTIONS", "--no-warnings");

    let stdout = machine.onecli(&["run", "--", "env"]).done().stdout;

    let options = variable(&stdout, "NODE_OPTIONS").unwrap();
    let script = machine.data().join("node-preload.cjs");
    assert_eq!(options, format!("--no-warnings --require \"{}\"", script.display()));
    assert!(script.exists());
}
