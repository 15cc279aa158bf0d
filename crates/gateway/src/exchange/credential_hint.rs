//! What the body of an upstream's own 401 or 403 says in its place, where the gateway knows what to do about it.

use bytes::Bytes;
use onecli_domain::target::Target;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::exchange::error_response::encode;

/// An upstream said 401 or 403 and the gateway knows what to do about it: the body that says so.
///
/// `restricted`: a credential exists, but not for this agent.
pub(crate) fn uncredentialed(
    config: &Config,
    target: &Target,
    restricted: Option<&str>,
    agent: onecli_domain::id::AgentId,
    upstream_body: Option<&str>,
) -> (&'static str, Bytes) {
    let host = target.host.as_str();
    let service = onecli_domain::services::for_host(host).map(|service| service.name);
    let name = service.unwrap_or(host);
    let mut body = Map::new();
    let code = if let Some(secret) = restricted {
        let manage_url = format!("{}/agents/{agent}", config.public_url);
        body.insert("message".into(), format!("{name} refused the request, which went out without a credential: the gateway has one (\"{secret}\"), but not for this agent. Ask the person who runs the gateway to grant it here: {manage_url}").into());
        body.insert("provider".into(), name.into());
        body.insert("manage_url".into(), manage_url.into());
        "access_restricted"
    } else {
        let mut secret_url = format!("{}/secrets/new?host={}", config.public_url, encode(host));
        let path = target.path.sent();
        if path != "/" {
            secret_url.push_str("&path=");
            secret_url
                .extend(percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC));
        }
        if let Some(service) = service {
            secret_url.push_str("&name=");
            secret_url.push_str(&encode(service));
        }
        body.insert("message".into(), format!("{name} refused the request, and the gateway holds no credential for it. Ask the person who runs the gateway to store one here: {secret_url} — then try again. Do not ask for the key itself.").into());
        body.insert("hostname".into(), host.into());
        body.insert("path".into(), path.into());
        body.insert("secret_url".into(), secret_url.into());
        "credential_not_found"
    };
    body.insert("error".into(), code.into());
    if let Some(text) = upstream_body {
        body.insert("upstream_body".into(), text.into());
    }
    (code, Bytes::from(Value::Object(body).to_string()))
}
