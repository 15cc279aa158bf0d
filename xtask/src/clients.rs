//! Real clients used by tests, and body parsers that conditions are compared with: in Python, Node, Go and PHP.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::run::{apt_get, command, has, is_root, root, run, target};

/// Where the clients are.
pub(crate) struct Clients {
    /// A Python that has `PYTHON_PACKAGES`.
    pub(crate) python: PathBuf,
    /// A `node_modules` with the packages of `assets/node/package.json`, including further versions of Node.
    pub(crate) node_modules: PathBuf,
}

/// Installs them once; later runs reuse them.
pub(crate) fn set_up() -> Result<Clients> {
    for (program, package) in
        [("git", "git"), ("curl", "curl"), ("python3", "python3"), ("node", "nodejs"), ("npm", "npm")]
    {
        if !has(program, &["--version"]) {
            bail!("`{program}` is missing, which tests need; install it (Debian: apt-get install {package})");
        }
    }
    // nginx is the reference for how paths are parsed; the other package is for dashboard tests.
    install("nginx", "nginx-light", "-v")?;
    install("chromium", "chromium", "--version")?;
    install("go", "golang-go", "version")?;
    install("php", "php-cli", "--version")?;
    install("gh", "gh", "--version")?;
    // Creates a bridge and a network namespace in place of Docker's.
    install("ip", "iproute2", "-V")?;
    Ok(Clients { python: python()?, node_modules: node_modules()? })
}

/// Installs a Debian package that tests use as a real peer, unless its program exists.
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
    let installed = folder.join("installed-packages");
    let wanted = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(&installed).is_ok_and(|present| present == wanted) {
        return Ok(python);
    }
    run(&mut command("python3", &["-m", "venv", &folder.display().to_string()]))
        .context("Python's venv module is needed (Debian: apt-get install python3-venv)")?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(command(&python.display().to_string(), &pip).args(PYTHON_PACKAGES))?;
    std::fs::write(&installed, wanted)?;
    Ok(python)
}

/// HTTP clients; body parsers, in the versions that conditions were last compared with; vendors' clients, which check keys.
const PYTHON_PACKAGES: [&str; 15] = [
    "requests",
    "httpx",
    "django==5.2.19",
    "werkzeug==3.1.9",
    "python-multipart==0.0.34",
    "aiogram==3.31.0",
    "anthropic==2.14.0",
    "huggingface_hub==2.4.0",
    "openai==3.57.0",
    "PyGithub==2.10.0",
    "python-telegram-bot==22.8",
    "sendgrid==6.12.5",
    "slack_sdk==3.48.0",
    "stripe==16.1.0",
    "mcp==2.3.0",
];

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
