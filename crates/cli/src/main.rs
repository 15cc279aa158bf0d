//! The process: reads arguments, runs one command, and exits with its code.

mod args;
mod commands;
mod context;
mod child;
mod serving;
mod runtimes;
mod client;
mod config;
mod printer;
mod prompt;
mod logging;
mod exit;
mod stderr;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::config::Environment;
use crate::exit::{Exit, Failure};

/// What is freed goes back to the system: after much has gone through the gateway, it is as small as before.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let environment = Environment::of_process();
    let runtime = match args.runtime() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&Failure::new(format!("can't start the runtime: {error}"))),
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = args.execute(environment) => ended,
            () = args.interrupted() => Err(Failure::of(Exit::Interrupted, "interrupted")),
        }
    });
    // A prompt may still block a thread of its own; don't wait for it.
    runtime.shutdown_background();
    let code = match ended {
        Ok(()) => Exit::Done.into(),
        Err(failure) => exit::report(&failure),
    };
    stderr::flush();
    code
}
