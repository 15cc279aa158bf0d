//! `test`: installs what tests need, and runs all checks.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::clients;
use crate::postgres::Postgres;
use crate::run::{cargo, has, run, target};
use crate::tidy;
use crate::web;

/// Runs the named steps, or all.
pub(crate) fn test(names: &[String]) -> Result<()> {
    let steps = steps();
    if let Some(unknown) = names.iter().find(|name| !steps.iter().any(|(step, _)| step == name)) {
        let all: Vec<_> = steps.iter().map(|(step, _)| *step).collect();
        bail!("there is no step `{unknown}`; steps are {}", all.join(", "));
    }
    let mut passed = Vec::new();
    for (name, step) in steps {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let started = Instant::now();
        step()?;
        passed.push(format!("{name} {} s", started.elapsed().as_secs()));
    }
    println!("passed: {}", passed.join(", "));
    Ok(())
}

type Step = (&'static str, fn() -> Result<()>);

fn steps() -> [Step; 7] {
    [
        ("fmt", || run(&mut cargo(&["fmt", "--all", "--check"]))),
        ("tidy", || tidy::tidy(&[])),
        // Before the server is built, which embeds the dashboard.
        ("web", web::check),
        ("clippy", || {
            run(&mut cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--locked",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ]))
        }),
        ("deny", deny),
        ("doc", || run(&mut cargo(&["test", "--doc", "--workspace", "--locked", "--quiet"]))),
        ("tests", tests),
    ]
}

fn deny() -> Result<()> {
    if !has("cargo", &["deny", "--version"]) {
        run(&mut cargo(&["install", "--locked", "--quiet", "cargo-deny"]))?;
    }
    run(&mut cargo(&["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))
}

fn tests() -> Result<()> {
    if !has("cargo", &["nextest", "--version"]) {
        run(&mut cargo(&["install", "--locked", "--quiet", "cargo-nextest"]))?;
    }
    web::build()?;
    let clients = clients::set_up()?;
    run(&mut cargo(&["build", "--workspace", "--locked", "--quiet", "--bins"]))?;
    web::drive(&target().join("debug/onecli"))?;
    let postgres = Postgres::start()?;
    run(cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--status-level", "fail"])
        .env("ONECLI_TEST_POSTGRES_URL", &postgres.url)
        .env("ONECLI_TEST_PYTHON", &clients.python)
        .env("ONECLI_TEST_NODE_MODULES", &clients.node_modules))
}
