//! What the commands ask of the server.

use serde_json::{Value, json};

use crate::fake::Fake;
use crate::onecli::Machine;

const ID: &str = "0198c0de-0000-7000-8000-000000000001";

#[test]
fn the_key_and_the_project_go_along() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([]));

    Machine::knowing(&fake.url).with("ONECLI_PROJECT_ID", "p1").onecli(&["agents", "list"]).done();

    let call = &fake.calls()[0];
    assert_eq!(call.key.as_deref(), Some("Bearer oc_test"));
    assert_eq!(call.project.as_deref(), Some("p1"));
}

#[test]
fn the_older_name_of_the_servers_address_is_known() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([]));

    Machine::new().with("ONECLI_API_HOST", &fake.url).onecli(&["agents", "list"]).done();

    assert_eq!(fake.calls()[0].key, None);
}

#[test]
fn the_api_host_is_kept_and_told() {
    let machine = Machine::new();

    machine.onecli(&["config", "set", "api-host", "https://one.test/"]).done();

    let told = machine.onecli(&["config", "get", "api-host"]).done().json();
    assert_eq!(told, json!({"key": "api-host", "value": "https://one.test"}));
}

#[test]
fn the_local_key_does_not_go_to_another_machine() {
    let machine = Machine::new().with("ONECLI_URL", "http://192.0.2.1:1");
    std::fs::create_dir(machine.data()).unwrap();
    std::fs::write(machine.data().join("credentials"), "oc_local\n").unwrap();
    let fake = Fake::start();
    fake.on("GET /v1/user", 200, &json!({"email": "a@b.test", "name": null}));

    let local = Machine::new().with("ONECLI_URL", &fake.url);
    std::fs::create_dir(local.data()).unwrap();
    std::fs::write(local.data().join("credentials"), "oc_local\n").unwrap();
    local.onecli(&["auth", "status"]).done();

    assert_eq!(fake.calls()[0].key.as_deref(), Some("Bearer oc_local"));
}

#[test]
fn a_login_is_kept_for_its_server() {
    let fake = Fake::start();
    fake.on("GET /v1/user", 200, &json!({"email": "a@b.test", "name": "A"}));
    let machine = Machine::new().with("ONECLI_URL", &fake.url);

    let said = machine.onecli_fed(&["auth", "login"], "oc_mine\n").done().json();
    machine.onecli(&["auth", "status"]).done();
    machine.onecli(&["auth", "logout"]).done();
    machine.onecli(&["auth", "status"]).done();

    assert_eq!(said, json!({"status": "authenticated", "email": "a@b.test", "name": "A"}));
    let keys: Vec<_> = fake.calls().into_iter().map(|call| call.key).collect();
    assert_eq!(keys, [Some("Bearer oc_mine".to_owned()), Some("Bearer oc_mine".to_owned()), None]);
}

#[test]
fn a_secrets_value_comes_from_stdin_or_a_file() {
    let fake = Fake::start();
    fake.on("POST /v1/secrets", 201, &json!({"id": ID, "name": "GH"}));
    let machine = Machine::knowing(&fake.url);
    let file = machine.home().join("value");
    std::fs::write(&file, "from-file\n").unwrap();
    let base = ["secrets", "create", "--name", "GH", "--host-pattern", "api.github.com"];

    machine.onecli_fed(&[&base[..], &["--header-name", "authorization"]].concat(), "from-stdin\n").done();
    machine.onecli(&[&base[..], &["--value-file", "value", "--param-name", "key"]].concat()).done();
    let told = machine.onecli(&[&base[..], &["--value", "from-argument"]].concat()).done();

    let bodies: Vec<Value> = fake.calls().into_iter().map(|call| call.body).collect();
    assert_eq!(bodies[0]["value"], "from-stdin");
    assert_eq!(bodies[0]["injectionConfig"], json!({"headerName": "authorization"}));
    assert_eq!(bodies[1]["value"], "from-file");
    assert_eq!(bodies[1]["injectionConfig"], json!({"paramName": "key"}));
    assert_eq!(bodies[2]["value"], "from-argument");
    assert!(
        told.stderr.contains("warning: other processes on this machine can see --value"),
        "{}",
        told.stderr
    );
}

#[test]
fn setting_an_agents_secrets_makes_it_selective() {
    let fake = Fake::start();
    fake.on(&format!("PUT /v1/agents/{ID}/secrets"), 200, &json!({"success": true}));
    fake.on(&format!("PATCH /v1/agents/{ID}/secret-mode"), 200, &json!({"success": true}));

    Machine::knowing(&fake.url).onecli(&["agents", "set-secrets", "--id", ID, "--secret-ids", "a,b"]).done();

    let calls = fake.calls();
    assert_eq!(calls[0].body, json!({"secretIds": ["a", "b"]}));
    assert_eq!(calls[1].body, json!({"mode": "selective"}));
}

#[test]
fn a_thing_is_found_by_its_name_too() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([{"id": ID, "identifier": "scribe", "name": "S"}]));
    fake.on(&format!("DELETE /v1/agents/{ID}"), 204, &Value::Null);

    let said = Machine::knowing(&fake.url).onecli(&["agents", "delete", "scribe"]).done().json();

    assert_eq!(said, json!({"status": "deleted", "id": ID}));
}

#[test]
fn a_rule_is_asked_about_without_sending() {
    let fake = Fake::start();
    fake.on("POST /v1/rules/test", 200, &json!({"verdict": "block"}));

    let args = ["rules", "test", "POST", "https://a.test/x", "--header", "x-a: 1"];
    let verdict = Machine::knowing(&fake.url).onecli(&args).done().json();

    assert_eq!(verdict["verdict"], "block");
    assert_eq!(
        fake.calls()[0].body,
        json!({"method": "POST", "url": "https://a.test/x", "headers": {"x-a": "1"}})
    );
}

