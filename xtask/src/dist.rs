//! `dist` and `bench`: build the release with its bill of materials, and run the benchmarks.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::run::{cargo, command, read, root, run, target};
use crate::web;

/// Builds the release into `target/dist/onecli-VERSION.tar.gz`, with an SBOM (`CycloneDX` 1.5) and the licence.
pub(crate) fn dist() -> Result<()> {
    web::build()?;
    run(&mut cargo(&["build", "--release", "--locked", "--package", "onecli-cli", "--bin", "onecli"]))?;
    let metadata: Value =
        serde_json::from_str(&read(&mut cargo(&["metadata", "--format-version", "1", "--locked"]))?)?;
    let version = env!("CARGO_PKG_VERSION");
    let folder = target().join("dist").join(format!("onecli-{version}"));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
    std::fs::copy(target().join("release/onecli"), folder.join("onecli"))?;
    for name in ["LICENSE", "README.md", "CHANGELOG.md"] {
        std::fs::copy(root().join(name), folder.join(name))
            .with_context(|| format!("{name} can't be copied"))?;
    }
    std::fs::write(
        folder.join("sbom.cdx.json"),
        serde_json::to_vec_pretty(&bill_of_materials(&metadata, version))?,
    )?;
    let archive = target().join("dist").join(format!("onecli-{version}.tar.gz"));
    let (archive, name) = (archive.display().to_string(), format!("onecli-{version}"));
    let parent = target().join("dist").display().to_string();
    run(&mut command("tar", &["-C", &parent, "-czf", &archive, &name]))
}

/// Builds the release and the load generator, and runs the benchmarks.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    run(&mut cargo(&["build", "--release", "--package", "onecli-cli", "--package", "onecli-load"]))?;
    let binary = target().join("release/onecli").display().to_string();
    let load = target().join("release/onecli-load").display().to_string();
    let mut all = vec!["bench", "--onecli", &binary];
    all.extend(arguments.iter().map(String::as_str));
    run(&mut command(&load, &all))
}

fn bill_of_materials(metadata: &Value, version: &str) -> Value {
    let packages = metadata.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    let components: Vec<Value> = packages
        .iter()
        .filter(|package| package.get("source").is_some_and(Value::is_string))
        .map(|package| {
            let text = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            json!({
                "type": "library",
                "name": text("name"),
                "version": text("version"),
                "purl": format!("pkg:cargo/{}@{}", text("name"), text("version")),
                "licenses": [{ "expression": text("license") }],
            })
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "onecli", "version": version } },
        "components": components,
    })
}
