//! The front page: where things are, signed in or not.

use axum::extract::State;
use axum::response::Html;
use http::request::Parts;

use crate::door::Door;
use crate::host;
use crate::pages::frame::{Text, page};
use crate::person::Caller;

/// `GET /`
pub(crate) async fn home(State(door): State<Door>, mut parts: Parts) -> Html<String> {
    let base = host::base_url(&door.config, &parts);
    let caller = Caller::recognise(&door, &mut parts).await.ok();
    let greeting = match &caller {
        Some(caller) => {
            format!("<p>You are signed in as <strong>{}</strong>.</p>", Text(&caller.person.name))
        }
        None => "<p>You are not signed in. On the machine where the server runs, run:</p>\n\
                 <pre><code>onecli open</code></pre>\n\
                 <p class=\"quiet\">It opens this page with a link that works once, for a minute.</p>"
            .into(),
    };
    let body = format!(
        "<h1>OneCLI</h1>\n<p>A gateway that gives agents access to services without giving them the keys.</p>\n{greeting}\n\
         <h2>Where things are</h2>\n<table>\n\
         <tr><th>This server</th><td><code>{base}</code></td></tr>\n\
         <tr><th>Gateway for agents</th><td><code>{gateway}</code>, on this machine port <code>{port}</code></td></tr>\n\
         <tr><th>REST API</th><td><a href=\"/docs/api\">documentation</a>, <a href=\"/v1/openapi.json\">OpenAPI</a></td></tr>\n\
         <tr><th>Health</th><td><a href=\"/health\"><code>/health</code></a></td></tr>\n\
         <tr><th>Version</th><td>{version}</td></tr>\n</table>\n\
         <h2>First steps</h2>\n<pre><code>onecli secrets create --name Anthropic --type anthropic --host-pattern api.anthropic.com\n\
         onecli run -- claude\nonecli activity tail -f</code></pre>",
        base = Text(&base),
        gateway = Text(&door.config.gateway_url),
        port = door.config.gateway_port,
        version = Text(&door.config.version),
    );
    page("OneCLI", &body)
}
