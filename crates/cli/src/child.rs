//! The child of `run`: builds its environment and replaces this process with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::config::Environment;
use crate::exit::{Exit, Failure, plain};

/// The server's container configuration for an agent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerConfig {
    /// Variables to set.
    pub(crate) env: BTreeMap<String, String>,
    /// The gateway's CA (PEM).
    #[serde(default)]
    pub(crate) ca_certificate: String,
    /// The agent.
    pub(crate) agent: Option<ConfiguredAgent>,
    /// The secrets that the agent can use.
    #[serde(default)]
    pub(crate) covers: Vec<CoveredSecret>,
    /// Warnings to show.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
}

/// The agent that the child runs as.
#[derive(Debug, Deserialize)]
pub(crate) struct ConfiguredAgent {
    /// Its name.
    pub(crate) name: String,
}

/// A secret that replaces real credentials.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CoveredSecret {
    /// Its name.
    pub(crate) name: String,
    /// The hosts that it is sent to.
    #[serde(default)]
    pub(crate) host_patterns: Vec<String>,
    /// The first of these: the only one that older servers return.
    #[serde(default)]
    pub(crate) host_pattern: String,
    /// The variables that usually hold such a credential.
    #[serde(default)]
    pub(crate) env: Vec<String>,
    /// Its placeholder.
    #[serde(default)]
    pub(crate) placeholder: String,
}

impl CoveredSecret {
    /// The hosts for a message, shortened if there are many.
    fn hosts(&self) -> String {
        let first = self.host_patterns.first().unwrap_or(&self.host_pattern);
        match self.host_patterns.len() {
            0 | 1 => first.clone(),
            2 => self.host_patterns.join(" and "),
            more => format!("{first} and {} more hosts", more - 1),
        }
    }
}

/// The changes to the child's environment.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Variables to set.
    pub(crate) set: BTreeMap<String, OsString>,
    /// Variables to remove.
    pub(crate) remove: BTreeSet<String>,
    /// Messages about credentials that are removed or replaced.
    pub(crate) removed_credentials: Vec<String>,
}

/// Plans the child's environment from the server's configuration. `gateway` replaces the host, or host and port, that
/// is meant for containers; with `is_named` it replaces any host.
pub(crate) fn plan(
    container_config: &ContainerConfig,
    inherited: &Environment,
    gateway: &str,
    is_named: bool,
) -> Plan {
    let mut plan = Plan::default();
    plan.remove.extend(PRIVATE.iter().chain(OTHER_PROXIES).map(|name| (*name).to_owned()));
    for (name, value) in &container_config.env {
        let value = if PROXIES.contains(&name.as_str()) {
            rewritten(value, gateway, is_named)
        } else {
            value.clone()
        };
        plan.set.insert(name.clone(), value.into());
    }
    // Some programs read upper case, some lower case.
    for (upper, lower) in
        [("HTTPS_PROXY", "https_proxy"), ("HTTP_PROXY", "http_proxy"), ("NO_PROXY", "no_proxy")]
    {
        let value = plan.set.get(upper).or_else(|| plan.set.get(lower)).cloned();
        let Some(value) = value.or_else(|| (upper == "NO_PROXY").then(OsString::new)) else {
            continue;
        };
        let value = if upper == "NO_PROXY" { with_loopback(&value.to_string_lossy()).into() } else { value };
        plan.set.insert(upper.to_owned(), value.clone());
        plan.set.insert(lower.to_owned(), value);
    }
    for cover in &container_config.covers {
        for name in &cover.env {
            let placeholder = plan.set.get(name);
            let Some(real) = inherited.os_value(name) else {
                continue;
            };
            if placeholder.is_some_and(|placeholder| placeholder == real)
                || real == cover.placeholder.as_str()
            {
                continue;
            }
            if placeholder.is_none() {
                plan.remove.insert(name.clone());
            }
            plan.removed_credentials.push(format!(
                "removed {name} from the environment: the gateway injects the secret \"{}\" for {}",
                cover.name,
                cover.hosts()
            ));
        }
    }
    plan.remove.retain(|name| !plan.set.contains_key(name));
    plan
}

/// The proxy URL with this machine's address of the gateway; keeps userinfo and, unless given, the port.
fn rewritten(value: &str, gateway: &str, is_named: bool) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let rest = rest.trim_end_matches('/');
    let (user, authority) = rest.rsplit_once('@').map_or(("", rest), |(user, authority)| (user, authority));
    let (host, port) = host_and_port(authority);
    if !is_named && !CONTAINER_HOSTS.contains(&host) {
        return value.to_owned();
    }
    let (new_host, new_port) = host_and_port(gateway);
    let at = if user.is_empty() { "" } else { "@" };
    match new_port.or(port) {
        Some(port) => format!("{scheme}://{user}{at}{new_host}:{port}"),
        None => format!("{scheme}://{user}{at}{new_host}"),
    }
}

/// Splits `HOST[:PORT]`; IPv6 addresses are in brackets.
pub(crate) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()) => {
            (host, Some(port))
        }
        _ => (authority, None),
    }
}

/// A proxy URL without its token.
pub(crate) fn masked(value: &str) -> String {
    match (value.split_once("://"), value.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, authority))) => format!("{scheme}://x:***@{authority}"),
        _ => value.to_owned(),
    }
}

