//! How the process lives and dies: arguments are read, one command runs, its ending becomes the exit code.

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

fn main() -> ExitCode {
    let args = Args::parse();
    let environment = Environment::of_process();
    let runtime = match args.runtime() {
        Ok(runtime) => runtime,
        Err(error) => return exit::tell(&Failure::new(format!("the process can't be set up: {error}"))),
    };
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = args.carry_out(environment) => ended,
            () = args.interrupted() => Err(Failure::of(Exit::Interrupted, "interrupted")),
        }
    });
    // A prompt may still be waiting in a thread of its own: nobody waits for it.
    runtime.shutdown_background();
    let code = match ended {
        Ok(()) => Exit::Done.into(),
        Err(failure) => exit::tell(&failure),
    };
    stderr::flush();
    code
}
