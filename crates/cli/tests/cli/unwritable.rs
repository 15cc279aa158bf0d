//! Stderr and stdout that can't be written: nothing ends, no request fails, and no command panics.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::json;

use crate::fake::Fake;
use crate::onecli::Machine;
use crate::stand::Product;

/// Requests are served and recorded, a change is applied, and the server ends as it should.
fn serves(mut product: Product) {
    product.secret("api.good.test", "Bearer {value}");
    let agent = product.agent();
    product.runtime.block_on(async {
        // Far more log lines than a pipe, or the queue in front of it, takes.
        for _ in 0..60 {
            assert_eq!(agent.get("https://api.good.test/x").await.status, StatusCode::OK);
        }
    });
    let recorded = product.machine.onecli(&["activity", "list", "--max", "200"]).done().json();
    assert_eq!(recorded.as_array().unwrap().len(), 60);
    assert!(product.stop("TERM").success());
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

#[test]
fn a_log_on_a_full_disk_hurts_no_request() {
    for format in ["text", "json"] {
        serves(Product::start_with(&["--log-format", format], full().into()));
    }
}

#[test]
fn a_log_that_nobody_reads_any_more_hurts_no_request() {
    for format in ["text", "json"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        serves(Product::start_with(&["--log-format", format], writer.into()));
    }
}

#[test]
fn a_log_whose_reader_is_stuck_blocks_no_request() {
    for format in ["text", "json"] {
        let (_reader, writer) = std::io::pipe().unwrap();
        serves(Product::start_with(&["--log-format", format], writer.into()));
    }
}

#[test]
fn a_server_without_stderr_serves() {
    let machine = Machine::new();
    let mut command = machine.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" start --port 0 --gateway-port 0 --log-level trace 2>&-"]);
    shell.arg(command.get_program()).env_clear().current_dir(machine.home());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut server = shell.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut ready).unwrap();

    assert!(ready.contains("is ready"), "{ready}");
    machine.onecli(&["agents", "list"]).done();
    command.args(["agents", "create", "--name", "Scribe", "--identifier", "scribe"]);
    assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    terminate(&server);
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_server_whose_ready_line_can_not_be_written_says_so_and_serves() {
    let machine = Machine::new();
    let mut command = machine.command(&["start", "--port", "0", "--gateway-port", "0"]);
    let mut server = command.stdin(Stdio::null()).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(server.stderr.take().unwrap());
    // On a machine that allows few open files the log says that first.
    let told = stderr.by_ref().lines().map(Result::unwrap).find(|line| line.starts_with("warning:"));

    assert_eq!(told.as_deref(), Some("warning: can't write to stdout: no space left on device"));
    machine.onecli(&["agents", "list"]).done();
    terminate(&server);
    assert!(server.wait().unwrap().success());
}

#[test]
fn a_command_whose_reader_has_seen_enough_ends_quietly() {
    let fake = Fake::start();
    let many: Vec<_> = (0..2000).map(|id| json!({"id": id, "path": "/a/rather/long/path"})).collect();
    fake.on("GET /v1/activity", 200, &json!(many));
    fake.on("GET /v1/agents", 200, &json!(many));
    let machine = Machine::knowing(&fake.url);
    for args in [
        &["activity", "list", "--max", "2000"][..],
        &["activity", "tail", "--max", "2000"],
        &["activity", "tail", "-f", "--max", "2000"],
        &["agents", "list"],
        &["agents", "list", "--quiet", "id"],
        &["completions", "bash"],
        &["start", "--help"],
        &["config", "show"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = machine.command(args).stdin(Stdio::null()).stdout(writer).output().unwrap();

        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_full_disk_under_stdout_is_told() {
    let fake = Fake::start();
    fake.on("GET /v1/agents", 200, &json!([]));

    let output = Machine::knowing(&fake.url)
        .command(&["agents", "list"])
        .stdin(Stdio::null())
        .stdout(full())
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"error: can't write to stdout: no space left on device\n");
}

#[test]
fn a_failure_that_can_not_be_told_keeps_its_exit_code() {
    let status = Machine::new()
        .command(&["agents", "list"])
        .stdin(Stdio::null())
        .stdout(full())
        .stderr(full())
        .status()
        .unwrap();

    assert_eq!(status.code(), Some(3));
}

#[test]
fn log_lines_are_all_written_before_the_server_ends() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut product = Product::start_with(&["--log-format", "json"], writer.into());
    let read = std::thread::spawn(move || {
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        log
    });
    let stopping = Instant::now();

    assert!(product.stop("TERM").success());

    assert!(stopping.elapsed() < Duration::from_secs(20));
    let log = read.join().unwrap();
    let last = log.lines().last().unwrap();
    assert!(log.lines().any(|line| line.starts_with("stopping")), "{last}");
}

fn terminate(server: &std::process::Child) {
    assert!(Command::new("kill").arg(server.id().to_string()).status().unwrap().success());
}
