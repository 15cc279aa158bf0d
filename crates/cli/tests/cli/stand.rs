//! A machine with a running server, and an upstream that asks for a credential: what most tests of the whole need.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};

use onecli_testkit::{Agent, Peers, Upstream};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::onecli::{Ended, Machine};

/// The value of every secret.
pub(crate) const VALUE: &str = "s3cret-value-0123456789";

/// A machine with a running server, and an upstream behind `api.good.test` and `git.good.test`.
pub(crate) struct Product {
    pub(crate) machine: Machine,
    pub(crate) upstream: Upstream,
    pub(crate) runtime: Runtime,
    server: Child,
}

impl Product {
    pub(crate) fn start() -> Self {
        Self::start_on(Machine::new())
    }

    /// On a machine with an environment, or data, of its own.
    pub(crate) fn start_on(machine: Machine) -> Self {
        let runtime = Runtime::new().unwrap();
        let upstream = runtime.block_on(Upstream::tls());
        let server = serve(&machine, &upstream, &[], log(&machine));
        Self { machine, upstream, runtime, server }
    }

    /// One with further arguments that logs to where the test says.
    pub(crate) fn start_with(args: &[&str], stderr: Stdio) -> Self {
        let (machine, runtime) = (Machine::new(), Runtime::new().unwrap());
        let upstream = runtime.block_on(Upstream::tls());
        let server = serve(&machine, &upstream, args, stderr);
        Self { machine, upstream, runtime, server }
    }

    /// One whose upstream is behind every host.
    pub(crate) fn start_everywhere() -> Self {
        let (machine, runtime) = (Machine::new(), Runtime::new().unwrap());
        let upstream = runtime.block_on(Upstream::tls());
        let everywhere = format!("::127.0.0.1:{}", upstream.address.port());
        let server = serve(&machine, &upstream, &["--connect-to", &everywhere], log(&machine));
        Self { machine, upstream, runtime, server }
    }

    /// One whose upstream the test answers by hand.
    pub(crate) fn start_by_hand() -> (Self, Peers) {
        let (machine, runtime) = (Machine::new(), Runtime::new().unwrap());
        let (upstream, peers) = runtime.block_on(Upstream::by_hand());
        let server = serve(&machine, &upstream, &[], log(&machine));
        (Self { machine, upstream, runtime, server }, peers)
    }

    pub(crate) fn secret(&self, host: &str, format: &str) {
        let args = ["secrets", "create", "--name", host, "--type", "generic", "--host-pattern", host];
        let rest = ["--header-name", "Authorization", "--value-format", format];
        self.machine.onecli_fed(&[&args[..], &rest[..]].concat(), VALUE).done();
    }

    /// Runs a program behind the gateway.
    pub(crate) fn run(&self, program: &[&str]) -> Ended {
        self.machine.onecli(&[&["run", "--"], program].concat())
    }

    /// The default agent, as a program of the test's own.
    pub(crate) fn agent(&self) -> Agent {
        let default = self.machine.onecli(&["agents", "get-default"]).done().json();
        let token = default["accessToken"].as_str().unwrap().to_owned();
        let running: Value =
            serde_json::from_slice(&std::fs::read(self.machine.data().join("server.json")).unwrap()).unwrap();
        let gateway = running["gateway"].as_str().unwrap().trim_start_matches("http://").parse().unwrap();
        let authority = std::fs::read_to_string(self.machine.data().join("ca.pem")).unwrap();
        Agent { token, gateway, authority }
    }

    /// The last request that the upstream saw carried the secret, and the agent's answer came back.
    #[track_caller]
    pub(crate) fn assert_authenticated(&self, ended: &Ended) {
        assert_eq!((ended.code, ended.stdout.trim()), (0, "hello"), "{ended:?}");
        let seen = self.upstream.seen();
        let last = seen.last().unwrap();
        assert_eq!(last.header("authorization"), Some(format!("Bearer {VALUE}").as_str()));
    }

    /// Ends the server by a signal, and starts it again on the same data.
    pub(crate) fn restart_after(&mut self, signal: &str) -> ExitStatus {
        let ended = self.stop(signal);
        self.server = serve(&self.machine, &self.upstream, &[], log(&self.machine));
        ended
    }

    /// Ends the server by a signal.
    pub(crate) fn stop(&mut self, signal: &str) -> ExitStatus {
        let kill = ["kill".to_owned(), format!("-{signal}"), self.server.id().to_string()];
        assert!(std::process::Command::new(&kill[0]).args(&kill[1..]).status().unwrap().success());
        self.server.wait().unwrap()
    }
}

fn log(machine: &Machine) -> Stdio {
    std::fs::File::options().create(true).append(true).open(machine.home().join("log")).unwrap().into()
}

fn serve(machine: &Machine, upstream: &Upstream, args: &[&str], stderr: Stdio) -> Child {
    let ca = machine.home().join("upstream.pem");
    std::fs::write(&ca, &upstream.authority).unwrap();
    let connect_to = |host: &str| format!("{host}:443:127.0.0.1:{}", upstream.address.port());
    let (api, git) = (connect_to("api.good.test"), connect_to("git.good.test"));
    let mut server = machine
        .command(&["start", "--port", "0", "--gateway-port", "0", "--log-level", "trace"])
        .args(["--upstream-ca", ca.to_str().unwrap(), "--connect-to", &api, "--connect-to", &git])
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let log = || std::fs::read_to_string(machine.home().join("log")).unwrap_or_default();
    assert!(ready.contains("is ready"), "{}", log());
    server
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What the test command set up; without it these tests can't say anything.
#[allow(clippy::disallowed_methods, reason = "tests are told where their clients are")]
pub(crate) fn set_up(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}
