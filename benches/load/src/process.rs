//! Resource use of a process: CPU time and memory, from /proc.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

/// CPU time used by a process so far: exact per thread, coarse in total.
pub(crate) struct Cpu {
    /// Nanoseconds of each running thread.
    threads: HashMap<u32, u64>,
    /// Nanoseconds of all threads, including ended ones, in steps of 10 ms.
    whole: u64,
}

impl Cpu {
    /// Reads the CPU time of a process.
    pub(crate) fn read(pid: u32) -> Result<Self> {
        let mut threads = HashMap::new();
        for task in std::fs::read_dir(format!("/proc/{pid}/task")).context("the process is gone")? {
            let task = task?;
            let id = task.file_name().to_string_lossy().parse()?;
            // A thread may end in the meantime; `whole` still counts it.
            if let Ok(text) = std::fs::read_to_string(task.path().join("schedstat")) {
                threads.insert(id, text.split(' ').next().unwrap_or_default().parse()?);
            }
        }
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
        // proc_pid_stat(5): utime and stime are fields 14 and 15; the name, field 2, may contain spaces.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let whole = ticks.sum::<Result<u64, _>>()? * NANOS_OF_A_TICK;
        Ok(Self { threads, whole })
    }

    /// Nanoseconds used since `earlier`; coarse if a thread ended in between.
    pub(crate) fn since(&self, earlier: &Self) -> u64 {
        if earlier.threads.keys().any(|id| !self.threads.contains_key(id)) {
            return self.whole.saturating_sub(earlier.whole);
        }
        let taken =
            |(id, now): (&u32, &u64)| now.saturating_sub(earlier.threads.get(id).copied().unwrap_or(0));
        self.threads.iter().map(taken).sum()
    }
}

/// Resident memory in KiB: current and peak.
pub(crate) fn memory(pid: u32) -> Result<(u64, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    Ok((field("VmRSS:"), field("VmHWM:")))
}

/// The system's wall clock, which is the same for all processes.
#[allow(clippy::disallowed_methods, reason = "a bench measures real time")]
pub(crate) fn now_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// `USER_HZ` is 100 on all supported Linux systems.
const NANOS_OF_A_TICK: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(threads: &[(u32, u64)], whole: u64) -> Cpu {
        Cpu { threads: threads.iter().copied().collect(), whole }
    }

    #[test]
    fn a_thread_that_ended_is_counted_by_the_coarse_clock() {
        let before = cpu(&[(1, 5), (2, 900)], 100);
        assert_eq!(cpu(&[(1, 7), (2, 950), (3, 4)], 100).since(&before), 56);
        assert_eq!(cpu(&[(1, 7)], 130).since(&before), 30);
    }

    #[test]
    fn a_running_process_has_cpu_time_and_memory() {
        let own = std::process::id();
        assert!(!Cpu::read(own).unwrap().threads.is_empty());
        assert!(memory(own).unwrap().0 > 0);
    }
}
