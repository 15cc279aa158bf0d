//! Memory of a gateway in a process of its own, while its agents leave responses unread, and afterwards.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use onecli_gateway::UpstreamCa;
use onecli_testkit::agent::Kept;
use onecli_testkit::{Agent, Gate, Script, Upstream};

const AUTHORITY: &str = "api.good.test:443";
const UPSTREAM: &str = "ONECLI_TEST_UPSTREAM";

/// A gateway in a process of its own, ended with the test.
struct Alone {
    child: Child,
    agent: Agent,
}

impl Alone {
    fn before(upstream: &Upstream) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, &upstream.authority).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "memory::a_gateway_alone", "--ignored", "--nocapture"])
            .env(UPSTREAM, format!("{} {}", upstream.address, ca.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut told = lines.skip_while(|line| line != "begin").skip(1).take_while(|line| line != "end");
        let (token, gateway) = (told.next().unwrap(), told.next().unwrap().parse().unwrap());
        let agent = Agent { token, gateway, authority: told.collect::<Vec<_>>().join("\n") };
        Self { child, agent }
    }

    /// Resident memory in KiB.
    fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// What is resident once that has settled.
    async fn settled(&self) -> usize {
        let mut before = self.memory();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.memory();
            if now.abs_diff(before) < 256 {
                return now;
            }
            before = now;
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process that the tests here start: no test by itself.
#[tokio::test]
#[ignore = "runs within a process of its own"]
#[expect(clippy::disallowed_methods, reason = "told by the test that starts the process")]
async fn a_gateway_alone() {
    let Ok(told) = std::env::var(UPSTREAM) else { return };
    let (address, ca) = told.split_once(' ').unwrap();
    let address: std::net::SocketAddr = address.parse().unwrap();
    let gate = Gate::with(Upstream::plain().await, |config| {
        config.connect_to[0].to_port = Some(address.port());
        config.upstream_ca = vec![UpstreamCa::for_every_host(ca)];
    })
    .await;
    let agent = gate.agent().await;
    println!("begin\n{}\n{}\n{}\nend", agent.token, agent.gateway, agent.authority.trim());
    std::io::stdout().flush().unwrap();
    // Until the test ends it.
    std::future::pending::<()>().await;
}

async fn unread(upstream: Upstream, agent_http2: bool, streams: usize, tunnels: usize) {
    let piece = Bytes::from(vec![b'x'; 16 * 1024]);
    upstream.answer(move |seen| {
        Response::new(if seen.path == "/big" {
            Script::repeated(&piece, 4096)
        } else {
            Script::whole("small")
        })
    });
    let alone = Alone::before(&upstream);
    let mut all = Vec::new();
    for _ in 0..tunnels {
        let tls = alone
            .agent
            .tls(AUTHORITY, "api.good.test", if agent_http2 { &["h2"] } else { &["http/1.1"] })
            .await;
        let mut kept = if agent_http2 {
            Kept::http2_with_window(tls, AUTHORITY, 16 * 1024).await
        } else {
            Agent::within(tls, AUTHORITY).await
        };
        assert_eq!(kept.get("/small").await.text(), "small");
        all.push(kept);
    }
    let before = alone.settled().await;
    let mut held = Vec::new();
    for kept in &mut all {
        for _ in 0..streams / tunnels {
            held.push(kept.begin(Request::get("/big").body(Script::whole("")).unwrap()).await);
        }
    }
    let during = alone.settled().await;
    drop((held, all));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = alone.settled().await;
    let each = (during - before) / streams;
    assert!(each <= 128, "{each} KiB for each unread response ({before} KiB before, {during} during)");
    assert!(after.saturating_sub(before) <= 16 * 1024, "{before} KiB before, {after} after");
}

#[tokio::test]
async fn responses_unread_over_http2_take_up_little_and_give_it_back() {
    unread(Upstream::tls().await, true, 400, 4).await;
}

#[tokio::test]
async fn responses_unread_over_http1_take_up_little_and_give_it_back() {
    unread(Upstream::tls_http1().await, false, 200, 200).await;
}

#[tokio::test]
async fn responses_unread_over_http1_from_http2_take_up_little_and_give_it_back() {
    unread(Upstream::tls().await, false, 200, 200).await;
}

#[tokio::test]
async fn closed_tunnels_give_back_what_they_took() {
    let upstream = Upstream::tls().await;
    let alone = Alone::before(&upstream);
    assert_eq!(alone.agent.get("https://api.good.test/x").await.text(), "hello");
    let before = alone.settled().await;
    let mut open = Vec::new();
    for _ in 0..1000 {
        let mut kept = alone.agent.open(AUTHORITY).await;
        assert_eq!(kept.get("/x").await.text(), "hello");
        open.push(kept);
    }
    let during = alone.settled().await;
    drop(open);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = alone.settled().await;
    assert!(
        after.saturating_sub(before) <= (during - before) / 4,
        "{before} KiB before, {during} during, {after} after"
    );
}
