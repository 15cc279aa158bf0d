//! The real server, from start to stop.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::onecli::Machine;

struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    ready: String,
}

impl Server {
    fn start(machine: &Machine) -> Self {
        let mut command = machine.command(&["start", "--port", "0", "--gateway-port", "0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        Self { child, stdout, ready }
    }

    fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[test]
fn the_ready_line_has_both_addresses_and_the_sign_in_link() {
    let machine = Machine::new();
    let server = Server::start(&machine);

    let running: Value =
        serde_json::from_slice(&std::fs::read(machine.data().join("server.json")).unwrap()).unwrap();
    for part in [running["url"].as_str().unwrap(), running["gateway"].as_str().unwrap(), "/sign-in?token="] {
        assert!(server.ready.contains(part), "{part} is missing: {}", server.ready);
    }
    assert_eq!(running["pid"], server.child.id());
}

#[test]
fn a_stopped_server_leaves_no_server_json_and_ends_well() {
    let machine = Machine::new();
    let server = Server::start(&machine);
    assert!(machine.data().join("server.json").exists());

    server.signal("TERM");
    let (code, last, _) = server_ended(server);

    assert_eq!(code, Some(0));
    assert_eq!(last, "");
    assert!(!machine.data().join("server.json").exists());
    assert_eq!(machine.onecli(&["agents", "list"]).code, 3);
}

/// Its exit code, what it printed last, and what it told.
fn server_ended(mut server: Server) -> (Option<i32>, String, String) {
    let (mut last, mut told) = (String::new(), String::new());
    server.stdout.read_to_string(&mut last).unwrap();
    server.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    (server.child.wait().unwrap().code(), last, told)
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let machine = Machine::new();
    let _server = Server::start(&machine);

    let ended = machine.onecli(&["start", "--port", "0", "--gateway-port", "0"]);

    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("a server is already using"), "{}", ended.stderr);
}

#[test]
fn the_commands_find_the_running_server_and_its_key() {
    let machine = Machine::new();
    let _server = Server::start(&machine);

    let agents = machine.onecli(&["agents", "list"]).done().json();

    assert_eq!(agents[0]["identifier"], "default");
}

#[test]
fn a_lost_credentials_file_is_made_anew() {
    let machine = Machine::new();
    let server = Server::start(&machine);
    server.signal("TERM");
    server_ended(server);
    std::fs::remove_file(machine.data().join("credentials")).unwrap();

    let _server = Server::start(&machine);

    machine.onecli(&["agents", "list"]).done();
}

#[test]
fn run_starts_a_server_where_none_answers() {
    let machine = Machine::new().with("ONECLI_PORT", "0").with("ONECLI_GATEWAY_PORT", "0");

    let ended = machine.onecli(&["run", "--start", "--", "env"]).done();

    let running: Value =
        serde_json::from_slice(&std::fs::read(machine.data().join("server.json")).unwrap()).unwrap();
    let gateway = running["gateway"].as_str().unwrap().trim_start_matches("http://");
    Command::new("kill").arg(running["pid"].to_string()).status().unwrap();
    assert!(ended.stdout.contains(&format!("@{gateway}\n")), "{}", ended.stdout);
}

#[test]
fn the_server_can_not_be_dumped() {
    let machine = Machine::new();
    let server = Server::start(&machine);

    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.child.id()));

    // Whoever may not even read the limits sees that the process is not dumpable.
    if let Ok(limits) = limits {
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    }
}

#[test]
fn the_api_answers_under_its_own_names_and_those_that_are_allowed() {
    let machine = Machine::new().with("ONECLI_ALLOWED_HOSTS", "gate.test,other.test");
    let _server = Server::start(&machine);
    let running: Value =
        serde_json::from_slice(&std::fs::read(machine.data().join("server.json")).unwrap()).unwrap();
    let port = running["url"].as_str().unwrap().rsplit_once(':').unwrap().1;
    let health = |host: &str| {
        let url = format!("http://127.0.0.1:{port}/v1/health");
        let header = format!("Host: {host}:{port}");
        let output = Command::new("curl").args(["-sS", "-H", &header, &url]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };

    assert!(health("gate.test").contains("\"ok\""));
    assert!(health("OTHER.test").contains("\"ok\""));
    let refused = health("evil.test");
    assert!(refused.contains("host_not_allowed") && refused.contains("--allowed-host"), "{refused}");
}
