//! Real Node behind a proxy, as `run` sets it up: fetch, https and http, with certificates of the gateway's CA.

use std::process::Command;

use serde_json::json;

use crate::fake::Fake;
use crate::onecli::{Ended, Machine, PATH};
use crate::proxy::Proxy;

/// Runs a script in Node behind the proxy; none where there is no Node.
fn behind(proxy: &Proxy, script: &str) -> Option<Ended> {
    if Command::new("node").arg("--version").env("PATH", PATH).output().is_err() {
        return None;
    }
    let fake = Fake::start();
    let url = &proxy.url;
    fake.on(
        "GET /v1/container-config",
        200,
        &json!({"env": {"HTTPS_PROXY": url, "HTTP_PROXY": url}, "caCertificate": proxy.ca}),
    );
    Some(Machine::knowing(&fake.url).onecli(&["run", "--", "node", "-e", script]))
}

const BASIC: &str = "Basic eDphb2NfdGVzdA==";

#[test]
fn fetch_goes_through_the_proxy() {
    let proxy = Proxy::start(&["api.test"]);
    let script = "(async () => {
        const answer = await fetch('https://api.test/a', { method: 'POST', body: 'hi' });
        console.log(await answer.text());
        console.log(await (await fetch('http://plain.test/b')).text());
    })()";

    let Some(ended) = behind(&proxy, script) else { return };

    let ended = ended.done();
    assert_eq!(ended.stdout, "POST https://api.test/a hi\nGET http://plain.test/b \n");
    assert_eq!(proxy.seen(), [format!("api.test:443 {BASIC}"), format!("plain.test:80 {BASIC}")]);
}

#[test]
fn a_program_that_touches_fetchs_classes_first_is_led_too() {
    let proxy = Proxy::start(&["api.test"]);
    let script = "new Headers(); new Request('https://api.test/');
        fetch('https://api.test/a').then((answer) => answer.text()).then(console.log)";

    let Some(ended) = behind(&proxy, script) else { return };

    assert_eq!(ended.done().stdout, "GET https://api.test/a \n");
}

#[test]
fn https_and_http_go_through_the_proxy_with_any_agent() {
    let proxy = Proxy::start(&["api.test"]);
    let script = "const https = require('https'), http = require('http');
        const show = (done) => (answer) => { answer.on('data', (d) => console.log(String(d))); answer.on('end', done); };
        https.get('https://api.test/a', show(() =>
            https.get('https://api.test/b', { agent: new https.Agent({ keepAlive: false }) }, show(() =>
                http.get('http://plain.test/c', show(() => {}))))));";

    let Some(ended) = behind(&proxy, script) else { return };

    assert_eq!(
        ended.done().stdout,
        "GET https://api.test/a \nGET https://api.test/b \nGET http://plain.test/c \n"
    );
}

#[test]
fn loopback_is_reached_directly() {
    let proxy = Proxy::start(&[]);
    let script =
        "require('http').createServer((q, r) => r.end('direct')).listen(0, '127.0.0.1', async function () {
        console.log(await (await fetch('http://127.0.0.1:' + this.address().port)).text());
        console.log(await (await fetch('http://localhost:' + this.address().port)).text());
        process.exit();
    })";

    let Some(ended) = behind(&proxy, script) else { return };

    assert_eq!(ended.done().stdout, "direct\ndirect\n");
    assert!(proxy.seen().is_empty());
}

#[test]
fn a_refused_tunnel_says_why() {
    let proxy = Proxy::start(&[]);
    let script =
        "require('https').get('https://blocked.test/').on('error', (e) => console.log('E ' + e.message))";

    let Some(ended) = behind(&proxy, script) else { return };

    let said = ended.done().stdout;
    assert!(said.starts_with("E "), "{said}");
    assert!(said.contains("403"), "{said}");
}
