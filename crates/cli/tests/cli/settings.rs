//! Settings: where they come from, and that all that is wrong is told at once.

use std::net::TcpListener;

use serde_json::Value;

use crate::onecli::Machine;

fn shown(machine: &Machine, args: &[&str]) -> Vec<(String, String, String)> {
    let rows = machine.onecli(&[&["config", "show"], args].concat()).done().json();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (text(row, "setting"), text(row, "value"), text(row, "source"))).collect()
}

fn of(rows: &[(String, String, String)], setting: &str) -> (String, String) {
    rows.iter().find(|row| row.0 == setting).map(|row| (row.1.clone(), row.2.clone())).unwrap()
}

#[test]
fn flags_win_over_the_environment_that_over_the_file_that_over_defaults() {
    let machine = Machine::new().with("PORT", "2").with("GATEWAY_PORT", "2");
    std::fs::create_dir(machine.data()).unwrap();
    std::fs::write(machine.data().join("onecli.toml"), "port = 3\ngateway-port = 3\nmax-tunnels = 3")
        .unwrap();

    let rows = shown(&machine, &["--port", "1"]);

    assert_eq!(of(&rows, "port"), ("1".into(), "--port".into()));
    assert_eq!(of(&rows, "gateway-port"), ("2".into(), "GATEWAY_PORT".into()));
    assert_eq!(of(&rows, "max-tunnels"), ("3".into(), "onecli.toml, `max-tunnels`".into()));
    assert_eq!(of(&rows, "max-requests"), ("20000".into(), "default".into()));
}

#[test]
fn no_secret_setting_is_shown() {
    let machine = Machine::new()
        .with("SECRET_ENCRYPTION_KEY", "s3cret-key")
        .with("DATABASE_URL", "postgres://me:s3cret-word@db.test/x")
        .with("ONECLI_UPSTREAM_PROXY", "socks5://me:s3cret-word@proxy.test:1080");

    let ended = machine.onecli(&["config", "show", "--json"]).done();

    assert!(!ended.stdout.contains("s3cret"), "{}", ended.stdout);
    assert!(ended.stdout.contains("socks5://me:********@proxy.test:1080"), "{}", ended.stdout);
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_is_made() {
    let machine = Machine::new().with("PORT", "x").with("ONECLI_ALLOW_DESTINATIONS", "10.0.0.0/40");

    let ended = machine.onecli(&["start", "--connect-to", "a.test"]);

    assert_eq!(ended.code, 2);
    assert_eq!(
        ended.stderr,
        "error: PORT: `x` is not a port (0 to 65535)\n\
         error: --connect-to: `a.test` is not HOST:PORT:ADDR:PORT (write IPv6 addresses in brackets)\n\
         error: ONECLI_ALLOW_DESTINATIONS: `10.0.0.0/40` is not an address range such as 10.0.0.0/8\n\
         hint: `onecli config show` shows where each setting comes from\n"
    );
    assert!(!machine.data().exists());
}

#[test]
fn an_unknown_key_in_the_file_is_told_with_the_nearest_name() {
    let machine = Machine::new();
    std::fs::create_dir(machine.data()).unwrap();
    std::fs::write(machine.data().join("onecli.toml"), "gatewayport = 3").unwrap();

    let ended = machine.onecli(&["start"]);

    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("`gatewayport` is not a setting; did you mean `gateway-port`?"),
        "{}",
        ended.stderr
    );
}

#[test]
fn sign_in_can_not_be_off_where_others_reach_the_api() {
    let ended = Machine::new().onecli(&["start", "--no-auth", "--bind", "0.0.0.0"]);

    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("loopback"), "{}", ended.stderr);
}

#[test]
fn a_port_in_use_is_told_with_the_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let ended = Machine::new().onecli(&["start", "--port", &port, "--gateway-port", "0"]);

    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.stderr,
        format!(
            "error: the API can't listen on 127.0.0.1:{port}: another program uses that port\n\
             hint: stop that program, or choose another port with --port (0 picks a free one)\n"
        )
    );
}

#[test]
fn a_key_file_that_is_not_there_is_told_and_not_made() {
    let machine = Machine::new().with("SECRET_ENCRYPTION_KEY_FILE", "nowhere.key");

    let ended = machine.onecli(&["start", "--port", "0", "--gateway-port", "0"]);

    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("nowhere.key doesn't exist"), "{}", ended.stderr);
    assert!(!machine.home().join("nowhere.key").exists());
}
