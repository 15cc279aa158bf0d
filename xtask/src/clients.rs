//! The real clients that tests drive, and body parsers that conditions are compared with: in Python, Node, Go and PHP.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{apt_get, command, has, is_root, root, run, target};

/// Where the clients are.
pub(crate) struct Clients {
    /// A Python that has requests and httpx, Django, Werkzeug and python-multipart, and the MCP SDK.
    pub(crate) python: PathBuf,
    /// A `node_modules` with the packages of `assets/node/package.json`, including further versions of Node.
    pub(crate) node_modules: PathBuf,
}

/// Sets them up, once; later runs find them as they are.
pub(crate) fn set_up() -> Result<Clients> {
    for (program, package) in
        [("git", "git"), ("curl", "curl"), ("python3", "python3"), ("node", "nodejs"), ("npm", "npm")]
    {
        if !has(program, &["--version"]) {
            bail!("`{program}` is missing, which tests need; install it (Debian: apt-get install {package})");
        }
    }
    // Against the one the gateway's reading of paths is held, the other opens the dashboard.
    install("nginx", "nginx-light", "-v")?;
    install("chromium", "chromium", "--version")?;
    install("go", "golang-go", "version")?;
    install("php", "php-cli", "--version")?;
    // Creates a bridge and a network namespace in place of Docker's.
    install("ip", "iproute2", "-V")?;
    Ok(Clients { python: python()?, node_modules: node_modules()? })
}

/// Installs a program from Debian's packages where it is missing: the real peers of some tests.
fn install(program: &str, package: &str, check: &str) -> Result<()> {
    let is_there = || has(program, &[check]) || has(&format!("/usr/sbin/{program}"), &[check]);
    if is_there() {
        return Ok(());
    }
    if !is_root() || !has("apt-get", &["--version"]) {
        bail!("`{program}` is missing, which tests need; install it (Debian: apt-get install {package})");
    }
    apt_get(package)?;
    if !is_there() {
        bail!("{program} was installed, but it can't be run");
    }
    Ok(())
}

fn python() -> Result<PathBuf> {
    let folder = target().join("test-python");
    let python = folder.join("bin/python");
    if !has(
        &python.display().to_string(),
        &["-c", "import requests, httpx, django, werkzeug, python_multipart, mcp"],
    ) {
        run(&mut command("python3", &["-m", "venv", &folder.display().to_string()]))
            .context("Python's venv module is needed (Debian: apt-get install python3-venv)")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(command(&python.display().to_string(), &pip).args(PYTHON_PACKAGES))?;
    }
    Ok(python)
}

/// Readers in the versions that conditions were last held against, and clients.
const PYTHON_PACKAGES: [&str; 6] =
    ["requests", "httpx", "django==5.2.19", "werkzeug==3.1.9", "python-multipart==0.0.34", "mcp==2.3.0"];

fn node_modules() -> Result<PathBuf> {
    let folder = target().join("test-node");
    let modules = folder.join("node_modules");
    std::fs::create_dir_all(&folder)?;
    let assets = root().join("xtask/assets/node");
    let mut fresh = modules.join("@onecli-sh/sdk/package.json").exists();
    for name in ["package.json", "package-lock.json"] {
        let wanted = std::fs::read(assets.join(name)).with_context(|| format!("xtask/assets/node/{name}"))?;
        if std::fs::read(folder.join(name)).ok().as_ref() != Some(&wanted) {
            std::fs::write(folder.join(name), wanted)?;
            fresh = false;
        }
    }
    if !fresh {
        let mut npm = command("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(&folder))?;
    }
    Ok(modules)
}
