//! `start`: builds the dashboard and the server, and runs it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{cargo, run, target};
use crate::web;

/// Builds the dashboard and the server (release, or debug with `--debug`), and replaces this process with the server.
pub(crate) fn start(arguments: &[String]) -> Result<()> {
    let debug = arguments.iter().any(|argument| argument == "--debug");
    let rest = arguments.iter().filter(|argument| *argument != "--debug");
    let mut build = vec!["build", "--package", "onecli-cli", "--bin", "onecli"];
    if !debug {
        build.push("--release");
    }
    web::build()?;
    run(&mut cargo(&build))?;
    let binary = target().join(if debug { "debug" } else { "release" }).join("onecli");
    let error = Command::new(&binary).arg("start").args(rest).exec();
    Err(error).with_context(|| format!("{} could not be started", binary.display()))
}
