//! Java: ignores the proxy variables and PEM files, so it gets system properties and a trust store.
//!
//! The trust store is the JDK's plus the gateway's CA. Java has no property for a proxy's user and password, so a Java
//! agent (`java/GatewayAgent.java`) provides them to `URLConnection` and everything that asks the default
//! `Authenticator`. `java.net.http.HttpClient` asks only the one that a program sets with `.authenticator(…)`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::config::DataDir;
use crate::exit::Failure;

/// The trust store's path.
pub(crate) fn planned(data: &DataDir) -> PathBuf {
    data.file(STORE)
}

/// The agent's path.
pub(crate) fn planned_agent(data: &DataDir) -> PathBuf {
    data.file(AGENT)
}

/// Writes the agent.
pub(crate) fn write_agent(data: &DataDir) -> Result<PathBuf, Failure> {
    data.write(AGENT, include_bytes!("../../java/gateway-agent.jar"))
}

/// Creates the trust store unless it is up to date. `None` if the JDK has no roots, or `keytool` fails.
pub(crate) fn write(
    data: &DataDir,
    keytool: &Path,
    home: Option<&Path>,
    ca: &Path,
) -> Result<Option<PathBuf>, Failure> {
    let Some(roots) = roots(keytool, home) else {
        return Ok(None);
    };
    let store = planned(data);
    let made_of = made_of(&roots, ca)?;
    let is_fresh =
        store.exists() && std::fs::read(data.file(MADE_OF)).is_ok_and(|present| present == made_of);
    if is_fresh {
        return Ok(Some(store));
    }
    let failed = |error: &std::io::Error| Failure::file("write", &store, error);
    let copy = tempfile::NamedTempFile::new_in(data.path()).map_err(|error| failed(&error))?;
    let content = std::fs::read(&roots).map_err(|error| Failure::file("read", &roots, &error))?;
    std::fs::write(copy.path(), content).map_err(|error| failed(&error))?;
    let imported = Command::new(keytool)
        .args(["-importcert", "-noprompt", "-alias", "onecli-gateway", "-storepass", PASSWORD, "-file"])
        .arg(ca)
        .arg("-keystore")
        .arg(copy.path())
        .env_remove("JAVA_TOOL_OPTIONS")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !imported.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    copy.persist(&store).map_err(|error| failed(&error.error))?;
    data.write(MADE_OF, &made_of)?;
    Ok(Some(store))
}

/// `JAVA_TOOL_OPTIONS` with the proxy and the trust store appended.
pub(crate) fn options(
    present: Option<&str>,
    (proxy_host, proxy_port): (&str, u16),
    agent: &Path,
    store: Option<&Path>,
) -> String {
    let mut all: Vec<String> = present.map(str::to_owned).into_iter().collect();
    all.push(quoted(&format!("-javaagent:{}", agent.display())));
    for scheme in ["http", "https"] {
        all.push(format!("-D{scheme}.proxyHost={proxy_host}"));
        all.push(format!("-D{scheme}.proxyPort={proxy_port}"));
    }
    all.push("-Dhttp.nonProxyHosts=localhost|127.*|[::1]".into());
    // Basic, which the gateway uses, is disabled for tunnels by default.
    all.push("-Djdk.http.auth.tunneling.disabledSchemes=".into());
    all.push("-Djdk.http.auth.proxying.disabledSchemes=".into());
    if let Some(store) = store {
        all.push(quoted(&format!("-Djavax.net.ssl.trustStore={}", store.display())));
        all.push(format!("-Djavax.net.ssl.trustStorePassword={PASSWORD}"));
    }
    all.join(" ")
}

fn quoted(option: &str) -> String {
    if option.contains(char::is_whitespace) { format!("\"{option}\"") } else { option.to_owned() }
}

fn roots(keytool: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let beside = keytool.canonicalize().ok()?.parent()?.parent().map(Path::to_path_buf);
    let homes = home.map(Path::to_path_buf).into_iter().chain(beside);
    let places =
        homes.flat_map(|home| [home.join("lib/security/cacerts"), home.join("jre/lib/security/cacerts")]);
    places.into_iter().find(|place| place.is_file())
}

/// Identifies the trust store's inputs, so that it is recreated when one changes.
fn made_of(roots: &Path, ca: &Path) -> Result<Vec<u8>, Failure> {
    let mut all = std::fs::read(ca).map_err(|error| Failure::file("read", ca, &error))?;
    let changed = std::fs::metadata(roots).and_then(|facts| facts.modified()).ok();
    all.extend_from_slice(format!("{} {changed:?}\n", roots.display()).as_bytes());
    Ok(all)
}

const AGENT: &str = "java-gateway-agent.jar";
const STORE: &str = "java-truststore";
const MADE_OF: &str = "java-truststore.made-of";
/// The default password of JDK trust stores; certificates need no protection.
const PASSWORD: &str = "changeit";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_options_come_first() {
        let options =
            options(Some("-Xmx1g"), ("127.0.0.1", 1), Path::new("/agent.jar"), Some(Path::new("/a b/store")));

        assert!(options.starts_with("-Xmx1g -javaagent:/agent.jar -Dhttp.proxyHost=127.0.0.1 "), "{options}");
        assert!(options.contains("\"-Djavax.net.ssl.trustStore=/a b/store\""), "{options}");
    }
}
