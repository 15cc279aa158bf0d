//! Runs all checks, and reports every violation.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{layers, modules, source};
use crate::run::root;

/// Checks the rules of the architecture; with `--tree` prints a map of the files' captions.
pub(crate) fn tidy(arguments: &[String]) -> Result<()> {
    let root = root();
    let files = rust_files(&root)?;
    if arguments.iter().any(|argument| argument == "--tree") {
        for (path, text) in &files {
            println!("{:<52} {}", path.display(), source::caption(text).unwrap_or_default());
        }
        return Ok(());
    }
    let mut wrong = Vec::new();
    for (path, text) in &files {
        wrong.extend(source::check(path, text));
        if path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") {
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            let inside: Vec<_> = files.iter().filter(|(other, _)| other.starts_with(&folder)).collect();
            wrong.extend(modules::check(&folder, &inside));
        }
    }
    for krate in layers::CRATES {
        let path = root.join("crates").join(krate.name).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        wrong.extend(layers::check(krate, &text)?);
    }
    wrong.extend(settings(&root)?);
    if wrong.is_empty() {
        println!("tidy: {} files checked, no violation", files.len());
        return Ok(());
    }
    for line in &wrong {
        eprintln!("tidy: {line}");
    }
    bail!("{} violations of the architecture's rules (see ARCHITECTURE.md)", wrong.len())
}

/// Checks that every setting of the server is documented.
fn settings(root: &Path) -> Result<Vec<String>> {
    let table = std::fs::read_to_string(root.join("crates/cli/src/config/table.rs"))
        .context("the settings' table")?;
    let page =
        std::fs::read_to_string(root.join("docs/src/configuration.md")).context("the settings' page")?;
    let missing = source::flags(&table).into_iter().filter(|flag| !page.contains(&format!("`{flag}")));
    Ok(missing.map(|flag| format!("docs/src/configuration.md does not mention {flag}")).collect())
}

fn rust_files(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for folder in ["crates", "xtask", "benches"] {
        walk(&root.join(folder), &mut found)?;
    }
    found.sort();
    let mut files = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        files.push((path.strip_prefix(root).unwrap_or(&path).to_path_buf(), text));
    }
    Ok(files)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                walk(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
