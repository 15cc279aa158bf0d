//! Ids as arguments: validated before they become part of a URL, and looked up by name.

use clap::Args;
use serde_json::Value;

use crate::client::{Client, segment};
use crate::exit::{Exit, Failure};

/// An id, as an argument or as `--id`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Id {
    /// Id or name
    #[arg(value_name = "ID", required_unless_present = "id", conflicts_with = "id")]
    given: Option<String>,
    /// The same, as a flag
    #[arg(long)]
    id: Option<String>,
}

impl Id {
    /// The id as given, validated.
    pub(crate) fn given(&self) -> Result<&str, Failure> {
        let id = self.given.as_deref().or(self.id.as_deref()).unwrap_or_default();
        check(id)?;
        Ok(id)
    }

    /// The id; anything else is looked up in the list by these fields.
    pub(crate) async fn find(&self, client: &Client, list: &str, names: &[&str]) -> Result<String, Failure> {
        let given = self.given()?;
        if is_uuid(given) {
            return Ok(given.to_owned());
        }
        let item = find(client, list, given, names).await?;
        item.get("id").and_then(Value::as_str).map(segment).ok_or_else(|| missing(list, given))
    }

    /// The item of the list.
    pub(crate) async fn item(&self, client: &Client, list: &str, names: &[&str]) -> Result<Value, Failure> {
        find(client, list, self.given()?, names).await
    }
}

/// Finds an item of a list by id or by these fields.
pub(crate) async fn find(client: &Client, list: &str, given: &str, names: &[&str]) -> Result<Value, Failure> {
    let is = |item: &Value, field: &str| item.get(field).and_then(Value::as_str) == Some(given);
    let items = client.list(list, None).await?;
    if let Some(item) = items.iter().find(|item| is(item, "id")) {
        return Ok(item.clone());
    }
    let mut named = items.iter().filter(|item| names.iter().any(|field| is(item, field)));
    match (named.next(), named.next()) {
        (Some(item), None) => Ok(item.clone()),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("more than one is named \"{given}\"")).hint("use the id"))
        }
        (None, _) => Err(missing(list, given)),
    }
}

/// `agents` → `agent`, `api-keys` → `API key`.
fn singular(noun: &str) -> String {
    let noun = noun.strip_suffix('s').unwrap_or(noun).replace('-', " ");
    noun.strip_prefix("api ").map(|rest| format!("API {rest}")).unwrap_or(noun)
}

fn missing(list: &str, given: &str) -> Failure {
    let noun = list.trim_start_matches("/v1/");
    Failure::of(Exit::NotFound, format!("no {} named \"{given}\"", singular(noun)))
        .hint(format!("`onecli {noun} list` shows all"))
}

/// Validates an id: it must not change which URL is called.
pub(crate) fn check(id: &str) -> Result<(), Failure> {
    let why = if id.is_empty() {
        "is empty"
    } else if id.chars().any(char::is_control) {
        "contains a control character"
    } else if id.chars().any(char::is_whitespace) {
        "contains a space"
    } else if id.contains("..") || id.contains(['?', '#', '%', '/', '\\']) {
        "contains one of `..`, `?`, `#`, `%`, `/`"
    } else {
        return Ok(());
    };
    Err(Failure::usage(format!("`{}` is not a valid id: it {why}", id.escape_default())))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_can_not_change_the_url() {
        for wrong in ["", "a b", "a/b", "..", "a?b", "a#b", "a%2f", "a\u{7}"] {
            assert_eq!(check(wrong).err().map(|failure| failure.exit), Some(Exit::Usage), "{wrong:?}");
        }
        assert!(check("0198c0de-0000-7000-8000-000000000001").is_ok());
        assert!(check("my-agent_1").is_ok());
    }

    #[test]
    fn a_uuid_is_distinguished_from_a_name() {
        assert!(is_uuid("0198c0de-0000-7000-8000-000000000001"));
        assert!(!is_uuid("scribe"));
    }
}
