//! Peers: programs that read cases from stdin and answer each with a line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Answer, Case};

/// Asks Python, Node and Go, and puts their answers together.
pub(crate) fn ask_all(cases: &[Case]) -> Vec<Answer> {
    let mut go = Command::new("go");
    go.args(["run", &script("readers.go").display().to_string()]);
    let mut all = vec![Answer::new(); cases.len()];
    for peer in [python(&script("readers.py")), node(&script("readers.cjs")), go] {
        for (all, more) in all.iter_mut().zip(ask(peer, cases)) {
            all.extend(more);
        }
    }
    all
}

fn ask(mut peer: Command, cases: &[Case]) -> Vec<Answer> {
    let mut child = peer.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = cases.iter().map(|case| serde_json::to_string(case).unwrap()).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").unwrap();
        }
    });
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers =
        output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect::<Vec<_>>();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "{peer:?} failed");
    assert_eq!(answers.len(), cases.len(), "{peer:?}");
    answers
}

/// A Python that runs a script.
pub(crate) fn python(script: &Path) -> Command {
    let mut python = Command::new(set_up("ONECLI_TEST_PYTHON"));
    python.arg(script);
    python
}

/// A Node that runs a script.
pub(crate) fn node(script: &Path) -> Command {
    let mut node = Command::new("node");
    node.arg(script).env("NODE_PATH", set_up("ONECLI_TEST_NODE_MODULES"));
    node
}

/// Where a script is.
pub(crate) fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(name)
}

/// What the test command set up; without it these tests can't say anything.
#[allow(clippy::disallowed_methods, reason = "tests are told where their clients are")]
fn set_up(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}
