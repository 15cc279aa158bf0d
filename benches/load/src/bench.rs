//! The whole comparison in one run: gateway, direct connection, and optionally nginx.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::report::Row;
use crate::scenarios::{self, Options};
use crate::upstream::HOST;

/// Measures everything.
pub(crate) async fn run(onecli: &Path, each: Duration, nginx: bool, megabytes: u64) -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let certificates = folder.0.join("certificates");
    let upstream = Upstream::start(&certificates, Some("Bearer bench-secret")).await?;
    let open = Upstream::start(&folder.0.join("open"), None).await?;
    let data = folder.0.join("data");
    let gateway = start(onecli, &data, &certificates.join("ca.pem"), upstream.port).await?;
    let server: Value = serde_json::from_slice(&std::fs::read(data.join("server.json"))?)?;
    let token = configure(&server, &data).await?;
    let pid = gateway.id().context("the gateway has ended")?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (idle, _) = crate::process::memory(pid)?;
    let mut rows = vec![Row {
        label: "onecli".into(),
        scenario: "idle".into(),
        rss_mib: Some(idle as f64 / 1024.0),
        ..Row::default()
    }];
    let options = |label: &str, via, at, authority: PathBuf, pid: Vec<u32>| Options {
        via,
        at,
        target: format!("https://{HOST}"),
        authority,
        pid,
        label: label.into(),
        warmup: 1,
        seconds: each.as_secs().max(1),
        scenario: Vec::new(),
        megabytes,
        json: None,
    };
    let via = format!("http://x:{token}@{}", text(&server, "gateway").trim_start_matches("http://"));
    rows.extend(scenarios::run(&options("onecli", Some(via), None, data.join("ca.pem"), vec![pid])).await?);
    let straight = format!("127.0.0.1:{}", open.port);
    let mut direct = options("direct", None, Some(straight), folder.0.join("open/ca.pem"), vec![]);
    direct.scenario =
        ["keepalive-32", "keepalive-1", "connect-resumed", "download", "upload"].map(str::to_owned).to_vec();
    rows.extend(scenarios::run(&direct).await?);
    if nginx {
        let peer = Nginx::start(&folder.0, &certificates, upstream.port).await?;
        let at = format!("127.0.0.1:{}", peer.port);
        let mut limit = options("nginx", None, Some(at), certificates.join("ca.pem"), peer.pids()?);
        limit.scenario = direct.scenario.clone();
        limit.scenario.push("connect-full".into());
        rows.extend(scenarios::run(&limit).await?);
    }
    compare(&mut rows);
    Ok(rows)
}

/// Sets how much the gateway adds to the median latency of a direct connection.
fn compare(rows: &mut [Row]) {
    let is_single = |row: &Row| row.scenario == "keepalive-1";
    let straight = rows.iter().find(|row| row.label == "direct" && is_single(row)).map(|row| row.p50_micros);
    for row in rows.iter_mut().filter(|row| row.label != "direct" && is_single(row)) {
        row.added_p50_micros = straight.map(|straight| row.p50_micros - straight);
    }
}

/// Stores the secret that the upstream requires, and rules for other hosts; returns the agent's token.
async fn configure(server: &Value, data: &Path) -> Result<String> {
    let key = std::fs::read_to_string(data.join("credentials"))?;
    let api = text(server, "url").trim_start_matches("http://").to_owned();
    let call = |method: &'static str, path: &'static str, body: Value| {
        call(api.clone(), key.trim().to_owned(), method, path, body)
    };
    let secret = json!({ "name": "bench", "type": "generic", "value": "bench-secret", "hostPattern": HOST,
        "injectionConfig": { "headerName": "authorization", "valueFormat": "Bearer {value}" } });
    call("POST", "/v1/secrets", secret).await?;
    for number in 0..200 {
        let host = if number < 5 { HOST.to_owned() } else { format!("host-{number}.test") };
        let rule = json!({ "name": format!("rule {number}"), "hostPattern": host, "action": "block",
            "pathPattern": format!("/blocked/{number}/*") });
        call("POST", "/v1/rules", rule).await?;
    }
    let agent = call("GET", "/v1/agents/default", Value::Null).await?;
    Ok(text(&agent, "accessToken"))
}

