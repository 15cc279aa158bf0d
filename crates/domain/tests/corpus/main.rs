//! The corpus: rules, requests and the verdicts that the contract gives them, read from `tests/cases`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod approved;
mod case;
mod cost;
mod judge;
mod limits;
mod properties;
mod path_readings;
mod secret_paths;
#[path = "../../benches/worst/bodies.rs"]
mod worst;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use case::{Case, Cases, VERDICTS};

/// How many cases there are at least.
const FEWEST: usize = 250;

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        const FILES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

files! {
    agents, ambiguity, approvals, body, body_json, coding, form, git, graphql, headers, hosts, jsonrpc, methods, modes,
    operators, paths, patterns, precedence, query, rates, readers, readings,
}

/// Judges every case of a file, and reports all that fail together.
fn check(file: &str) {
    let cases = read(file);
    let failures: Vec<String> = cases.iter().filter_map(|case| failure(file, case)).collect();
    let all = cases.len();
    assert!(failures.is_empty(), "{} of {all} cases fail:\n{}", failures.len(), failures.join("\n"));
}

fn failure(file: &str, case: &Case) -> Option<String> {
    let report = |expected: &str, got: &str| {
        Some(format!("{file}.toml: {}\n    expected {expected}, got {got}", case.name))
    };
    let judged = match judge::verdict_of(case) {
        Ok(judged) => judged,
        Err(error) => return report(&case.verdict, &format!("an error: {error}")),
    };
    if judged.verdict != case.verdict {
        return report(&case.verdict, &format!("{} (matched {:?})", judged.verdict, judged.matched));
    }
    let mut expected = case.matched.clone()?;
    expected.sort_unstable();
    if expected == judged.matched {
        return None;
    }
    report(&format!("{} matched {expected:?}", case.verdict), &format!("{:?}", judged.matched))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn read(file: &str) -> Vec<Case> {
    let path = folder().join(format!("{file}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}.toml: {error}"));
    cases.case
}

#[test]
fn every_file_is_judged() {
    let there: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, FILES.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn the_corpus_is_large_and_each_case_has_a_name_of_its_own() {
    let mut names: HashMap<String, &str> = HashMap::new();
    for file in FILES {
        for case in read(file) {
            assert!(
                VERDICTS.contains(&case.verdict.as_str()),
                "{file}.toml: {}: {}",
                case.name,
                case.verdict
            );
            case.request.body();
            if let Some(other) = names.insert(case.name.clone(), file) {
                panic!("{file}.toml and {other}.toml both have a case named: {}", case.name);
            }
        }
    }
    assert!(names.len() >= FEWEST, "the corpus has {} cases", names.len());
}
