//! Large bodies and events: throughput, and the delay of events.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::client::{Http1, Route};
use crate::process::now_nanos;

/// Downloads `bytes` bytes; returns the seconds it took.
pub(crate) async fn download(route: &Route, bytes: u64) -> Result<f64> {
    let mut connection = Http1::open(route).await?;
    let started = Instant::now();
    connection
        .send(format!("GET /bytes/{bytes} HTTP/1.1\r\nHost: {}\r\n\r\n", route.authority()).as_bytes())
        .await?;
    let (status, length) = connection.receive().await?;
    if status != 200 || length != bytes {
        bail!("the download was answered {status} with {length} bytes");
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Uploads `bytes` bytes; returns the seconds it took.
pub(crate) async fn upload(route: &Route, bytes: u64) -> Result<f64> {
    let mut connection = Http1::open(route).await?;
    let started = Instant::now();
    let head =
        format!("POST /sink HTTP/1.1\r\nHost: {}\r\nContent-Length: {bytes}\r\n\r\n", route.authority());
    connection.send(head.as_bytes()).await?;
    connection.send_body(bytes).await?;
    let (status, _) = connection.receive().await?;
    if status != 200 {
        bail!("the upload was answered {status}");
    }
    Ok(started.elapsed().as_secs_f64())
}

/// Reads events, and returns the delay of each in nanoseconds.
pub(crate) async fn events(route: &Route, count: u64, every_millis: u64) -> Result<Vec<u64>> {
    let mut connection = Http1::open(route).await?;
    let head = format!("GET /events/{count}/{every_millis} HTTP/1.1\r\nHost: {}\r\n\r\n", route.authority());
    connection.send(head.as_bytes()).await?;
    let mut delays = Vec::new();
    let mut text = String::new();
    while (delays.len() as u64) < count {
        let piece = connection.read_some().await?;
        let now = now_nanos();
        if piece.is_empty() {
            bail!("the events ended after {}", delays.len());
        }
        text.push_str(&String::from_utf8_lossy(piece));
        while let Some((event, rest)) = text.split_once("\n\n") {
            if let Some(sent) =
                event.rsplit_once("data: ").and_then(|(_, sent)| sent.trim().parse::<u64>().ok())
            {
                delays.push(now.saturating_sub(sent));
            }
            text = rest.to_owned();
        }
    }
    Ok(delays)
}
