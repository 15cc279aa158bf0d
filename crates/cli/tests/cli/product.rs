//! The product whole: real programs through `onecli run`, a real TLS upstream, and a key that none of them holds.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use onecli_testkit::Seen;
use onecli_testkit::upstream::{Answer, Script};

use crate::stand::{Product, VALUE, set_up};

#[test]
fn curl_is_authenticated_without_a_key() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    product.assert_authenticated(&product.run(&["curl", "-sS", "https://api.good.test/v1/me"]));
    let http1 = product.run(&[
        "curl",
        "-sS",
        "--http1.1",
        "-H",
        "Authorization: Bearer mine",
        "https://api.good.test/",
    ]);
    product.assert_authenticated(&http1);
    let environment = product.run(&["env"]);
    assert!(!environment.stdout.contains(VALUE));
}

#[test]
fn python_is_authenticated_by_every_client() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    let python = set_up("ONECLI_TEST_PYTHON");
    for script in [
        "import requests; print(requests.get('https://api.good.test/').text)",
        "import httpx; print(httpx.get('https://api.good.test/').text)",
        "import urllib.request as u; print(u.urlopen('https://api.good.test/').read().decode())",
    ] {
        product.assert_authenticated(&product.run(&[&python, "-c", script]));
    }
}

#[test]
fn node_is_authenticated_by_fetch_and_https() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    for script in [
        "fetch('https://api.good.test/').then(r => r.text()).then(t => console.log(t))",
        "require('https').get('https://api.good.test/', r => r.on('data', d => process.stdout.write(d)))",
    ] {
        product.assert_authenticated(&product.run(&["node", "-e", script]));
    }
}

#[test]
fn a_websocket_is_authenticated_and_echoes() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    let script = r#"
const net = require("net"), tls = require("tls"), fs = require("fs");
const proxy = new URL(process.env.HTTPS_PROXY);
const auth = Buffer.from(`${proxy.username}:${proxy.password}`).toString("base64");
const tcp = net.connect(proxy.port, proxy.hostname, () => tcp.write(`CONNECT api.good.test:443 HTTP/1.1\r\nHost: api.good.test:443\r\nProxy-Authorization: Basic ${auth}\r\n\r\n`));
tcp.once("data", () => {
  const s = tls.connect({ socket: tcp, servername: "api.good.test", ca: fs.readFileSync(process.env.SSL_CERT_FILE) }, () =>
    s.write("GET /ws HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
  let got = "";
  s.on("data", d => {
    got += d;
    if (got.endsWith("\r\n\r\n")) s.write("ping over the wire");
    if (got.endsWith("ping over the wire")) { console.log(got.split("\r\n")[0]); s.end(); }
  });
});"#;
    let ended = product.run(&["node", "-e", script]);
    assert_eq!((ended.code, ended.stdout.trim()), (0, "HTTP/1.1 101 Switching Protocols"), "{ended:?}");
    assert_eq!(product.upstream.only().header("authorization"), Some(format!("Bearer {VALUE}").as_str()));
}

#[test]
fn git_clones_and_pushes_with_basic_from_a_secret() {
    let product = Product::start();
    product.secret("git.good.test", "Basic {base64:x-access-token:{value}}");
    let home = product.machine.home().to_path_buf();
    let bare = home.join("served/repo.git");
    git(&home, &["init", "-q", "--bare", bare.to_str().unwrap()]);
    git(&bare, &["config", "http.receivepack", "true"]);
    let root = home.join("served");
    product.upstream.answer(move |seen| serve_git(&root, seen));

    let clone = product.run(&["git", "clone", "-q", "https://git.good.test/repo.git", "work"]);
    assert_eq!(clone.code, 0, "{clone:?}");
    let work = home.join("work");
    std::fs::write(work.join("file"), "content").unwrap();
    git(&work, &["add", "file"]);
    git(&work, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]);
    let push = product.run(&["git", "-C", work.to_str().unwrap(), "push", "-q", "origin", "HEAD:main"]);
    assert_eq!(push.code, 0, "{push:?}");
    assert!(git(&bare, &["log", "--oneline", "main"]).contains("first"));
    assert!(!std::fs::read_to_string(work.join(".git/config")).unwrap().contains(VALUE));
}

#[test]
fn a_rule_on_the_push_stops_it_before_anything_is_sent() {
    let product = Product::start();
    let args =
        ["rules", "create", "--name", "no push", "--host-pattern", "git.good.test", "--action", "block"];
    let rest = ["--path-pattern", "/repo.git/git-receive-pack"];
    product.machine.onecli(&[&args[..], &rest[..]].concat()).done();
    let refs = "https://git.good.test/repo.git/info/refs?service=git-receive-pack";
    let ended = product.run(&["curl", "-sS", refs]);
    assert!(ended.stdout.contains("blocked_by_policy"), "{ended:?}");
    assert!(product.upstream.saw_nothing());
}

