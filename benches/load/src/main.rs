//! Measures a TLS-intercepting forward proxy: latency, throughput, CPU time and memory.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its results")]

mod bench;
mod scenarios;
mod bodies;
mod client;
mod upstream;
mod process;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Load generator and TLS upstream, to measure the gateway and its peers.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a TLS upstream until killed; prints its port.
    Upstream {
        /// Folder to write `ca.pem` to.
        #[arg(long, visible_alias = "cert-dir")]
        certificates: PathBuf,
        /// Port; 0 picks a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Also offer HTTP/2.
        #[arg(long)]
        http2: bool,
        /// Respond 401 to requests without this `authorization`.
        #[arg(long, visible_alias = "require-auth")]
        require: Option<String>,
    },
    /// Measure a proxy, or an upstream without one.
    Run(scenarios::Options),
    /// Start upstream and gateway, measure every scenario, print the table.
    Bench {
        /// The gateway's binary.
        #[arg(long)]
        onecli: PathBuf,
        /// Seconds for each scenario.
        #[arg(long, default_value = "5")]
        seconds: u64,
        /// Also measure nginx, TLS to TLS with a header added, in the same run.
        #[arg(long)]
        nginx: bool,
        /// Megabytes of large bodies.
        #[arg(long, default_value_t = 100)]
        megabytes: u64,
        /// Where to write the results as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    // One thread, so that the load generator leaves a core to what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match Arguments::parse().command {
            Command::Upstream { certificates, port, http2, require } => {
                upstream::run(&certificates, port, http2, require).await
            }
            Command::Run(options) => {
                let rows = scenarios::run(&options).await?;
                report::print(&rows);
                report::write(&rows, options.json.as_deref())
            }
            Command::Bench { onecli, seconds, nginx, megabytes, json } => {
                let rows = bench::run(&onecli, Duration::from_secs(seconds), nginx, megabytes).await?;
                report::print(&rows);
                report::write(&rows, json.as_deref())
            }
        }
    })
}
