//! A temporary `PostgreSQL` server for tests.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::{apt_get, command, has, is_root, read, run};

/// A running server, stopped and removed on drop.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    /// Its URL.
    pub(crate) url: String,
    user: Option<&'static str>,
}

impl Postgres {
    /// Creates and starts a server. `PostgreSQL` refuses to run as root, so root runs it as the system's `postgres` user.
    pub(crate) fn start() -> Result<Self> {
        let bin = find_or_install()?;
        let user = is_root().then_some("postgres");
        let folder = std::env::temp_dir().join(format!("onecli-test-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
        // Another process could take the port first, but that is unlikely.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("postgres://onecli@127.0.0.1:{port}/postgres");
        let postgres = Self { bin, folder, url, user };
        if let Some(user) = user {
            run(&mut command("chown", &[user, &postgres.text("")]))?;
        }
        let data = postgres.text("data");
        read(&mut postgres.command(
            "initdb",
            &["-D", &data, "-U", "onecli", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        ))?;
        let settings = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400",
            postgres.text("")
        );
        let log = postgres.text("log");
        read(
            &mut postgres
                .command("pg_ctl", &["-D", &data, "-w", "-t", "60", "-l", &log, "-o", &settings, "start"]),
        )
        .with_context(|| {
            format!("PostgreSQL did not start: {}", std::fs::read_to_string(&log).unwrap_or_default())
        })?;
        Ok(postgres)
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.bin.join(program).display().to_string();
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--", &program]);
                command
            }
            None => Command::new(program),
        };
        command.args(arguments).current_dir(&self.folder).stdin(std::process::Stdio::null());
        // Inherited output would block whoever reads ours until the server ends.
        command.env_remove("PGDATA");
        command
    }

    fn text(&self, name: &str) -> String {
        if name.is_empty() {
            self.folder.display().to_string()
        } else {
            self.folder.join(name).display().to_string()
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.text("data");
        // Failing to stop or remove it doesn't change the test result.
        let _ = self.command("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]).output();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !is_root() || !has("apt-get", &["--version"]) {
        bail!("PostgreSQL's server programs are missing; install them (Debian: apt-get install postgresql)");
    }
    apt_get("postgresql")?;
    find().context("PostgreSQL was installed, but its initdb can't be found")
}

/// The folder with `initdb`: Debian's newest, or the one in PATH.
fn find() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .collect();
    versions.sort();
    versions.pop().or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| is_complete(folder))
    })
}

fn is_complete(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("pg_ctl").exists() && folder.join("postgres").exists()
}
