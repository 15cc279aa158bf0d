//! Embeds the dashboard: writes a table of what `dashboard/dist` holds, each file packed as browsers take it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a build that can't go on ends with a panic")]
#![allow(clippy::disallowed_methods, reason = "cargo tells a build script by its environment")]

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::{Compression, write::GzEncoder};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names it"));
    let dist = here.join("../../dashboard/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/dashboard/not_built.html");
    let is_built = dist.join("index.html").is_file();
    // The folder is in the repository, though empty: what isn't there can't be watched, or cargo would build anew
    // each time.
    if dist.is_dir() {
        println!("cargo::rerun-if-changed={}", dist.display());
    }
    let mut files = Vec::new();
    if is_built {
        walk(&dist, &mut files);
        files.sort();
    }
    let index =
        if is_built { dist.join("index.html") } else { PathBuf::from("src/dashboard/not_built.html") };
    let index = fs::canonicalize(index).unwrap();
    let mut code = String::from("Dashboard {\n    index: include_str!(");
    writeln!(code, "{:?}),\n    files: &[", index.display().to_string()).unwrap();
    for (number, file) in files.iter().filter(|file| **file != dist.join("index.html")).enumerate() {
        let path = file.strip_prefix(&dist).unwrap().to_str().expect("names are text").replace('\\', "/");
        let bytes = fs::read(file).unwrap();
        let packed = pack(&bytes);
        // What hardly shrinks (fonts, images) is sent as it is.
        let is_packed = packed.len() * 10 < bytes.len() * 9;
        let embedded = out.join(format!("dashboard-{number}"));
        fs::write(&embedded, if is_packed { &packed } else { &bytes }).unwrap();
        writeln!(
            code,
            "        File {{ path: {path:?}, tag: \"\\\"{0:016x}\\\"\", packed_tag: \"\\\"{0:016x}-gzip\\\"\", \
             packed: {is_packed}, bytes: include_bytes!({1:?}) }},",
            mark(&bytes),
            embedded.display().to_string(),
        )
        .unwrap();
    }
    code.push_str("    ],\n}\n");
    fs::write(out.join("dashboard.rs"), code).unwrap();
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What begins with a dot is for those who build it.
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            continue;
        }
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn mark(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
