//! Approvals in the product whole: the published SDK, the command line, another gateway, a restart.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use http::Request;
use onecli_testkit::Reply;
use tokio::task::JoinHandle;

use crate::lasting::Database;
use crate::onecli::Machine;
use crate::stand::{Product, set_up};

fn hold(product: &Product) {
    let rule = ["rules", "create", "--name", "ask", "--action", "manual_approval", "--host-pattern", "*"];
    product.machine.onecli(&[&rule[..], &["--path-pattern", "/held/*"]].concat()).done();
}

fn ask(product: &Product, path: &str, body: &str) -> JoinHandle<Reply> {
    let agent = product.agent();
    let request = Request::post(format!("https://api.good.test{path}"))
        .header("content-type", "application/json")
        .body(body.to_owned().into())
        .unwrap();
    product.runtime.spawn(async move { agent.send(request).await })
}

fn status(product: &Product, asking: JoinHandle<Reply>) -> u16 {
    product.runtime.block_on(asking).unwrap().status.as_u16()
}

/// Follows what is held, from another process: each as a line of JSON.
fn next_held(product: &Product) -> serde_json::Value {
    let mut watch = product.machine.command(&["approvals", "watch"]);
    let mut child = watch.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    serde_json::from_str(&line).unwrap()
}

#[test]
fn the_published_sdk_approves_and_denies_real_held_requests() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    hold(&product);
    let key = std::fs::read_to_string(product.machine.data().join("credentials")).unwrap();
    let running: serde_json::Value =
        serde_json::from_slice(&std::fs::read(product.machine.data().join("server.json")).unwrap()).unwrap();
    let script = format!(
        r#"
import {{ OneCLI }} from "@onecli-sh/sdk";
const onecli = new OneCLI({{ apiKey: {key:?}, url: {url} }});
let left = 4;
const handle = onecli.configureManualApproval(async (request) => {{
  console.log(JSON.stringify([request.method, request.path, request.agent.externalId, request.bodyPreview, request.timeoutSeconds]));
  if (--left === 0) setTimeout(() => {{ handle.stop(); }}, 0);
  return request.bodyPreview.includes("good") ? "approve" : "deny";
}});
"#,
        key = key.trim(),
        url = running["url"],
    );
    let modules = PathBuf::from(set_up("ONECLI_TEST_NODE_MODULES"));
    let folder = product.machine.home().join("sdk");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    std::fs::write(folder.join("approve.mjs"), script).unwrap();
    let asking: Vec<_> = ["good 1", "bad 1"]
        .iter()
        .map(|note| ask(&product, &format!("/held/{}", note.len()), &format!("{{\"note\":\"{note}\"}}")))
        .collect();
    let node = Command::new("node")
        .arg("approve.mjs")
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let statuses: Vec<_> = asking.into_iter().map(|asking| status(&product, asking)).collect();
    assert_eq!(statuses, [200, 403]);
    // And such that come while it waits.
    let later =
        [ask(&product, "/held/a", "{\"note\":\"bad 2\"}"), ask(&product, "/held/b", "{\"note\":\"good 2\"}")];
    assert_eq!(later.map(|asking| status(&product, asking)), [403, 200]);
    let output = node.wait_with_output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout.lines().count(), 4, "{stdout} {}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains(r#"["POST","/held/a","default","{\"note\":\"bad 2\"}",300]"#), "{stdout}");
    let seen: Vec<_> = product.upstream.seen().iter().map(|seen| seen.body.clone()).collect();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|body| body.windows(4).any(|part| part == b"good")));
}

