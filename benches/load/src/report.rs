//! Results, as a table and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

/// The result of one scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Row {
    /// What was measured: `onecli`, `direct`, `nginx`.
    pub(crate) label: String,
    pub(crate) scenario: String,
    /// Number of responses.
    pub(crate) requests: u64,
    pub(crate) requests_per_second: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p90_micros: f64,
    pub(crate) p99_micros: f64,
    pub(crate) p999_micros: f64,
    /// Median latency minus that of a direct connection to the upstream, in the same run.
    pub(crate) added_p50_micros: Option<f64>,
    /// Share of handshakes that resumed a session.
    pub(crate) resumed: Option<f64>,
    /// CPU time of the measured process.
    pub(crate) cpu_micros_per_request: Option<f64>,
    pub(crate) megabytes_per_second: Option<f64>,
    /// Resident memory in MiB: at the end, and the peak.
    pub(crate) rss_mib: Option<f64>,
    pub(crate) peak_rss_mib: Option<f64>,
}

/// The percentile of sorted nanoseconds, in microseconds.
pub(crate) fn percentile(sorted: &[u64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(0) as f64 / 1000.0
}

/// Prints a Markdown table.
pub(crate) fn print(rows: &[Row]) {
    println!(
        "| what | scenario | req/s | p50 µs | p90 µs | p99 µs | p99.9 µs | added p50 µs | resumed % | CPU µs/req | MB/s | RSS MiB | peak |"
    );
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let maybe =
        |value: Option<f64>, digits: usize| value.map_or(String::new(), |value| format!("{value:.digits$}"));
    for row in rows {
        println!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {} | {} | {} | {} | {} | {} |",
            row.label,
            row.scenario,
            row.requests_per_second,
            row.p50_micros,
            row.p90_micros,
            row.p99_micros,
            row.p999_micros,
            maybe(row.added_p50_micros, 0),
            maybe(row.resumed.map(|share| share * 100.0), 0),
            maybe(row.cpu_micros_per_request, 1),
            maybe(row.megabytes_per_second, 0),
            maybe(row.rss_mib, 1),
            maybe(row.peak_rss_mib, 1),
        );
    }
}

/// Writes the results as JSON, if a file is given.
pub(crate) fn write(rows: &[Row], path: Option<&Path>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, serde_json::to_vec_pretty(rows)?).with_context(|| format!("{}", path.display()))
}
