//! The project's chores: `cargo xtask start | test | ci | tidy | openapi | dist | bench`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person who runs it")]
#![allow(clippy::disallowed_methods, reason = "a chore reads the environment that it is run in")]

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
    match chore(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore(arguments: &[String]) -> Result<()> {
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
        other => bail!("there is no chore `{other}`\n{HELP}"),
    }
}

const HELP: &str = "cargo xtask CHORE
  start [--debug] [ARGS…]  build dashboard and server and start it; ARGS go to `onecli start`
  test [STEP…]             set up what tests need and run everything, or only the steps named:
                           fmt, tidy, web, clippy, deny, doc, tests
  ci                       the same as `test`
  tidy [--tree]            hold the architecture's rules; --tree prints the map
  openapi                  write openapi.json from the code
  dist                     build the release with the dashboard, and its SBOM
  bench [ARGS…]            build the release and measure it; ARGS go to `onecli-load bench`";
