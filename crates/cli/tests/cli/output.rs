//! What is printed, and how parts of it are picked.

use serde_json::json;

use crate::fake::Fake;
use crate::onecli::Machine;

#[test]
fn a_list_is_a_plain_json_array_where_stdout_is_no_terminal() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([{"id": "1", "identifier": "scribe"}]));

    let ended = Machine::knowing(&fake.url).onecli(&["agents", "list"]).done();

    assert_eq!(ended.stdout, "[\n  {\n    \"id\": \"1\",\n    \"identifier\": \"scribe\"\n  }\n]\n");
    assert_eq!(ended.stderr, "");
}

#[test]
fn fields_quiet_and_max_pick_parts() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]));
    let machine = Machine::knowing(&fake.url);

    assert_eq!(
        machine.onecli(&["agents", "list", "--fields", "name"]).done().json(),
        json!([{"name": "a"}, {"name": "b"}])
    );
    assert_eq!(machine.onecli(&["agents", "list", "--quiet", "id"]).done().stdout, "1\n2\n");
    assert_eq!(machine.onecli(&["agents", "list", "--quiet", "id", "--max", "1"]).done().stdout, "1\n");
}

#[test]
fn a_dry_run_calls_nobody_and_hides_the_value() {
    let machine = Machine::knowing("http://127.0.0.1:1");

    let ended = machine
        .onecli(&[
            "secrets",
            "create",
            "--name",
            "x",
            "--type",
            "openai",
            "--value",
            "s3cret-value",
            "--dry-run",
        ])
        .done();

    let plan = ended.json();
    assert_eq!(plan["dry_run"], true);
    assert_eq!(
        plan["payload"],
        json!({"name": "x", "type": "openai", "hostPattern": "api.openai.com", "value": "***"})
    );
    assert!(!format!("{ended:?}").contains("s3cret-value"));
}

#[test]
fn the_version_and_completions_need_no_server() {
    let machine = Machine::new();

    assert_eq!(machine.onecli(&["version"]).done().json()["version"], env!("CARGO_PKG_VERSION"));
    assert!(machine.onecli(&["completions", "bash"]).done().stdout.contains("_onecli"));
}

#[test]
fn man_pages_are_written() {
    let machine = Machine::new();

    machine.onecli(&["man", "pages"]).done();

    assert!(machine.home().join("pages/onecli-run.1").exists());
}

#[test]
fn the_help_of_start_names_every_setting_with_its_environment() {
    let help = Machine::new().onecli(&["start", "--help"]).done().stdout;

    for word in
        ["--gateway-port", "ONECLI_GATEWAY_PORT, GATEWAY_PORT", "--connect-to", "RUST_LOG", "--no-auth"]
    {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    assert!(!help.contains("--encryption-key <"), "a key is no argument");
}