#[test]
fn the_published_sdk_works_unchanged() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    let key = std::fs::read_to_string(product.machine.data().join("credentials")).unwrap();
    let running: serde_json::Value =
        serde_json::from_slice(&std::fs::read(product.machine.data().join("server.json")).unwrap()).unwrap();
    let script = format!(
        r#"
import {{ OneCLI }} from "@onecli-sh/sdk";
const onecli = new OneCLI({{ apiKey: {key:?}, url: {url} }});
const made = await onecli.ensureAgent({{ name: "Scribe", identifier: "scribe" }});
const again = await onecli.ensureAgent({{ name: "Scribe", identifier: "scribe" }});
const agent = await onecli.createAgent({{ name: "Other", identifier: "other" }});
const config = await onecli.getContainerConfig({{ agent: "scribe" }});
const args = [];
const applied = await onecli.applyContainerConfig(args, {{ agent: "scribe" }});
const skill = await onecli.getGatewaySkill();
console.log(JSON.stringify([made.created, again.created, agent.identifier, config.env.HTTPS_PROXY.includes("aoc_"), applied, args.length > 10, skill.includes("api.good.test")]));
"#,
        key = key.trim(),
        url = running["url"],
    );
    let modules = PathBuf::from(set_up("ONECLI_TEST_NODE_MODULES"));
    let folder = product.machine.home().join("sdk");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(modules, folder.join("node_modules")).unwrap();
    std::fs::write(folder.join("drive.mjs"), script).unwrap();
    let output = Command::new("node").arg("drive.mjs").current_dir(&folder).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stdout.trim(), r#"[true,false,"other",true,true,true,true]"#, "{stderr}");
}

#[test]
fn neither_the_value_nor_a_token_stands_anywhere_in_the_clear() {
    let product = Product::start();
    product.secret("api.good.test", "Bearer {value}");
    product.run(&["curl", "-sS", "https://api.good.test/v1/me?key=1"]).done();
    let agents = product.machine.onecli(&["agents", "list"]).done().json();
    let token = agents[0]["accessToken"].as_str().unwrap().to_owned();
    let mut told = String::new();
    for args in [
        &["secrets", "list"][..],
        &["activity", "list"],
        &["rules", "list"],
        &["config", "show"],
        &["keys", "status"],
    ] {
        told.push_str(&product.machine.onecli(args).done().stdout);
    }
    let mut places = HashMap::from([("answers".to_owned(), told.into_bytes())]);
    for entry in std::fs::read_dir(product.machine.data()).unwrap() {
        let path = entry.unwrap().path();
        places.insert(path.display().to_string(), std::fs::read(&path).unwrap_or_default());
    }
    places.insert("the log".into(), std::fs::read(product.machine.home().join("log")).unwrap());
    for planted in [VALUE, &token] {
        for form in forms(planted) {
            for (place, bytes) in &places {
                assert!(!holds(bytes, &form), "{place} holds {planted} as {form}");
            }
        }
    }
}

/// A value in the common encodings.
fn forms(value: &str) -> Vec<String> {
    use base64::Engine;
    let base64 = base64::prelude::BASE64_STANDARD_NO_PAD;
    let hex = hex::encode(value);
    let percent = value.bytes().map(percent_encoding::percent_encode_byte).collect();
    // Base64 looks different at each of three offsets; the middle is the same whatever stands around it.
    let shifted = (0..3).map(|offset| {
        let text = base64.encode(format!("{}{value}", "x".repeat(offset)));
        text[4..text.len() - 4].to_owned()
    });
    [value.to_owned(), hex.to_uppercase(), hex, percent].into_iter().chain(shifted).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `git http-backend` behind Basic, as a CGI program (RFC 3875).
pub(crate) fn serve_git(root: &Path, seen: &Seen) -> Answer {
    use base64::Engine;
    let wanted = base64::prelude::BASE64_STANDARD.encode(format!("x-access-token:{VALUE}"));
    if seen.header("authorization") != Some(format!("Basic {wanted}").as_str()) {
        let mut refused = Answer::new(Script::whole("who are you?"));
        *refused.status_mut() = http::StatusCode::UNAUTHORIZED;
        refused.headers_mut().insert("www-authenticate", "Basic realm=\"git\"".parse().unwrap());
        return refused;
    }
    let (path, query) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
    let mut backend = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "agent")
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &seen.method)
        .env("CONTENT_TYPE", seen.header("content-type").unwrap_or_default())
        .env("CONTENT_LENGTH", seen.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", seen.header("content-encoding").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    backend.stdin.take().unwrap().write_all(&seen.body).unwrap();
    let output = backend.wait_with_output().unwrap().stdout;
    let border = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let mut answer = Answer::new(Script::whole(output[border + 4..].to_vec()));
    for line in std::str::from_utf8(&output[..border]).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        if name == "Status" {
            *answer.status_mut() = value[..3].parse().unwrap();
        } else {
            let name: http::HeaderName = name.parse().unwrap();
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    answer
}
