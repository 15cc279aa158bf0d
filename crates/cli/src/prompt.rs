//! Reading a value: from a hidden prompt on a terminal, else from stdin.

use std::io::{IsTerminal, Read, stdin};
use std::path::Path;

use crate::exit::{Exit, Failure};

/// Prompts for a value without echo, or reads all of stdin where that is not a terminal.
pub(crate) async fn secret(question: &str) -> Result<String, Failure> {
    let question = format!("{question}: ");
    let asked = tokio::task::spawn_blocking(move || {
        if stdin().is_terminal() { rpassword::prompt_password(question) } else { all_of(stdin().lock()) }
    });
    match asked.await {
        Ok(Ok(value)) => not_empty(value),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
            Err(Failure::of(Exit::Interrupted, "interrupted"))
        }
        Ok(Err(error)) => Err(Failure::new(format!("can't read the value: {}", crate::exit::plain(&error)))),
        Err(_) => Err(Failure::new("the prompt ended without a value")),
    }
}

/// Reads a text file; `-` is stdin.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    let read = if path == Path::new("-") {
        all_of(stdin().lock())
    } else {
        std::fs::File::open(path).and_then(all_of)
    };
    read.map_err(|error| Failure::file("read", path, &error))
}

/// The trailing newline that an editor or `echo` adds is not part of the value.
fn all_of(mut source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    source.read_to_string(&mut text)?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(value.strip_suffix('\r').unwrap_or(value).to_owned())
}

pub(crate) fn not_empty(value: String) -> Result<String, Failure> {
    if value.is_empty() {
        return Err(Failure::usage("the value is empty")
            .hint("type it at the prompt, pipe it in, or use --value-file"));
    }
    Ok(value)
}
