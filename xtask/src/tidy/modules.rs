//! The order of modules: `lib.rs` lists them top-down, and a module uses only those listed below it.

use std::path::{Path, PathBuf};

/// Checks the modules of a crate. `files` are those in the folder of `lib.rs`.
pub(super) fn check(lib: &Path, text: &str, files: &[&(PathBuf, String)]) -> Vec<String> {
    let order = listed(text);
    let folder = lib.parent().unwrap_or(lib);
    let mut wrong = Vec::new();
    for (path, text) in files {
        let Some(own) = module_of(folder, path) else { continue };
        let Some(at) = order.iter().position(|name| *name == own) else { continue };
        for used in uses(without_tests(text)) {
            if let Some(above) = order.iter().position(|name| *name == used)
                && above < at
            {
                wrong.push(format!(
                    "{}: uses crate::{used}, which {} lists above {own}",
                    path.display(),
                    lib.display()
                ));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

fn listed(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            line.trim_start_matches("pub(crate) ").trim_start_matches("pub ").strip_prefix("mod ")
        })
        .filter_map(|rest| rest.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

/// The crate's top-level module that a file belongs to.
fn module_of(folder: &Path, path: &Path) -> Option<String> {
    let first = path.strip_prefix(folder).ok()?.components().next()?.as_os_str().to_str()?;
    let name = first.trim_end_matches(".rs");
    (name != "lib" && name != "main").then(|| name.to_owned())
}

/// The source before its tests, which may use any module.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// The first names of `crate::…` paths, including those in braces.
fn uses(text: &str) -> Vec<String> {
    let code: String =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_') {
            continue;
        }
        let rest = code.get(at + "crate::".len()..).unwrap_or_default();
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split(';').next().unwrap_or(list);
                found.extend(list.split(',').map(|item| name(item.trim_start())));
            }
            None => found.push(name(rest)),
        }
    }
    found
}

fn name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn using_a_module_listed_above_is_reported() {
        let lib = Path::new("crates/x/src/lib.rs");
        let text = "pub mod high;\nmod low;\n";
        let file = |name: &str, text: &str| (Path::new("crates/x/src").join(name), text.to_owned());
        let fine = file("high.rs", "use crate::low::Thing;\n");
        let bad = file("low.rs", "use crate::{high, low};\n");
        let in_tests = file("low.rs", "#[cfg(test)]\nmod tests {\n    use crate::high;\n}\n");
        assert!(check(lib, text, &[&fine]).is_empty());
        assert_eq!(check(lib, text, &[&bad]).len(), 1);
        assert!(check(lib, text, &[&in_tests]).is_empty());
    }
}
