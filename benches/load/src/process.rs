//! What a process costs: CPU time and memory, from /proc.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

/// Nanoseconds of CPU time that all threads of a process took so far.
pub(crate) fn cpu_nanos(pid: u32) -> Result<u64> {
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).context("the process is gone")? {
        // A thread that ends meanwhile took next to nothing.
        if let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) {
            total += text.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Ok(total)
}

/// Resident memory, in KiB: now, and at its peak.
pub(crate) fn memory(pid: u32) -> Result<(u64, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    Ok((field("VmRSS:"), field("VmHWM:")))
}

/// The system's clock, which processes of one machine share.
#[allow(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn now_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
