//! What lasts: records through a stop and a kill, changes from the very next request and on the other gateway.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use http::StatusCode;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::onecli::Machine;
use crate::stand::{Product, set_up};

fn ask(product: &Product, paths: impl Iterator<Item = String>) {
    let agent = product.agent();
    product.runtime.block_on(async {
        for path in paths {
            let reply = agent.get(&format!("https://api.good.test{path}")).await;
            assert_eq!(reply.status, StatusCode::OK);
        }
    });
}

fn recorded(product: &Product) -> Vec<String> {
    let listed = product.machine.onecli(&["activity", "list", "--max", "200"]).done().json();
    let rows = listed.as_array().unwrap().iter();
    let mut paths: Vec<_> = rows.map(|row| row["path"].as_str().unwrap().to_owned()).collect();
    paths.sort();
    paths
}

#[test]
fn a_server_that_is_told_to_stop_has_recorded_everything() {
    let mut product = Product::start();
    ask(&product, (10..50).map(|number| format!("/{number}")));
    assert!(product.restart_after("TERM").success());
    assert_eq!(recorded(&product), (10..50).map(|number| format!("/{number}")).collect::<Vec<_>>());
}

#[test]
fn what_was_written_survives_a_kill() {
    let mut product = Product::start();
    let mut tail = Tail::of(&product);
    ask(&product, (10..50).map(|number| format!("/{number}")));
    // The writer puts them down by itself within a moment, and tells whoever follows.
    tail.until("/49");
    assert!(!product.restart_after("KILL").success());
    assert_eq!(recorded(&product), (10..50).map(|number| format!("/{number}")).collect::<Vec<_>>());
}

#[test]
fn a_change_holds_from_the_next_request_within_an_open_tunnel() {
    let product = Product::start();
    let agent = product.agent();
    let mut tunnel = product.runtime.block_on(agent.open("api.good.test:443"));
    let mut ask = || product.runtime.block_on(tunnel.get("/x")).status;
    assert_eq!(ask(), StatusCode::OK);
    let rule = ["rules", "create", "--name", "stop", "--action", "block", "--host-pattern", "api.good.test"];
    let id = product.machine.onecli(&rule).done().json()["id"].as_str().unwrap().to_owned();
    assert_eq!(ask(), StatusCode::FORBIDDEN);
    product.machine.onecli(&["rules", "delete", &id]).done();
    assert_eq!(ask(), StatusCode::OK);
    product.machine.onecli(&["agents", "regenerate-token", "default"]).done();
    assert_eq!(ask(), StatusCode::PROXY_AUTHENTICATION_REQUIRED);
}

#[test]
fn a_change_holds_on_the_other_gateway_within_a_second() {
    let database = Database::new();
    let key = "5a".repeat(32);
    let machine = || Machine::new().with("DATABASE_URL", &database.url).with("SECRET_ENCRYPTION_KEY", &key);
    let (one, other) = (Product::start_on(machine()), Product::start_on(machine()));
    let agent = other.agent();
    let status = || other.runtime.block_on(agent.get("https://api.good.test/x")).status;
    assert_eq!(status(), StatusCode::OK);
    let rule = ["rules", "create", "--name", "stop", "--action", "block", "--host-pattern", "api.good.test"];
    one.machine.onecli(&rule).done();
    let changed = Instant::now();
    while status() != StatusCode::FORBIDDEN {
        assert!(changed.elapsed() < PATIENCE, "the other gateway never learnt of the rule");
    }
    one.machine.onecli(&["agents", "regenerate-token", "default"]).done();
    let changed = Instant::now();
    let plain = format!(
        "GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {}\r\n\r\n",
        agent.proxy_authorization()
    );
    while !other.runtime.block_on(agent.raw_plain(plain.as_bytes())).starts_with("HTTP/1.1 407") {
        assert!(changed.elapsed() < PATIENCE, "the other gateway never learnt of the new token");
    }
}

#[test]
fn a_kill_between_requests_neither_grants_nor_loses_quota() {
    let mut product = Product::start();
    let rule =
        ["rules", "create", "--name", "five", "--action", "rate_limit", "--host-pattern", "api.good.test"];
    product
        .machine
        .onecli(&[&rule[..], &["--rate-limit", "5", "--rate-limit-window", "day"]].concat())
        .done();
    let status = |product: &Product| {
        let agent = product.agent();
        product.runtime.block_on(agent.get("https://api.good.test/x")).status.as_u16()
    };
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(status(&product));
        assert!(!product.restart_after("KILL").success());
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
}

/// Follows the activity from another process.
struct Tail {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Tail {
    fn of(product: &Product) -> Self {
        let mut command = product.machine.command(&["activity", "tail", "--follow"]);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn until(&mut self, text: &str) {
        assert!(self.lines.any(|line| line.unwrap().contains(text)), "the stream ended before {text}");
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `PostgreSQL` database of the test's own.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
}

impl Database {
    pub(crate) fn new() -> Self {
        let name = format!("onecli_cli_{}", hex::encode(std::process::id().to_be_bytes()));
        administer(&format!("CREATE DATABASE {name}"));
        let server = set_up("ONECLI_TEST_POSTGRES_URL");
        let (base, query) = server.split_once('?').unwrap_or((&server, ""));
        let (base, _) = base.rsplit_once('/').unwrap();
        Self { url: format!("{base}/{name}?{query}"), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn administer(statement: &str) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = PgConnection::connect(&set_up("ONECLI_TEST_POSTGRES_URL")).await.unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Far more than it takes: the promise of a second is what the benches are for.
const PATIENCE: Duration = Duration::from_secs(20);
