//! `openapi`: generates the committed `OpenAPI` file from the code.

use anyhow::{Context, Result};

use crate::run::{cargo, read, root};

/// Writes `openapi.json`. A test in the api crate fails if it differs from the code.
pub(crate) fn write() -> Result<()> {
    let text = read(&mut cargo(&["run", "--quiet", "--package", "onecli-api", "--example", "openapi"]))?;
    let path = root().join("openapi.json");
    std::fs::write(&path, text).with_context(|| format!("{} can't be written", path.display()))
}
