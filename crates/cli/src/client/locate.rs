//! Finds the server to call and its API key.

use super::address::normal;
use super::credentials::{self, KeyOrigin};
use super::running::Running;
use crate::config::{DataDir, Environment};
use crate::exit::{Exit, Failure};

/// A server and its API key.
#[derive(Clone)]
pub(crate) struct Located {
    /// Its URL, without a trailing slash.
    pub(crate) url: String,
    /// The API key; a server without sign-in needs none.
    pub(crate) key: Option<String>,
    /// Where the key comes from.
    pub(crate) key_origin: Option<KeyOrigin>,
    /// The local server's details, if it is that.
    pub(crate) running: Option<Running>,
}

/// The server from the environment, else from `config set`, else the local one.
pub(crate) fn locate(environment: &Environment, data: &DataDir) -> Result<Located, Failure> {
    let running = Running::find(data);
    let named = named(environment, data)?;
    let url = match (named, &running) {
        (Some(url), _) => url,
        (None, Some(running)) => normal(&running.url, "server.json")?,
        (None, None) => {
            return Err(Failure::of(Exit::Unreachable, "no server is running")
                .hint("start one with `onecli start`, or set ONECLI_URL to use another machine's"));
        }
    };
    let running = running.filter(|running| same_server(&running.url, &url));
    let (key, key_origin) = match environment.value("ONECLI_API_KEY") {
        Some(key) => (Some(key), Some(KeyOrigin::Environment)),
        None => credentials::find(data, &url, running.is_some()).unzip(),
    };
    Ok(Located { url, key, key_origin, running })
}

/// The server that was set explicitly.
pub(crate) fn named(environment: &Environment, data: &DataDir) -> Result<Option<String>, Failure> {
    for name in ["ONECLI_URL", "ONECLI_API_HOST"] {
        if let Some(text) = environment.value(name) {
            return normal(&text, name).map(Some);
        }
    }
    let kept = std::fs::read(data.file("config.json")).ok();
    let kept = kept.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    match kept.as_ref().and_then(|kept| kept.get("api-host")).and_then(serde_json::Value::as_str) {
        Some(text) => normal(text, "config.json, `api-host`").map(Some),
        None => Ok(None),
    }
}

/// Treats `localhost` and `127.0.0.1` as the same.
fn same_server(one: &str, other: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches('/').replace("://localhost", "://127.0.0.1");
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> (tempfile::TempDir, DataDir) {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::find(Some(folder.path()), &Environment::default()).unwrap();
        (folder, data)
    }

    #[test]
    fn no_server_means_unreachable_with_a_remedy() {
        let (_folder, data) = data();

        let failure = locate(&Environment::default(), &data).err().unwrap();

        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.hints[0].contains("onecli start"));
    }

    #[test]
    fn a_server_json_of_a_dead_process_counts_as_none() {
        let (_folder, data) = data();
        Running { pid: i32::MAX as u32, url: "http://127.0.0.1:1".into(), gateway: String::new() }
            .announce(&data)
            .unwrap();

        assert!(locate(&Environment::default(), &data).is_err());
    }

    #[test]
    fn the_local_servers_key_goes_to_this_machine_alone() {
        let (_folder, data) = data();
        data.write("credentials", b"oc_key\n").unwrap();
        let key = |url| locate(&Environment::made_of([("ONECLI_URL", url)]), &data).unwrap().key;

        assert_eq!(key("http://127.0.0.1:1").as_deref(), Some("oc_key"));
        assert_eq!(key("http://elsewhere.test"), None);
    }

    #[test]
    fn variables_take_precedence_in_order() {
        let (_folder, data) = data();
        data.write("config.json", br#"{"api-host":"http://kept.test"}"#).unwrap();
        let url = |environment: &Environment| locate(environment, &data).unwrap().url;

        assert_eq!(url(&Environment::default()), "http://kept.test");
        assert_eq!(url(&Environment::made_of([("ONECLI_API_HOST", "http://old.test/")])), "http://old.test");
        assert_eq!(
            url(&Environment::made_of([("ONECLI_API_HOST", "old.test"), ("ONECLI_URL", "new.test")])),
            "http://new.test"
        );
    }
}
