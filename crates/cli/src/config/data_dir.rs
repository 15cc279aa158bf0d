//! The data directory.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::env::Environment;
use crate::exit::Failure;

/// The data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// From the flag, else the environment, else `.onecli` in the home directory.
    pub(crate) fn find(flag: Option<&Path>, environment: &Environment) -> Result<Self, Failure> {
        let chosen = flag
            .map(Path::to_path_buf)
            .or_else(|| environment.os_value("ONECLI_DATA_DIR").map(PathBuf::from));
        if let Some(folder) = chosen {
            return std::path::absolute(&folder)
                .map(Self)
                .map_err(|error| Failure::file("use", &folder, &error));
        }
        let home = environment.os_value("HOME").ok_or_else(|| {
            Failure::usage("there is no default data directory because HOME is not set")
                .hint("set --data-dir or ONECLI_DATA_DIR")
        })?;
        Ok(Self(Path::new(home).join(".onecli")))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Creates the directory (0700), unless it exists.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|error| Failure::file("create the data directory", &self.0, &error))
    }

    /// Writes a file (0600) atomically, unless it has that content already.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.file(name);
        if std::fs::read(&path).is_ok_and(|present| present == content) {
            return Ok(path);
        }
        self.create()?;
        let failed = |error: &std::io::Error| Failure::file("write", &path, error);
        let mut file = tempfile::NamedTempFile::new_in(&self.0).map_err(|error| failed(&error))?;
        file.write_all(content).map_err(|error| failed(&error))?;
        file.persist(&path).map_err(|error| failed(&error.error))?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_home_folder() {
        let environment = Environment::made_of([("HOME", "/home/a"), ("ONECLI_DATA_DIR", "/data")]);
        let at_home = Environment::made_of([("HOME", "/home/a")]);
        let find = |flag: Option<&str>, environment| {
            DataDir::find(flag.map(Path::new), environment).unwrap().path().to_path_buf()
        };

        assert_eq!(find(Some("/flag"), &environment), Path::new("/flag"));
        assert_eq!(find(None, &environment), Path::new("/data"));
        assert_eq!(find(None, &at_home), Path::new("/home/a/.onecli"));
        assert!(DataDir::find(None, &Environment::default()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn its_files_are_readable_by_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir(folder.path().join("new"));

        let path = data.write("file", b"content").unwrap();

        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(data.path()), 0o700);
    }
}