#[test]
fn requests_are_watched_approved_and_denied_on_the_command_line() {
    let product = Product::start();
    hold(&product);
    let asking = ask(&product, "/held/x", r#"{"to":"ann","password":"hidden"}"#);
    let held = next_held(&product);
    assert_eq!(held["summary"]["action"], "POST api.good.test/held/x");
    assert_eq!(held["summary"]["details"][1]["value"], "••••");
    let id = held["id"].as_str().unwrap();
    let listed = product.machine.onecli(&["approvals", "list", "--state", "pending"]).done().json();
    assert_eq!(listed[0]["id"], id);
    let approve = ["approvals", "approve", id, "--requests", "1", "--path-pattern", "/held/*"];
    product.machine.onecli(&approve).done();
    assert_eq!(status(&product, asking), 200);
    let again = product.machine.onecli(&["approvals", "deny", id]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stderr.contains("approved already"), "{again:?}");

    let grants = product.machine.onecli(&["grants", "list"]).done().json();
    assert_eq!(grants[0]["requestsLeft"], 1);
    let asking = ask(&product, "/held/y", "{}");
    assert_eq!(status(&product, asking), 200);
    assert_eq!(product.machine.onecli(&["grants", "list"]).done().json(), serde_json::json!([]));

    let asking = ask(&product, "/held/z", "{}");
    let id = next_held(&product)["id"].as_str().unwrap().to_owned();
    product.machine.onecli(&["approvals", "deny", &id, "--reason", "not now"]).done();
    let reply = product.runtime.block_on(asking).unwrap();
    assert!(reply.json()["message"].as_str().unwrap().contains("not now"));
    let shown = product.machine.onecli(&["approvals", "get", &id]).done().json();
    assert_eq!((&shown["state"], &shown["reason"]), (&"denied".into(), &"not now".into()));
    assert_eq!(
        product.machine.onecli(&["approvals", "deny", "0198c0de-0000-7000-8000-000000000001"]).code,
        5
    );
}

#[test]
fn a_request_held_at_one_gateway_is_decided_at_another() {
    let database = Database::new();
    let key = "5a".repeat(32);
    let machine = || Machine::new().with("DATABASE_URL", &database.url).with("SECRET_ENCRYPTION_KEY", &key);
    let (one, other) = (Product::start_on(machine()), Product::start_on(machine()));
    hold(&other);
    let asking = ask(&other, "/held/x", "{}");
    let id = next_held(&one)["id"].as_str().unwrap().to_owned();
    one.machine.onecli(&["approvals", "approve", &id]).done();
    assert_eq!(status(&other, asking), 200);
}

#[test]
fn a_held_request_outlives_a_kill_and_is_decided_meanwhile() {
    let mut product = Product::start();
    hold(&product);
    let body = "{\"amount\":1}";
    let asking = ask(&product, "/held/x", body);
    let id = next_held(&product)["id"].as_str().unwrap().to_owned();
    assert!(!product.restart_after("KILL").success());
    asking.abort();
    let shown = product.machine.onecli(&["approvals", "get", &id]).done().json();
    assert_eq!(shown["state"], "interrupted");
    product.machine.onecli(&["approvals", "approve", &id]).done();
    let again = ask(&product, "/held/x", body);
    assert_eq!(status(&product, again), 200);
    // Another body is another request, and so is the same one a second time.
    for body in ["{\"amount\":2}", body] {
        let asking = ask(&product, "/held/x", body);
        let next = next_held(&product)["id"].as_str().unwrap().to_owned();
        assert_ne!(next, id);
        product.machine.onecli(&["approvals", "deny", &next]).done();
        assert_eq!(status(&product, asking), 403);
    }
    assert_eq!(product.upstream.only().body, body);
}

#[test]
fn nothing_of_a_held_request_stands_in_the_clear() {
    let product = Product::start();
    hold(&product);
    let planted = "planted-in-a-held-body-0123456789";
    let url = format!("/held/x?note={planted}");
    let asking = ask(&product, &url, &format!("{{\"note\":\"{planted}\"}}"));
    let id = next_held(&product)["id"].as_str().unwrap().to_owned();
    product.machine.onecli(&["approvals", "approve", &id]).done();
    assert_eq!(status(&product, asking), 200);
    let mut places: Vec<_> =
        std::fs::read_dir(product.machine.data()).unwrap().map(|entry| entry.unwrap().path()).collect();
    places.push(product.machine.home().join("log"));
    for place in places {
        let bytes = std::fs::read(&place).unwrap_or_default();
        let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
        assert!(!found, "{} holds what was in a held request", place.display());
    }
}
