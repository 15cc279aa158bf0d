//! The gateway skill: tells a coding agent what it can reach; installed where that agent looks for skills.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// The folder in the home directory where a program looks for skills.
pub(crate) fn folder_of(program: &Path) -> Option<&'static str> {
    match program.file_stem()?.to_str()? {
        "claude" => Some(".claude"),
        "cursor" | "agent" => Some(".cursor"),
        "codex" => Some(".agents"),
        "hermes" => Some(".hermes"),
        "opencode" => Some(".opencode"),
        _ => None,
    }
}

/// The skill's path.
pub(crate) fn path(home: &Path, folder: &str) -> PathBuf {
    home.join(folder).join("skills").join("onecli-gateway").join("SKILL.md")
}

/// Writes the skill, unless it is up to date.
pub(crate) fn install(path: &Path, text: &str) -> Result<(), Failure> {
    if std::fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    let failed = |error: &std::io::Error| Failure::file("write the skill", path, error);
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_coding_agent_has_its_folder() {
        let folder = |program| folder_of(Path::new(program));

        assert_eq!(folder("/usr/bin/claude"), Some(".claude"));
        assert_eq!(folder("agent"), Some(".cursor"));
        assert_eq!(folder("codex"), Some(".agents"));
        assert_eq!(folder("bash"), None);
    }
}