async fn call(api: String, key: String, method: &str, path: &str, body: Value) -> Result<Value> {
    let tcp = TcpStream::connect(&api).await?;
    let (mut send, conn) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await?;
    tokio::spawn(conn);
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", &api)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Full::new(body))?;
    let response = send.send_request(request).await?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        bail!("{method} {path}: {status} {}", String::from_utf8_lossy(&bytes));
    }
    Ok(serde_json::from_slice(&bytes)?)
}

async fn start(onecli: &Path, data: &Path, ca: &Path, upstream: u16) -> Result<Child> {
    let mut child = Command::new(onecli)
        .arg("start")
        .args(["--port", "0", "--gateway-port", "0", "--log-level", "warn"])
        .arg("--data-dir")
        .arg(data)
        .arg("--upstream-ca")
        .arg(ca)
        .args(["--connect-to", &format!("{HOST}:443:127.0.0.1:{upstream}")])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{}", onecli.display()))?;
    first_line(&mut child).await?;
    Ok(child)
}

async fn first_line(child: &mut Child) -> Result<String> {
    let stdout = child.stdout.take().context("no output")?;
    let line = BufReader::new(stdout).lines().next_line().await?;
    line.context("the process ended before it was ready")
}

struct Upstream {
    port: u16,
    _child: Child,
}

impl Upstream {
    async fn start(certificates: &Path, require: Option<&str>) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("upstream").arg("--certificates").arg(certificates);
        if let Some(require) = require {
            command.args(["--require", require]);
        }
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let port = first_line(&mut child).await?.trim().parse()?;
        Ok(Self { port, _child: child })
    }
}

struct Nginx {
    port: u16,
    child: Child,
}

impl Nginx {
    async fn start(folder: &Path, certificates: &Path, upstream: u16) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = format!(
            "daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 0; proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k; client_body_buffer_size 64k; proxy_request_buffering off;
  client_body_temp_path {folder}/n1; proxy_temp_path {folder}/n2; fastcgi_temp_path {folder}/n3; uwsgi_temp_path {folder}/n4; scgi_temp_path {folder}/n5;
  ssl_protocols TLSv1.3; proxy_ssl_protocols TLSv1.3; ssl_session_cache shared:S:10m; ssl_certificate {c}/leaf.pem; ssl_certificate_key {c}/leaf.key; keepalive_requests 10000000;
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 10000000; }}
  server {{ listen 127.0.0.1:{port} ssl;
    location / {{ proxy_pass https://u; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host;
      proxy_set_header Authorization 'Bearer bench-secret'; proxy_ssl_session_reuse on; proxy_ssl_server_name on; proxy_ssl_name {HOST}; }} }}
}}",
            folder = folder.display(),
            c = certificates.display(),
        );
        let path = folder.join("nginx.conf");
        std::fs::write(&path, settings)?;
        let child = Command::new("nginx").arg("-c").arg(&path).kill_on_drop(true).spawn();
        let child =
            child.context("nginx can't be started; install it (Debian: apt-get install nginx-light)")?;
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(Self { port, child });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "nginx does not answer: {}",
            std::fs::read_to_string(folder.join("nginx.log")).unwrap_or_default()
        )
    }

    /// The worker processes: the master does nothing.
    fn pids(&self) -> Result<Vec<u32>> {
        let master = self.child.id().context("nginx has ended")?;
        let children = std::fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        Ok(children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
    }
}

impl Drop for Nginx {
    /// Killing the master would leave its workers running; SIGTERM stops them too.
    fn drop(&mut self) {
        let Some(master) = self.child.id() else { return };
        // Fails if it has ended already.
        let _ = std::process::Command::new("kill").arg(master.to_string()).status();
        while let Ok(None) = self.child.try_wait() {
            std::thread::yield_now();
        }
    }
}

/// A temporary folder, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("onecli-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Failing to remove it does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
