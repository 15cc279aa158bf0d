//! Checks of each file: a caption, its length, its name, no code in `mod.rs`, no derives on secrets.

use std::path::Path;

/// Checks one file.
pub(super) fn check(path: &Path, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let place = path.display();
    if caption(text).is_none() {
        wrong.push(format!("{place}: must begin with a `//!` sentence that says what it is for"));
    }
    let lines = text.lines().count();
    let is_long_for_a_reason = LONG.iter().any(|(long, _)| path == Path::new(long));
    if lines > MOST_LINES && !is_long_for_a_reason {
        wrong.push(format!("{place}: has {lines} lines, more than {MOST_LINES}; split it"));
    }
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if BANNED.contains(&stem) {
        wrong.push(format!("{place}: `{stem}` is too vague a name"));
    }
    if stem == "mod" && !is_tests(path) && text.lines().any(is_code) {
        wrong.push(format!("{place}: mod.rs must contain only declarations, no code"));
    }
    for name in ["Plaintext", "Credentials", "Credential", "RootKey"] {
        if derives(text, name) {
            wrong.push(format!("{place}: {name} must derive nothing"));
        }
    }
    wrong
}

/// The `//!` sentence at the beginning of a file.
pub(super) fn caption(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("//! ").filter(|caption| !caption.trim().is_empty())
}

/// The flags of the settings declared in a file's table: the first string of each entry.
pub(super) fn flags(table: &str) -> Vec<String> {
    let entries = table.split("pub static SETTINGS").nth(1).unwrap_or_default();
    let starts = ["one(", "many(", "without(", "key: "];
    let mut found = Vec::new();
    for start in starts {
        for (at, _) in entries.match_indices(start) {
            let rest = entries.get(at + start.len()..).unwrap_or_default();
            if let Some(name) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                found.push(format!("--{name}"));
            }
        }
    }
    found
}

fn is_tests(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests")
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    let is_listing = [
        "mod ",
        "pub mod ",
        "pub(crate) mod ",
        "pub(super) mod ",
        "use ",
        "pub use ",
        "pub(crate) use ",
        "pub(super) use ",
    ]
    .iter()
    .any(|start| line.starts_with(start));
    let is_continued =
        line.chars().all(|c| c.is_alphanumeric() || "_,:{}; ".contains(c)) && !line.contains("fn ");
    !(line.is_empty() || line.starts_with("//") || line.starts_with('#') || is_listing || is_continued)
}

fn derives(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    lines.windows(2).any(|pair| {
        let [above, line] = pair else { return false };
        let declares = [" ", "(", "<", ";", "{"]
            .iter()
            .any(|end| line.trim().contains(&format!("pub struct {name}{end}")));
        declares && above.contains("#[derive(")
    })
}

const MOST_LINES: usize = 400;
const BANNED: [&str; 6] = ["utils", "util", "common", "helpers", "manager", "handler"];
/// Files that may be longer, with the reason.
const LONG: &[(&str, &str)] = &[];

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(path: &str, text: &str) -> usize {
        check(Path::new(path), text).len()
    }

    #[test]
    fn each_check_reports_its_violation() {
        assert_eq!(wrong("crates/x/src/a.rs", "//! A thing.\n"), 0);
        assert_eq!(wrong("crates/x/src/a.rs", "fn a() {}\n"), 1);
        assert_eq!(wrong("crates/x/src/utils.rs", "//! A thing.\n"), 1);
        assert_eq!(wrong("crates/x/src/a.rs", &format!("//! A thing.\n{}", "\n".repeat(400))), 1);
        assert_eq!(wrong("crates/x/src/y/mod.rs", "//! A title.\n\nmod a;\npub use a::{\n    B,\n};\n"), 0);
        assert_eq!(wrong("crates/x/src/y/mod.rs", "//! A title.\n\nfn code() {}\n"), 1);
        assert_eq!(
            wrong("crates/x/src/a.rs", "//! A thing.\n#[derive(Debug)]\npub struct Plaintext(Vec<u8>);\n"),
            1
        );
    }

    #[test]
    fn settings_are_found_in_their_table() {
        let table =
            "fn one(x: &str) {}\npub static SETTINGS: &[S] = &[one(\n \"bind\", 1), S { key: \"no-auth\" }];";
        assert_eq!(flags(table), ["--bind", "--no-auth"]);
    }
}
