//! Scenarios: the requests sent and what is measured.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::bodies;
use crate::client::{Http1, Route, read_proxy, read_target, trust};
use crate::process::{Cpu, memory};
use crate::report::{Row, percentile};

/// What to measure, and how.
#[derive(clap::Args, Clone)]
pub(crate) struct Options {
    /// The proxy, `http://USER:TOKEN@HOST:PORT`; without it, connects directly.
    #[arg(long)]
    pub(crate) via: Option<String>,
    /// The upstream's URL in requests, `https://HOST:PORT`.
    #[arg(long, default_value = "https://bench.test")]
    pub(crate) target: String,
    /// The target's real `ADDRESS:PORT` for direct connections.
    #[arg(long, conflicts_with = "via")]
    pub(crate) at: Option<String>,
    /// Authority to trust (PEM): the proxy's if it ends TLS, otherwise the upstream's.
    #[arg(long, visible_alias = "gateway-ca")]
    pub(crate) authority: PathBuf,
    /// Processes whose CPU time and memory to measure.
    #[arg(long)]
    pub(crate) pid: Vec<u32>,
    /// Label of the rows.
    #[arg(long, default_value = "proxy")]
    pub(crate) label: String,
    /// Seconds for each scenario.
    #[arg(long, visible_alias = "duration", default_value_t = 5)]
    pub(crate) seconds: u64,
    /// Seconds of load before each measurement.
    #[arg(long, default_value_t = 1)]
    pub(crate) warmup: u64,
    /// Which scenarios; default: all.
    #[arg(long)]
    pub(crate) scenario: Vec<String>,
    /// Megabytes of large bodies.
    #[arg(long, default_value_t = 100)]
    pub(crate) megabytes: u64,
    /// File to write the results to, as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}

/// Runs the scenarios one after another.
pub(crate) async fn run(options: &Options) -> Result<Vec<Row>> {
    let authority = std::fs::read_to_string(&options.authority)?;
    let unknown = options.scenario.iter().find(|wanted| !SCENARIOS.contains(&wanted.as_str()));
    if let Some(unknown) = unknown {
        bail!("there is no scenario {unknown}; there are {}", SCENARIOS.join(", "));
    }
    let (host, port) = read_target(&options.target)?;
    let (address, tunnel) = match &options.via {
        Some(url) => read_proxy(url).map(|(address, tunnel)| (address, Some(tunnel)))?,
        None => (options.at.clone().unwrap_or_else(|| format!("{host}:{port}")), None),
    };
    let route = |resume, http2| {
        anyhow::Ok(Route {
            address: address.clone(),
            tunnel: tunnel.clone(),
            host: host.clone(),
            port,
            tls: trust(&authority, resume, http2)?,
        })
    };
    let mut rows = Vec::new();
    for name in SCENARIOS {
        if !options.scenario.is_empty() && !options.scenario.iter().any(|wanted| wanted == name) {
            continue;
        }
        eprintln!("{}: {name} …", options.label);
        let row = match *name {
            "keepalive-32" => kept_alive(options, name, route(true, false)?, 32).await,
            "keepalive-1" => kept_alive(options, name, route(true, false)?, 1).await,
            "connect-resumed" => connecting(options, name, route(true, false)?, 16, true).await,
            "connect-full" => connecting(options, name, route(false, false)?, 16, false).await,
            "h2-100" => http2(options, name, route(true, true)?, 100).await,
            "download" | "upload" => large(options, name, route(true, false)?).await,
            "events" => late(options, name, route(true, false)?).await,
            _ => tunnels(options, name, route(true, false)?, 1000).await,
        };
        rows.push(row.with_context(|| (*name).to_owned())?);
    }
    Ok(rows)
}

/// Counts responses and their latencies after a warm-up.
struct Meter {
    warm: Instant,
    end: Instant,
}

impl Meter {
    fn start(options: &Options) -> Self {
        let warm = Instant::now() + Duration::from_secs(options.warmup);
        Self { warm, end: warm + Duration::from_secs(options.seconds) }
    }

    /// Runs the workers until the end; returns the row.
    async fn run<F, W>(self, options: &Options, name: &str, count: usize, mut worker: F) -> Result<Row>
    where
        F: FnMut(Instant, Instant) -> W,
        W: Future<Output = Result<Vec<u64>>> + 'static,
    {
        let local = tokio::task::LocalSet::new();
        let workers: Vec<_> = (0..count).map(|_| local.spawn_local(worker(self.warm, self.end))).collect();
        let pids = options.pid.clone();
        let warm = self.warm;
        let before = local.spawn_local(async move {
            tokio::time::sleep_until(warm.into()).await;
            cpu(&pids)
        });
        local.await;
        let after = cpu(&options.pid)?;
        let before = before.await??;
        let mut latencies = Vec::new();
        for worker in workers {
            latencies.extend(worker.await??);
        }
        latencies.sort_unstable();
        let count = latencies.len() as u64;
        let mut row = row(options, name, &latencies)?;
        row.requests_per_second = count as f64 / options.seconds as f64;
        if !options.pid.is_empty() && count > 0 {
            row.cpu_micros_per_request = Some(taken(&before, &after) as f64 / 1000.0 / count as f64);
        }
        Ok(row)
    }
}

async fn kept_alive(options: &Options, name: &str, route: Route, connections: usize) -> Result<Row> {
    let head: Arc<[u8]> = head(&route).into();
    Meter::start(options)
        .run(options, name, connections, |warm, end| {
            let (route, head) = (route.clone(), Arc::clone(&head));
            async move {
                let mut connection = Http1::open(&route).await?;
                let mut latencies = Vec::new();
                loop {
                    let started = Instant::now();
                    connection.send(&head).await?;
                    expect(connection.receive().await?)?;
                    if !note(&mut latencies, started, warm, end) {
                        return Ok(latencies);
                    }
                }
            }
        })
        .await
}

async fn connecting(
    options: &Options,
    name: &str,
    route: Route,
    workers: usize,
    resume: bool,
) -> Result<Row> {
    let head: Arc<[u8]> = head(&route).into();
    let (opened, resumed) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(0_u64)));
    let mut row = Meter::start(options)
        .run(options, name, workers, |warm, end| {
            let (route, head) = (route.alone(resume), Arc::clone(&head));
            let (opened, resumed) = (Rc::clone(&opened), Rc::clone(&resumed));
            async move {
                let mut latencies = Vec::new();
                loop {
                    let started = Instant::now();
                    let mut connection = Http1::open(&route).await?;
                    opened.set(opened.get() + 1);
                    resumed.set(resumed.get() + u64::from(connection.is_resumed()));
                    connection.send(&head).await?;
                    expect(connection.receive().await?)?;
                    if !note(&mut latencies, started, warm, end) {
                        return Ok(latencies);
                    }
                }
            }
        })
        .await?;
    row.resumed = Some(resumed.get() as f64 / opened.get() as f64);
    Ok(row)
}

