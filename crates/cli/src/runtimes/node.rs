//! Node: a script that is loaded before the program sends its fetch, http and https through the proxy.

use std::path::{Path, PathBuf};

use crate::config::DataDir;
use crate::exit::Failure;

/// The script's path.
pub(crate) fn planned(data: &DataDir) -> PathBuf {
    data.file(FILE)
}

/// Writes the script.
pub(crate) fn write(data: &DataDir) -> Result<PathBuf, Failure> {
    data.write(FILE, SCRIPT.as_bytes())
}

/// `NODE_OPTIONS` with the script appended.
pub(crate) fn options(present: Option<&str>, script: &Path) -> String {
    // In quoted NODE_OPTIONS a backslash escapes.
    let quoted = script.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let require = format!("--require \"{quoted}\"");
    match present {
        Some(present) if present.contains(&require) => present.to_owned(),
        Some(present) => format!("{present} {require}"),
        None => require,
    }
}

/// Makes Node 22.21+ and 24.5+ read the proxy variables, but not for agents that a program creates.
pub(crate) const ENV_PROXY: &str = "NODE_USE_ENV_PROXY";
const FILE: &str = "node-preload.cjs";
const SCRIPT: &str = include_str!("node_preload.cjs");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_added_once() {
        let once = options(Some("--max-old-space-size=100"), Path::new("/a b/x.cjs"));

        assert_eq!(once, "--max-old-space-size=100 --require \"/a b/x.cjs\"");
        assert_eq!(options(Some(&once), Path::new("/a b/x.cjs")), once);
    }
}
