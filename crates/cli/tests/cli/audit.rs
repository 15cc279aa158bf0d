//! The audit log of the real server: listed, exported, checked offline, and found out where somebody tampers with it.

use serde_json::Value;

use crate::onecli::Machine;
use crate::stand::{Product, VALUE};

/// A server that somebody changed things on; its machine, and an export.
fn changed() -> (Product, std::path::PathBuf) {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    let machine = &product.machine;
    for name in ["one", "two", "three"] {
        machine.onecli(&["agents", "create", "--name", name, "--identifier", name]).done();
    }
    let file = machine.home().join("audit.jsonl");
    machine.onecli(&["audit", "export", "--output", file.to_str().unwrap()]).done();
    (product, file)
}

fn check(machine: &Machine, file: &std::path::Path, key: &str) -> (i32, String) {
    let ended = machine.onecli(&["audit", "verify", "--file", file.to_str().unwrap(), "--key", key]);
    (ended.code, ended.stderr)
}

#[test]
fn changes_are_listed_exported_and_checked_without_the_server() {
    let (product, file) = changed();
    let machine = &product.machine;

    let listed = machine.onecli(&["audit", "list", "--action", "agent.create"]).done().json();
    assert_eq!(listed[0]["target"]["name"], "three");
    assert_eq!((&listed[0]["by"]["kind"], &listed[0]["from"]), (&"api_key".into(), &"127.0.0.1".into()));
    let text = std::fs::read_to_string(&file).unwrap();
    let token = machine.onecli(&["agents", "get-default"]).done().json()["accessToken"].clone();
    assert!(!text.contains(VALUE) && !text.contains(token.as_str().unwrap()));

    let running = machine.onecli(&["audit", "verify"]).done().json();
    assert_eq!((&running["ok"], running["records"].as_u64().unwrap() > 4), (&Value::Bool(true), true));
    let key = machine.onecli(&["audit", "key"]).done().stdout.trim().to_owned();
    let elsewhere = Machine::new();
    assert_eq!(check(&elsewhere, &file, &key).0, 0);
    let other = "00".repeat(32);
    let (code, stderr) = check(&elsewhere, &file, &other);
    assert!(code == 1 && stderr.contains("which is not trusted"), "{stderr}");
    assert_eq!(elsewhere.onecli(&["audit", "verify", "--file", file.to_str().unwrap()]).code, 5);
}

#[test]
fn an_export_that_was_tampered_with_is_named() {
    let (product, file) = changed();
    let machine = &product.machine;
    let key = machine.onecli(&["audit", "key"]).done().stdout.trim().to_owned();
    let lines: Vec<String> = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
    let at = lines.iter().position(|line| line.contains("\"name\":\"two\"")).unwrap();
    let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["sequence"].clone();
    let number = number(&lines[at]);
    let tampered = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        std::fs::write(&file, lines.join("\n")).unwrap();
        let (code, stderr) = check(machine, &file, &key);
        assert_eq!(code, 1, "{stderr}");
        stderr
    };

    let edited = tampered(&|all| all[at] = all[at].replace("two", "2"));
    assert!(edited.contains(&format!("record {number} was edited")), "{edited}");
    let removed = tampered(&|all| drop(all.remove(at)));
    assert!(removed.contains(&format!("record {number} was removed")), "{removed}");
    let reordered = tampered(&|all| all.swap(at, at + 1));
    assert!(reordered.contains(&format!("record {number} was reordered")), "{reordered}");
    let cut = tampered(&|all| all.truncate(at));
    assert!(cut.contains(&format!("record {number} and all after it were removed")), "{cut}");
}

#[test]
fn the_chain_goes_on_after_a_stop_and_after_a_kill() {
    let (mut product, _) = changed();
    for signal in ["TERM", "KILL"] {
        product.restart_after(signal);
        product.machine.onecli(&["agents", "create", "--name", signal, "--identifier", "next"]).done();
        product.machine.onecli(&["agents", "delete", "--id", &next(&product.machine)]).done();
        let checked = product.machine.onecli(&["audit", "verify"]).done().json();
        assert_eq!(checked["ok"], true);
    }
}

fn next(machine: &Machine) -> String {
    let all = machine.onecli(&["agents", "list"]).done().json();
    let found = all.as_array().unwrap().iter().find(|agent| agent["identifier"] == "next").unwrap();
    found["id"].as_str().unwrap().to_owned()
}
