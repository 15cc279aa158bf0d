//! Measures a forward proxy that ends TLS: how fast, at what cost, with how much memory.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench tells what it measured")]

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
        /// Where to put `ca.pem`.
        #[arg(long, visible_alias = "cert-dir")]
        certificates: PathBuf,
        /// 0 takes a free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Offer HTTP/2 beside HTTP/1.1.
        #[arg(long)]
        http2: bool,
        /// Answer 401 to whoever doesn't send this `authorization`.
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
    // One thread: the load generator must not take both cores from those that it measures.
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
