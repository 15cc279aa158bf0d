//! The load generator measures what it is pointed at: straight, and through a proxy.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can't be set up has failed"
)]

use std::path::PathBuf;
use std::process::{Output, Stdio};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

#[tokio::test]
async fn every_kind_of_request_goes_through_a_proxy_that_wants_basic_credentials() {
    let upstream = Upstream::start("proxied", &["--http2"]).await;
    let proxy = format!("http://x:token@{}", relay("Basic eDp0b2tlbg==").await);
    let names = ["keepalive-1", "connect-resumed", "connect-full", "h2-100", "download", "upload", "events"];

    let output = upstream.run(&["--via", &proxy], &names).await;

    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read(upstream.folder.join("rows.json")).unwrap();
    let rows: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), names.len());
    assert!(rows[0]["requests"].as_u64().unwrap() > 0);
    assert!(rows[1]["resumed"].as_f64().unwrap() > 0.8);
    assert_eq!(rows[2]["resumed"], 0.0);
}

#[tokio::test]
async fn a_proxy_that_refuses_ends_the_run_with_its_answer() {
    let upstream = Upstream::start("refused", &[]).await;
    let proxy = format!("http://x:wrong@{}", relay("Basic eDp0b2tlbg==").await);

    let output = upstream.run(&["--via", &proxy], &["keepalive-1"]).await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("407"), "{output:?}");
}

#[tokio::test]
async fn an_upstream_that_misses_the_injected_header_ends_the_run() {
    let upstream = Upstream::start("bare", &["--require", "Bearer bench-secret"]).await;

    let output = upstream.run(&[], &["keepalive-1"]).await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("answered 401"), "{output:?}");
}

struct Upstream {
    folder: PathBuf,
    port: String,
    _child: Child,
}

impl Upstream {
    async fn start(name: &str, more: &[&str]) -> Self {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let mut child = Command::new(PROGRAM)
            .args(["upstream", "--certificates"])
            .arg(&folder)
            .args(more)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let port = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
        Self { folder, port, _child: child }
    }

    async fn run(&self, way: &[&str], scenarios: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(["run", "--target", &format!("https://127.0.0.1:{}", self.port), "--warmup", "0"])
            .args(["--duration", "1", "--megabytes", "1", "--gateway-ca"])
            .arg(self.folder.join("ca.pem"))
            .arg("--json")
            .arg(self.folder.join("rows.json"))
            .args(way)
            .args(scenarios.iter().flat_map(|name| ["--scenario", name]))
            .output()
            .await
            .unwrap()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A blind proxy: opens tunnels for these credentials, and refuses all others.
async fn relay(credentials: &'static str) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((agent, _)) = listener.accept().await {
            tokio::spawn(tunnel(agent, credentials));
        }
    });
    address
}

async fn tunnel(mut agent: TcpStream, credentials: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(agent.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    if !head.contains(&format!("\r\nProxy-Authorization: {credentials}\r\n")) {
        return agent.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    }
    let mut upstream = TcpStream::connect(head.split(' ').nth(1).unwrap_or_default()).await?;
    upstream.set_nodelay(true)?;
    agent.set_nodelay(true)?;
    agent.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    tokio::io::copy_bidirectional(&mut agent, &mut upstream).await.map(drop)
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_onecli-load");