#[test]
fn a_disabled_rule_stays() {
    let fake = Fake::start();
    fake.on(&format!("PATCH /v1/rules/{ID}"), 200, &json!({"id": ID, "success": true}));

    Machine::knowing(&fake.url).onecli(&["rules", "disable", ID]).done();

    assert_eq!(fake.calls()[0].body, json!({"enabled": false}));
}

#[test]
fn activity_is_filtered_by_the_server() {
    let fake = Fake::start();
    fake.on("GET /v1/activity", 200, &json!([]));

    Machine::knowing(&fake.url).onecli(&["activity", "list", "--host", "a.test", "--max", "7"]).done();

    assert_eq!(fake.asked(), ["GET /v1/activity?host=a.test&limit=7"]);
}

#[test]
fn fields_of_a_json_argument_are_sent_along() {
    let fake = Fake::start();
    fake.on("POST /v1/agents", 201, &json!({"id": ID}));

    let args = ["agents", "create", "--name", "A", "--identifier", "a", "--json", r#"{"extra":1}"#];
    Machine::knowing(&fake.url).onecli(&args).done();

    assert_eq!(fake.calls()[0].body, json!({"extra": 1, "name": "A", "identifier": "a"}));
}

#[test]
fn the_keys_are_rotated() {
    let fake = Fake::start();
    fake.on("POST /v1/keys/rotate", 200, &json!({"currentVersion": 2}));

    assert_eq!(Machine::knowing(&fake.url).onecli(&["keys", "rotate"]).done().json()["currentVersion"], 2);
}

#[test]
fn a_key_for_a_well_known_service_goes_where_the_server_says() {
    let fake = Fake::start();
    let injection = json!({"headerName": "authorization", "valueFormat": "Bearer {value}"});
    let github = json!({"id": "github", "name": "GitHub", "type": "generic", "hostPattern": "api.github.com",
        "injectionConfig": injection, "keysUrl": "https://github.com/settings/tokens", "env": []});
    fake.on("GET /v1/services", 200, &json!([github]));
    fake.on("POST /v1/secrets", 201, &json!({"id": ID}));
    let machine = Machine::knowing(&fake.url);

    machine.onecli_fed(&["secrets", "create", "--service", "GitHub"], "ghp_1\n").done();
    let named = ["secrets", "create", "--service", "github", "--name", "Ours", "--path-pattern", "/repos/*"];
    machine.onecli_fed(&named, "ghp_2\n").done();

    let calls = fake.calls();
    let mut plain = json!({"name": "GitHub", "type": "generic", "hostPattern": "api.github.com",
        "injectionConfig": injection, "value": "ghp_1"});
    assert_eq!(calls[1].body, plain);
    plain["name"] = "Ours".into();
    plain["pathPattern"] = "/repos/*".into();
    plain["value"] = "ghp_2".into();
    assert_eq!(calls[3].body, plain);
    let unknown = machine.onecli(&["secrets", "create", "--service", "gitlub"]);
    assert_eq!(unknown.code, 5);
    assert!(unknown.stderr.contains("onecli services"), "{}", unknown.stderr);
    assert_ne!(machine.onecli(&["secrets", "create"]).code, 0);
}

#[test]
fn a_rule_names_one_method_or_several() {
    let create = ["rules", "create", "--name", "r", "--host-pattern", "a.test", "--action", "block"];
    for (given, field, value) in [
        (&["--method", "GET"][..], "method", json!("GET")),
        (&["--method", "*"], "method", json!("*")),
        (&["--method", "GET", "--method", "POST"], "methods", json!(["GET", "POST"])),
        (&["--methods", "GET,POST"], "methods", json!(["GET", "POST"])),
    ] {
        let fake = Fake::start();
        fake.on("POST /v1/rules", 201, &json!({"id": ID}));
        Machine::knowing(&fake.url).onecli(&[&create[..], given].concat()).done();
        let sent = &fake.calls()[0].body;
        assert_eq!(sent[field], value, "{given:?}");
        let other = if field == "method" { "methods" } else { "method" };
        assert_eq!(sent.get(other), None, "{given:?}");
    }
}

#[test]
fn a_project_can_be_set_to_ask() {
    let fake = Fake::start();
    fake.on("GET /v1/projects", 200, &json!([{"id": ID, "name": "Default", "isDefault": true}]));
    fake.on(&format!("PUT /v1/projects/{ID}/policy-mode"), 200, &json!({"mode": "ask"}));
    Machine::knowing(&fake.url).onecli(&["projects", "policy-mode", "set", "ask"]).done();
    assert_eq!(fake.calls()[1].body, json!({"mode": "ask"}));
}

#[test]
fn settings_change_only_what_is_given_and_zero_means_no_bound() {
    let fake = Fake::start();
    fake.on("PUT /v1/settings", 200, &json!({"activityDays": 90}));
    let machine = Machine::knowing(&fake.url);

    machine.onecli(&["settings", "set", "--activity-max-bytes", "5368709120"]).done();
    machine.onecli(&["settings", "set", "--activity-days", "0", "--activity-max-bytes", "0"]).done();
    machine.onecli(&["settings", "set", "--approval-days", "7"]).done();

    let bodies: Vec<_> = fake.calls().into_iter().map(|call| call.body).collect();
    let expected = [
        json!({"activityMaxBytes": 5_368_709_120_u64}),
        json!({"activityDays": null, "activityMaxBytes": null}),
        json!({"approvalDays": 7}),
    ];
    assert_eq!(bodies, expected);
    assert_ne!(machine.onecli(&["settings", "set"]).code, 0);
    assert_ne!(machine.onecli(&["settings", "set", "--activity-max-bytes", "1 GiB"]).code, 0);
}
