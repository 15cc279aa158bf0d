//! The order of modules: a file lists its modules top-down, and a module uses only those of its siblings listed below it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::paths::{self, Paths, Segments};

/// A module by its names from the crate's root.
type Name = Vec<String>;

/// The modules of a crate that are more than tests.
struct Modules<'a>(BTreeMap<Name, (&'a Path, Paths)>);

/// Checks the modules of a crate. `files` are those under the folder of its `lib.rs` or `main.rs`.
pub(super) fn check(folder: &Path, files: &[&(PathBuf, String)]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut all = BTreeMap::new();
    for (path, text) in files {
        let Some(name) = name_of(folder, path) else { continue };
        match paths::read(text) {
            Ok(read) => drop(all.insert(name, (path.as_path(), read))),
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    let modules = Modules(without_tests(all));
    for (name, (path, paths)) in &modules.0 {
        for (inside, used) in &paths.used {
            let from = [name.as_slice(), inside].concat();
            let Some(target) = modules.resolve(&from, used, MOST_IMPORTS) else { continue };
            wrong.extend(modules.look_upwards(name, path, &target));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

impl Modules<'_> {
    /// Says so if a module uses one that is listed above it, or above a module that it is in.
    fn look_upwards(&self, name: &Name, path: &Path, target: &Name) -> Option<String> {
        let shared = name.iter().zip(target).take_while(|(one, other)| one == other).count();
        let (own, used) = (name.get(shared)?, target.get(shared)?);
        let (listing, parent) = self.0.get(name.get(..shared)?)?;
        let place = |name: &String| parent.listed.iter().position(|listed| listed == name);
        (place(used)? < place(own)?).then(|| {
            let (path, target, listing) = (path.display(), target.join("::"), listing.display());
            format!("{path}: uses crate::{target}, but {listing} lists {used} above {own}")
        })
    }

    /// The module in which a path ends, also where it goes through imports. None if it leads out of the crate.
    fn resolve(&self, from: &[String], path: &Segments, imports_left: u32) -> Option<Name> {
        let mut rest = path.iter().peekable();
        let mut at = match rest.next()?.as_str() {
            "crate" => Vec::new(),
            "self" => from.to_vec(),
            "super" => parent(from),
            child => {
                let child = [from, &[child.to_owned()]].concat();
                self.0.contains_key(&child).then_some(child)?
            }
        };
        while rest.next_if(|segment| *segment == "super").is_some() {
            at = parent(&at);
        }
        for segment in rest {
            let child = [at.as_slice(), std::slice::from_ref(segment)].concat();
            if self.0.contains_key(&child) {
                at = child;
                continue;
            }
            let Some((_, paths)) = self.0.get(&at) else { break };
            let Some((_, import)) = paths.imports.iter().find(|(name, _)| name == segment) else { break };
            at = self.resolve(&at, import, imports_left.checked_sub(1)?)?;
        }
        Some(at)
    }
}

/// The module that a file is; none if it is outside the folder.
fn name_of(folder: &Path, path: &Path) -> Option<Name> {
    let inside = path.strip_prefix(folder).ok()?.with_extension("");
    let mut name: Name = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let last = name.last()?.as_str();
    if last == "mod" || (name.len() == 1 && matches!(last, "lib" | "main")) {
        name.pop();
    }
    Some(name)
}

/// Tests may use anything.
fn without_tests(mut all: BTreeMap<Name, (&Path, Paths)>) -> BTreeMap<Name, (&Path, Paths)> {
    let tests: Vec<Name> = all
        .iter()
        .flat_map(|(name, (_, paths))| {
            paths.for_tests.iter().map(|test| [name.as_slice(), std::slice::from_ref(test)].concat())
        })
        .collect();
    all.retain(|name, _| !tests.iter().any(|test| name.starts_with(test)));
    all
}

fn parent(name: &[String]) -> Name {
    name.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default()
}

/// Imports of imports that a path may go through: more would be a circle.
const MOST_IMPORTS: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(files: &[(&str, &str)]) -> Vec<String> {
        let folder = Path::new("crates/x/src");
        let files: Vec<_> =
            files.iter().map(|(name, text)| (folder.join(name), (*text).to_owned())).collect();
        check(folder, &files.iter().collect::<Vec<_>>())
    }

    const ROOT: (&str, &str) = ("lib.rs", "pub mod high;\nmod low;\npub use low::Thing;\n");
    const LOW: (&str, &str) = ("low/mod.rs", "mod first;\npub mod second;\npub use first::Thing;\n");

    #[test]
    fn a_module_may_use_what_is_listed_below_it() {
        assert!(wrong(&[
            ROOT,
            LOW,
            ("high.rs", "use crate::low::{Thing, second::f};\nuse crate::Thing as Other;\n"),
            ("low/first.rs", "use super::second;\nuse self::inner::G;\nmod inner { pub use super::super::second::G; }\n"),
            ("low/second.rs", "use std::fmt;\nfn f() { self::f() }\n"),
        ])
        .is_empty());
    }

    #[test]
    fn a_module_that_uses_one_above_it_is_told() {
        for (name, text) in [
            ("low/first.rs", "use crate::high;"),
            ("low/first.rs", "fn f() { crate::high::g() }"),
            ("low/first.rs", "use super::super::{high, low};"),
            ("low/second.rs", "use super::first::Thing;"),
            ("low/second.rs", "use crate::low::{first};"),
            ("low/second.rs", "fn f() -> super::Thing { x!(1) }"),
            ("low/second.rs", "fn f() { write_with!(x, |t| { crate::low::Thing::new(t) }) }"),
            ("low/second.rs", "use crate::Thing;"),
            ("low/second.rs", "mod inner { use super::super::first; }"),
            ("low/second/deep.rs", "use super::super::first;"),
        ] {
            let found = wrong(&[
                ROOT,
                LOW,
                ("high.rs", ""),
                ("low/first.rs", ""),
                ("low/second.rs", ""),
                (name, text),
            ]);
            assert_eq!(found.len(), 1, "{name}: {text}: {found:?}");
        }
    }

    #[test]
    fn files_of_tests_may_use_anything() {
        let files = [
            ROOT,
            ("low.rs", "#[cfg(test)]\nmod tests;\n"),
            ("high.rs", ""),
            ("low/tests.rs", "use crate::high;"),
        ];
        assert!(wrong(&files).is_empty());
    }

    #[test]
    fn imports_in_a_circle_end() {
        assert!(wrong(&[("lib.rs", "mod a;\nuse a::B;"), ("a.rs", "pub use crate::B;")]).is_empty());
    }
}
