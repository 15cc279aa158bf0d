//! The dashboard's tasks: run npm in its folder; skipped if there is no dashboard.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{command, has, root, run};

/// Builds the dashboard into `dashboard/dist`, which the server embeds.
pub(crate) fn build() -> Result<()> {
    if is_missing() {
        return Ok(());
    }
    install()?;
    npm("build")
}

/// Runs all checks of the dashboard.
pub(crate) fn check() -> Result<()> {
    if is_missing() {
        return Ok(());
    }
    install()?;
    // `size` measures the output of `build`.
    ["schema:check", "typecheck", "lint", "test", "build", "size"].into_iter().try_for_each(npm)
}

/// Tests the dashboard of a built server in Chromium.
pub(crate) fn drive(binary: &Path) -> Result<()> {
    if is_missing() {
        return Ok(());
    }
    run(command("npm", &["run", "--silent", "e2e"]).current_dir(folder()).env("ONECLI_BIN", binary))
}

fn is_missing() -> bool {
    let is_missing = !folder().join("package.json").exists();
    if is_missing {
        println!("there is no dashboard/package.json: the server is built without the dashboard");
    }
    is_missing
}

/// Installs the packages of the lockfile, unless it hasn't changed since.
fn install() -> Result<()> {
    if !has("npm", &["--version"]) {
        bail!(
            "`npm` is missing, which the dashboard needs; install Node.js (Debian: apt-get install nodejs npm)"
        );
    }
    let lock = std::fs::read(folder().join("package-lock.json")).context("dashboard/package-lock.json")?;
    // Kept in the folder it describes: `npm ci` removes both.
    let installed = folder().join("node_modules/.installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(command("npm", &arguments).current_dir(folder()))?;
    std::fs::write(&installed, lock).with_context(|| format!("{} can't be written", installed.display()))
}

fn npm(script: &str) -> Result<()> {
    run(command("npm", &["run", "--silent", script]).current_dir(folder()))
}

fn folder() -> PathBuf {
    root().join("dashboard")
}
