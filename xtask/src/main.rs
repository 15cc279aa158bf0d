//! The project's tasks: `cargo xtask start | test | ci | tidy | openapi | dist | bench`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tasks print to the terminal")]
#![allow(clippy::disallowed_methods, reason = "tasks read environment variables")]

mod test;
mod start;
mod tidy;
mod dist;
mod openapi;
mod web;
mod postgres;
mod clients;
mod run;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run_task(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_task(arguments: &[String]) -> Result<()> {
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", arguments),
    };
    match name {
        "start" => start::start(rest),
        "test" => test::test(rest),
        "ci" => test::test(&[]),
        "tidy" => tidy::tidy(rest),
        "openapi" => openapi::write(),
        "dist" => dist::dist(),
        "bench" => dist::bench(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("there is no task `{other}`\n{HELP}"),
    }
}

const HELP: &str = "cargo xtask TASK
  start [--debug] [ARGS…]  build dashboard and server and start it; ARGS go to `onecli start`
  test [STEP…]             install what tests need and run all checks, or only these steps:
                           fmt, tidy, web, clippy, deny, doc, tests
  ci                       the same as `test`
  tidy [--tree]            check the architecture's rules; --tree prints a map of the files
  openapi                  write openapi.json from the code
  dist                     build the release with the dashboard, and its SBOM
  bench [ARGS…]            build the release and run the benchmarks; ARGS go to `onecli-load bench`";
