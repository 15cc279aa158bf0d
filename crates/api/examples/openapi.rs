//! Prints the `OpenAPI` document: `cargo run -p onecli-api --example openapi > openapi.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(onecli_api::openapi_json().as_bytes())
}