fn with_loopback(present: &str) -> String {
    let mut all: Vec<&str> = present.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    for name in ["localhost", "127.0.0.1", "::1"] {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(",")
}

/// Finds a program in PATH, as shells do.
pub(crate) fn find(program: &str, inherited: &Environment) -> Option<PathBuf> {
    let given = Path::new(program);
    if given.components().count() > 1 {
        return given.is_file().then(|| given.to_path_buf());
    }
    let path = inherited.os_value("PATH")?;
    std::env::split_paths(path).map(|folder| folder.join(given)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Replaces this process with the child, so that terminal, signals and exit code are the child's own.
/// Returns only on failure.
pub(crate) fn become_child(program: &Path, args: &[OsString], plan: &Plan) -> Failure {
    let mut command = Command::new(program);
    command.args(args.get(1..).unwrap_or_default());
    for name in &plan.remove {
        command.env_remove(name);
    }
    command.envs(&plan.set);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        if let Some(name) = args.first() {
            command.arg0(name);
        }
        let error = command.exec();
        Failure::of(Exit::NotRunnable, format!("can't execute {}: {}", program.display(), plain(&error)))
    }
    #[cfg(not(unix))]
    {
        Failure::of(Exit::NotRunnable, "`onecli run` needs a Unix system").hint("use WSL on Windows")
    }
}

/// Host names by which containers reach their host.
const CONTAINER_HOSTS: &[&str] = &["host.docker.internal", "gateway.docker.internal"];
const PROXIES: &[&str] = &["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"];
/// Other proxies would bypass the gateway.
const OTHER_PROXIES: &[&str] = &["ALL_PROXY", "all_proxy", "FTP_PROXY", "ftp_proxy"];
/// Variables for the operator's own programs, which agents must not get.
const PRIVATE: &[&str] = &[
    "ONECLI_API_KEY",
    "SECRET_ENCRYPTION_KEY",
    "SECRET_ENCRYPTION_KEY_FILE",
    "SECRET_ENCRYPTION_PASSPHRASE",
    "SECRET_ENCRYPTION_PASSPHRASE_FILE",
    "NEXTAUTH_SECRET",
    "SESSION_SECRET",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn container_config(env: &[(&str, &str)]) -> ContainerConfig {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ContainerConfig { env, ..ContainerConfig::default() }
    }

    #[test]
    fn the_containers_host_becomes_this_machines() {
        let docker = "http://x:aoc_1@host.docker.internal:10255";

        assert_eq!(rewritten(docker, "127.0.0.1:1", false), "http://x:aoc_1@127.0.0.1:1");
        assert_eq!(rewritten(docker, "gateway.test", false), "http://x:aoc_1@gateway.test:10255");
        assert_eq!(rewritten(docker, "[::1]:5", false), "http://x:aoc_1@[::1]:5");
        assert_eq!(rewritten("http://x:t@own.test:1", "127.0.0.1:2", false), "http://x:t@own.test:1");
        assert_eq!(rewritten("http://x:t@own.test:1", "127.0.0.1:2", true), "http://x:t@127.0.0.1:2");
    }

    #[test]
    fn proxies_are_set_in_both_cases_and_loopback_is_direct() {
        let plan = plan(
            &container_config(&[("HTTPS_PROXY", "http://x:t@g.test:1")]),
            &Environment::default(),
            "g",
            false,
        );

        assert_eq!(plan.set["https_proxy"], plan.set["HTTPS_PROXY"]);
        assert_eq!(plan.set["NO_PROXY"], "localhost,127.0.0.1,::1");
        assert_eq!(plan.set["no_proxy"], "localhost,127.0.0.1,::1");
        assert!(plan.remove.contains("ALL_PROXY"));
    }

    #[test]
    fn a_covered_credential_is_removed_and_reported() {
        let mut container_config = container_config(&[("GH_TOKEN", "onecli-1")]);
        container_config.covers.push(CoveredSecret {
            name: "GitHub".into(),
            host_patterns: vec!["api.github.com".into()],
            host_pattern: "api.github.com".into(),
            env: vec!["GH_TOKEN".into(), "GITHUB_TOKEN".into(), "GITHUB_PAT".into()],
            placeholder: "onecli-1".into(),
        });
        let inherited = Environment::made_of([("GH_TOKEN", "real"), ("GITHUB_TOKEN", "real")]);

        let plan = plan(&container_config, &inherited, "g", false);

        assert_eq!(plan.set["GH_TOKEN"], "onecli-1");
        assert!(plan.remove.contains("GITHUB_TOKEN"));
        assert_eq!(plan.removed_credentials.len(), 2);
        assert!(!plan.removed_credentials.join("").contains("real"));
    }

    #[test]
    fn variables_of_the_operator_are_removed() {
        let plan = plan(&container_config(&[]), &Environment::default(), "g", false);

        assert!(plan.remove.contains("ONECLI_API_KEY") && plan.remove.contains("SECRET_ENCRYPTION_KEY"));
    }

    #[test]
    fn no_token_is_shown() {
        assert_eq!(masked("http://x:aoc_1@127.0.0.1:1"), "http://x:***@127.0.0.1:1");
    }
}
