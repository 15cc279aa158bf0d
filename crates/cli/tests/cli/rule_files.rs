//! Rules as files: written, read back, tried on what agents did.

use crate::stand::Product;

const RULES: &str = r#"
# Comments are for people.
[[rule]]
name = "No large refunds"
action = "block"
host = "api.good.test"
path = "/v1/refunds"
methods = ["POST", "PUT"]
conditions = [{ target = "body_json", key = "/amount", operator = "greater_than", value = 100 }]

[[rule]]
name = "A few"
action = "rate_limit"
host = "*.good.test"
limit = 10
window = "minute"
agent = "default"

[[rule]]
name = "Ask first"
action = "manual_approval"
host = "*"
approval_timeout = 60
enabled = false
"#;

fn import(product: &Product, text: &str, more: &[&str]) -> serde_json::Value {
    let file = product.machine.home().join("policy.toml");
    std::fs::write(&file, text).unwrap();
    product.machine.onecli(&[&["rules", "import", "policy.toml"], more].concat()).done().json()
}

fn names(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect()
}

#[test]
fn a_file_of_rules_is_taken_up_and_written_as_it_was() {
    let product = Product::start();
    let plan = import(&product, RULES, &["--dry-run"]);
    assert_eq!(names(&plan["created"]), ["No large refunds", "A few", "Ask first"]);
    assert_eq!(product.machine.onecli(&["rules", "list"]).done().json(), serde_json::json!([]));
    import(&product, RULES, &[]);
    let written = product.machine.onecli(&["rules", "export"]).done().stdout;
    let plan = import(&product, &written, &[]);
    assert_eq!(plan["unchanged"], 3, "{written}");
    assert_eq!(product.machine.onecli(&["rules", "export"]).done().stdout, written);
    for line in [
        "agent = \"default\"",
        "limit = 10",
        "enabled = false",
        "approval_timeout = 60",
        "methods = [\"POST\", \"PUT\"]",
    ] {
        assert!(written.contains(line), "{written}");
    }
}

#[test]
fn a_change_is_shown_before_it_is_made_and_what_is_missing_stays_unless_asked() {
    let product = Product::start();
    import(&product, RULES, &[]);
    let changed = RULES.replace("limit = 10", "limit = 5").replace("name = \"Ask first\"", "name = \"Ask\"");
    let plan = import(&product, &changed, &["--dry-run"]);
    assert_eq!(plan["updated"][0]["before"]["rateLimit"], 10);
    assert_eq!(plan["updated"][0]["after"]["rateLimit"], 5);
    assert_eq!((names(&plan["created"]), names(&plan["kept"])), (vec!["Ask"], vec!["Ask first"]));
    let plan = import(&product, &changed, &["--prune"]);
    assert_eq!((names(&plan["deleted"]), names(&plan["kept"])), (vec!["Ask first"], vec![]));
    let listed = product.machine.onecli(&["rules", "list"]).done().json();
    assert_eq!(names(&listed), ["No large refunds", "A few", "Ask"]);
}

#[test]
fn a_bad_file_says_where_and_changes_nothing() {
    let product = Product::start();
    for (text, said) in [
        ("[[rule]]\nname = 1", "line 2"),
        ("[[rules]]\n", "rules"),
        (&RULES.replace("limit = 10", "limit = 0"), "rule 2"),
        (&RULES.replace("agent = \"default\"", "agent = \"nobody\""), "nobody"),
        (&RULES.replace("\"body_json\"", "\"moon\""), "moon"),
    ] {
        let file = product.machine.home().join("policy.toml");
        std::fs::write(&file, text).unwrap();
        let ended = product.machine.onecli(&["rules", "import", "policy.toml"]);
        assert_ne!(ended.code, 0);
        assert!(ended.stderr.contains(said), "{said}: {ended:?}");
    }
    assert_eq!(product.machine.onecli(&["rules", "list"]).done().json(), serde_json::json!([]));
    assert_eq!(product.machine.onecli(&["rules", "import", "nowhere.toml"]).code, 1);
}

#[test]
fn a_file_is_tried_on_what_agents_did() {
    let product = Product::start();
    let agent = product.agent();
    product.runtime.block_on(async {
        for path in ["/v1/a", "/v1/a", "/v1/refunds", "/v1/b?token=1"] {
            assert_eq!(agent.get(&format!("https://api.good.test{path}")).await.status, 200);
        }
        let post =
            http::Request::post("https://api.good.test/v1/refunds").body("{\"amount\":5}".into()).unwrap();
        assert_eq!(agent.send(post).await.status, 200);
    });
    let file = product.machine.home().join("policy.toml");
    let text = r#"
[[rule]]
name = "no a"
action = "block"
host = "api.good.test"
path = "/v1/a"

[[rule]]
name = "no large refunds"
action = "block"
host = "api.good.test"
path = "/v1/refunds"
conditions = [{ target = "body_json", key = "/amount", operator = "greater_than", value = 100 }]

[[rule]]
name = "no such token"
action = "block"
host = "api.good.test"
conditions = [{ target = "query", key = "token", operator = "equals", value = "2" }]
"#;
    std::fs::write(&file, text).unwrap();
    let replay = product.machine.onecli(&["rules", "replay", "policy.toml", "--days", "1"]).done().json();
    let count = |name: &str| replay[name].as_u64().unwrap();
    // A GET without a body has no amount; what the POST said, and the token's value, nobody recorded.
    assert_eq!(
        (count("requests"), count("unchanged"), count("changed"), count("unknown")),
        (5, 1, 2, 2),
        "{replay}"
    );
    let tallies: Vec<_> = replay["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["name"].as_str().unwrap(), rule["matched"].as_u64(), rule["unknown"].as_u64()))
        .collect();
    assert_eq!(
        tallies,
        [
            ("no a", Some(2), Some(0)),
            ("no large refunds", Some(0), Some(1)),
            ("no such token", Some(0), Some(1))
        ]
    );
    let changed: Vec<_> = replay["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["path"], one["before"], one["after"]))
        .collect();
    assert_eq!(
        changed.iter().filter(|text| text.contains("\"/v1/a\" \"allow\" \"block\"")).count(),
        2,
        "{changed:?}"
    );
    assert!(changed.iter().any(|text| text.contains("\"/v1/refunds\" \"allow\" \"unknown\"")), "{changed:?}");
    assert_eq!(product.machine.onecli(&["rules", "list"]).done().json(), serde_json::json!([]));
}
