//! Failures: messages on stderr and exit codes.

use serde_json::json;

use crate::fake::Fake;
use crate::onecli::Machine;

#[test]
fn without_a_server_the_message_says_what_to_do() {
    let ended = Machine::new().onecli(&["agents", "list"]);

    assert_eq!(ended.code, 3);
    assert_eq!(
        ended.stderr,
        "error: no server is running\n\
         hint: start one with `onecli start`, or set ONECLI_URL to use another machine's\n"
    );
}

#[test]
fn a_server_that_does_not_answer_is_unreachable() {
    let ended = Machine::knowing("http://127.0.0.1:1").onecli(&["agents", "list"]);

    assert_eq!(ended.code, 3);
    assert!(
        ended.stderr.starts_with("error: can't reach the server at http://127.0.0.1:1: connection refused\n")
    );
}

#[test]
fn a_stale_server_json_counts_as_no_server() {
    let machine = Machine::new();
    std::fs::create_dir(machine.data()).unwrap();
    let stale = json!({"pid": i32::MAX, "url": "http://127.0.0.1:1", "gateway": "http://127.0.0.1:2"});
    std::fs::write(machine.data().join("server.json"), stale.to_string()).unwrap();

    let ended = machine.onecli(&["agents", "list"]);

    assert_eq!(ended.code, 3);
    assert!(ended.stderr.contains("onecli start"), "{}", ended.stderr);
}

#[test]
fn each_refusal_of_the_server_has_its_exit_code() {
    let fake = Fake::start();
    let machine = Machine::knowing(&fake.url);
    for (status, code) in [(400, 1), (401, 4), (403, 4), (404, 5), (409, 1), (500, 1)] {
        fake.on("GET /v1/agents", status, &json!({"error": "no such luck", "code": "x"}));

        let ended = machine.onecli(&["agents", "list"]);

        assert_eq!(ended.code, code, "for {status}");
        assert!(ended.stderr.starts_with("error: no such luck\n"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
}

#[test]
fn an_older_servers_wrapped_error_is_understood() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 403, &json!({"error": {"message": "not you", "type": "x"}}));

    let ended = Machine::knowing(&fake.url).onecli(&["agents", "list"]);

    assert_eq!(ended.stderr, "error: not you\n");
}

#[test]
fn the_field_that_is_wrong_is_told() {
    let fake = Fake::start();
    fake.on("POST /v1/rules", 400, &json!({"error": "too wide", "code": "x", "field": "hostPattern"}));

    let ended = Machine::knowing(&fake.url).onecli(&[
        "rules",
        "create",
        "--name",
        "a",
        "--host-pattern",
        "*",
        "--action",
        "block",
    ]);

    assert_eq!(ended.stderr, "error: too wide\nhint: check the field `hostPattern`\n");
}

#[test]
fn another_kind_of_server_is_reported_as_such() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!("<html>"));

    let ended = Machine::knowing(&fake.url).onecli(&["agents", "list"]);

    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("is not a OneCLI server"), "{}", ended.stderr);
}

#[test]
fn an_id_that_changes_the_url_is_a_usage_error_without_a_call() {
    let fake = Fake::start();
    let machine = Machine::knowing(&fake.url);

    for id in ["../secrets", "a?b", "a#b", "a%2fb", "a b", ""] {
        assert_eq!(machine.onecli(&["rules", "delete", "--id", id]).code, 2, "{id}");
    }
    assert!(fake.calls().is_empty());
}

#[test]
fn an_unknown_name_is_not_found() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([]));

    let ended = Machine::knowing(&fake.url).onecli(&["agents", "get", "nobody"]);

    assert_eq!(ended.code, 5);
    assert_eq!(ended.stderr, "error: no agent named \"nobody\"\nhint: `onecli agents list` shows all\n");
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    assert_eq!(Machine::new().onecli(&["agents", "list", "--colour"]).code, 2);
}

#[test]
fn an_empty_value_is_a_usage_error() {
    let fake = Fake::start();

    let ended = Machine::knowing(&fake.url)
        .onecli_fed(&["secrets", "create", "--name", "a", "--type", "openai"], "\n");

    assert_eq!(ended.code, 2);
    assert!(ended.stderr.starts_with("error: the value is empty\n"));
}
