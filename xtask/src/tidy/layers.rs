//! Which crate may depend on which, and which libraries are reserved for some crates: the table of ARCHITECTURE.md as data.

use anyhow::{Context, Result};

/// What a crate may depend on.
pub(super) struct Layer {
    /// Its folder under `crates/`.
    pub(super) name: &'static str,
    /// The project's own crates that it may use.
    may_use: &'static [&'static str],
}

/// Every crate of the product.
pub(super) const CRATES: &[Layer] = &[
    Layer { name: "domain", may_use: &[] },
    Layer { name: "vault", may_use: &["onecli-domain"] },
    Layer { name: "store", may_use: &["onecli-domain"] },
    Layer { name: "app", may_use: &["onecli-domain", "onecli-vault", "onecli-store"] },
    Layer { name: "gateway", may_use: &["onecli-domain", "onecli-app"] },
    Layer { name: "api", may_use: &["onecli-domain", "onecli-app"] },
    Layer { name: "cli", may_use: &["onecli-domain", "onecli-app", "onecli-gateway", "onecli-api"] },
    Layer {
        name: "testkit",
        may_use: &["onecli-domain", "onecli-app", "onecli-gateway", "onecli-vault", "onecli-store"],
    },
];

/// Libraries that only some crates may use. Dev-dependencies don't count.
const RESERVED: &[(&str, &[&str])] = &[
    ("aws-lc-rs", &["vault"]),
    ("argon2", &["vault"]),
    ("sqlx", &["store"]),
    ("axum", &["api"]),
    ("utoipa", &["api"]),
    ("utoipa-axum", &["api"]),
    ("rcgen", &["gateway", "testkit"]),
    ("tokio-rustls", &["gateway", "testkit"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
];

/// Libraries that domain must not use: it has no I/O, no async, no clock, no randomness.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "rand", "getrandom", "http", "hyper", "reqwest", "futures-util"];

/// Checks a crate's manifest against the table.
pub(super) fn check(krate: &Layer, manifest: &str) -> Result<Vec<String>> {
    let manifest: toml::Table =
        manifest.parse().with_context(|| format!("crates/{}/Cargo.toml", krate.name))?;
    let mut wrong = Vec::new();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    for name in dependencies.into_iter().flat_map(toml::Table::keys) {
        let place = format!("crates/{}/Cargo.toml", krate.name);
        if name.starts_with("onecli-") && !krate.may_use.contains(&name.as_str()) {
            wrong.push(format!("{place}: {} may not depend on {name}", krate.name));
        }
        if let Some((_, owners)) = RESERVED.iter().find(|(library, _)| library == name)
            && !owners.contains(&krate.name)
        {
            wrong.push(format!("{place}: only {} may use {name}", owners.join(" and ")));
        }
        if krate.name == "domain" && NOT_IN_DOMAIN.contains(&name.as_str()) {
            wrong.push(format!("{place}: domain is pure and may not use {name}"));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(name: &str, manifest: &str) -> Vec<String> {
        check(CRATES.iter().find(|krate| krate.name == name).unwrap(), manifest).unwrap()
    }

    #[test]
    fn a_forbidden_dependency_is_reported() {
        assert_eq!(wrong("store", "[dependencies]\nonecli-vault.workspace = true").len(), 1);
        assert_eq!(wrong("gateway", "[dependencies]\nonecli-api.workspace = true\naxum = \"1\"").len(), 2);
        assert_eq!(wrong("domain", "[dependencies]\ntokio = \"1\"").len(), 1);
        assert_eq!(wrong("app", "[dependencies]\nsqlx = \"1\"").len(), 1);
        assert!(
            wrong("app", "[dependencies]\nonecli-vault.workspace = true\n[dev-dependencies]\nsqlx = \"1\"")
                .is_empty()
        );
    }
}