async fn http2(options: &Options, name: &str, route: Route, streams: usize) -> Result<Row> {
    let tls = route.open().await?;
    let (send, conn) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await?;
    let driving = tokio::spawn(conn);
    let url = format!("https://{}/1k", route.authority());
    let outcome = Meter::start(options)
        .run(options, name, streams, |warm, end| {
            let (mut send, url) = (send.clone(), url.clone());
            async move {
                let mut latencies = Vec::new();
                loop {
                    let started = Instant::now();
                    let response = send.send_request(Request::get(&url).body(Empty::<Bytes>::new())?).await?;
                    let status = response.status().as_u16();
                    let body = response.into_body().collect().await?.to_bytes();
                    expect((status, body.len() as u64))?;
                    if !note(&mut latencies, started, warm, end) {
                        return Ok(latencies);
                    }
                }
            }
        })
        .await;
    driving.abort();
    outcome
}

async fn large(options: &Options, name: &str, route: Route) -> Result<Row> {
    let bytes = options.megabytes * 1_000_000;
    let before = cpu(&options.pid)?;
    let seconds = if name == "upload" {
        bodies::upload(&route, bytes).await?
    } else {
        bodies::download(&route, bytes).await?
    };
    let mut row = row(options, &format!("{name}-{}M", options.megabytes), &[])?;
    row.requests = 1;
    row.megabytes_per_second = Some(options.megabytes as f64 / seconds);
    if !options.pid.is_empty() {
        row.cpu_micros_per_request = Some(taken(&before, &cpu(&options.pid)?) as f64 / 1000.0);
    }
    Ok(row)
}

async fn late(options: &Options, name: &str, route: Route) -> Result<Row> {
    let mut delays = bodies::events(&route, 200, 10).await?;
    delays.sort_unstable();
    row(options, name, &delays)
}

async fn tunnels(options: &Options, name: &str, route: Route, count: usize) -> Result<Row> {
    let head = head(&route);
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = Http1::open(&route).await?;
        connection.send(&head).await?;
        expect(connection.receive().await?)?;
        open.push(connection);
    }
    let row = row(options, name, &[]);
    drop(open);
    row
}

fn head(route: &Route) -> Vec<u8> {
    format!("GET /1k HTTP/1.1\r\nHost: {}\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n", route.authority())
        .into_bytes()
}

fn expect((status, length): (u16, u64)) -> Result<()> {
    if status == 200 && length == 1024 { Ok(()) } else { bail!("answered {status} with {length} bytes") }
}

/// Records a latency if the warm-up is over; returns whether to continue.
fn note(latencies: &mut Vec<u64>, started: Instant, warm: Instant, end: Instant) -> bool {
    let now = Instant::now();
    if started >= warm && now <= end {
        latencies.push(u64::try_from((now - started).as_nanos()).unwrap_or(u64::MAX));
    }
    now < end
}

fn cpu(pids: &[u32]) -> Result<Vec<Cpu>> {
    pids.iter().map(|pid| Cpu::read(*pid)).collect()
}

fn taken(before: &[Cpu], after: &[Cpu]) -> u64 {
    before.iter().zip(after).map(|(before, after)| after.since(before)).sum()
}

fn row(options: &Options, name: &str, sorted: &[u64]) -> Result<Row> {
    let mut row = Row {
        label: options.label.clone(),
        scenario: name.to_owned(),
        requests: sorted.len() as u64,
        p50_micros: percentile(sorted, 0.5),
        p90_micros: percentile(sorted, 0.9),
        p99_micros: percentile(sorted, 0.99),
        p999_micros: percentile(sorted, 0.999),
        ..Row::default()
    };
    if !options.pid.is_empty() {
        let (mut now, mut peak) = (0, 0);
        for pid in &options.pid {
            let (more, higher) = memory(*pid)?;
            now += more;
            peak += higher;
        }
        row.rss_mib = Some(now as f64 / 1024.0);
        row.peak_rss_mib = Some(peak as f64 / 1024.0);
    }
    Ok(row)
}

const SCENARIOS: &[&str] = &[
    "keepalive-32",
    "keepalive-1",
    "connect-resumed",
    "connect-full",
    "h2-100",
    "download",
    "upload",
    "events",
    "tunnels-1000",
];
