//! Real Node clients that create an `https.Agent` of their own, in the versions that differ, through the real gateway.

use std::path::{Path, PathBuf};

use http::HeaderValue;
use onecli_testkit::upstream::{Answer, Script};

use crate::onecli::{Ended, Machine};
use crate::stand::{Product, VALUE, set_up};

/// The system's Node, and those from which on Node can read the proxy's variables itself.
fn versions(modules: &Path) -> Vec<PathBuf> {
    let pinned = ["node-22", "node-24"].map(|name| modules.join(name).join("bin/node"));
    let has_pinned = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    let pinned = pinned.into_iter().filter(|_| has_pinned);
    [PathBuf::from("node")].into_iter().chain(pinned).collect()
}

/// A product with a secret, whose machine finds the clients.
fn product(machine: Machine) -> (Product, Vec<PathBuf>) {
    let product = Product::start_on(machine);
    product.secret("api.good.test", "Bearer {value}");
    let modules = PathBuf::from(set_up("ONECLI_TEST_NODE_MODULES"));
    std::os::unix::fs::symlink(&modules, product.machine.home().join("node_modules")).unwrap();
    product.upstream.answer(|_| {
        let mut answer = Answer::new(Script::whole(BODY));
        answer.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        answer
    });
    (product, versions(&modules))
}

fn run(product: &Product, node: &Path, script: &str) -> Ended {
    let script = format!(
        "const https = require('https'), url = 'https://api.good.test/v1/balance';
         const get = (options) => new Promise((done, fail) => https.get(url, options, (answer) => {{
           let text = ''; answer.on('data', (part) => text += part); answer.on('end', () => done(text));
         }}).on('error', fail));
         (async () => {{ {script} }})().then((text) => console.log(text))"
    );
    product.run(&[node.to_str().unwrap(), "-e", &script])
}

/// Each client prints the answer's body, the upstream saw the secret, and the gateway recorded the request.
fn each_goes_through(product: &Product, versions: &[PathBuf], clients: &[(&str, &str)]) {
    let mut requests = 0;
    for node in versions {
        for (client, script) in clients {
            let ended = run(product, node, script);

            let which = format!("{client} in {}: {ended:?}", node.display());
            assert_eq!((ended.code, ended.stdout.trim()), (0, BODY), "{which}");
            assert!(!ended.stderr.contains("UNDICI-EHPA"), "{which}");
            requests += 1;
        }
    }
    let seen = product.upstream.seen();
    assert_eq!(seen.len(), requests);
    let value = format!("Bearer {VALUE}");
    assert!(seen.iter().all(|seen| seen.header("authorization") == Some(&value)));
    let recorded = product.machine.onecli(&["activity", "list", "--max", "200"]).done().json();
    assert_eq!(recorded.as_array().unwrap().len(), requests, "{recorded:#}");
}

#[test]
fn agents_of_a_programs_own_go_through_the_gateway() {
    let (product, versions) = product(Machine::new());

    each_goes_through(
        &product,
        &versions,
        &[
            ("no agent", "return get({})"),
            ("an agent", "return get({ agent: new https.Agent({ keepAlive: true }) })"),
            ("agent: false", "return get({ agent: false })"),
            (
                "a subclass that uses its socket at once",
                "return get({ agent: new (class extends https.Agent {
                   createConnection(options, done) {
                     const socket = super.createConnection(options, done);
                     socket.setKeepAlive(true);
                     return socket;
                   }
                 })({ keepAlive: true }) })",
            ),
            ("fetch", "return (await fetch(url)).text()"),
        ],
    );
}

#[test]
fn clients_that_bring_an_agent_go_through_the_gateway() {
    let (product, versions) = product(Machine::new());

    each_goes_through(
        &product,
        &versions,
        &[
            ("superagent", "return (await require('superagent').get(url)).text"),
            (
                "Stripe",
                "const stripe = new (require('stripe'))('sk_test_x', { host: 'api.good.test', maxNetworkRetries: 0, telemetry: false });
                 const { object, livemode } = await stripe.balance.retrieve();
                 return JSON.stringify({ object, livemode })",
            ),
            (
                "AWS SDK v3 for S3",
                "const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
                 const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
                 const s3 = new S3Client({ endpoint: url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials });
                 const answer = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }));
                 return answer.Body.transformToString()",
            ),
            ("axios", "return JSON.stringify((await require('axios').get(url, { proxy: false, httpsAgent: new https.Agent() })).data)"),
            ("agentkeepalive", "return get({ agent: new (require('agentkeepalive').HttpsAgent)() })"),
        ],
    );
}

#[test]
fn a_program_that_lets_node_read_the_proxy_itself_goes_through_the_gateway_too() {
    let (product, versions) = product(Machine::new());
    let within = |script: &str| {
        format!(
            "const child = require('child_process').spawnSync(process.execPath, ['-e', {}], {{
               env: {{ ...process.env, NODE_USE_ENV_PROXY: '1', NODE_NO_WARNINGS: '1' }} }});
             if (child.status) throw new Error(String(child.stderr));
             return String(child.stdout).trim()",
            serde_json::json!(script)
        )
    };
    let get = |options: &str| {
        within(&format!(
            "require('https').get('https://api.good.test/', {options}, (answer) => answer.pipe(process.stdout))"
        ))
    };

    each_goes_through(
        &product,
        &versions,
        &[
            ("Node's own agent", &get("{}")),
            ("an agent", &get("{ agent: new (require('https').Agent)() }")),
            (
                "fetch",
                &within("fetch('https://api.good.test/').then((answer) => answer.text()).then(console.log)"),
            ),
        ],
    );
}

#[test]
fn an_idle_connection_does_not_keep_a_program_alive() {
    let (product, versions) = product(Machine::new());
    for node in &versions {
        for agent in [
            "https.Agent",
            "(class extends https.Agent { createConnection(...args) { return super.createConnection(...args) } })",
        ] {
            let script = format!(
                "setTimeout(() => process.exit(7), 10000).unref(); return get({{ agent: new {agent}({{ keepAlive: true }}) }})"
            );

            let ended = run(&product, node, &script);

            assert_eq!(
                (ended.code, ended.stdout.trim()),
                (0, BODY),
                "{agent} in {}: {ended:?}",
                node.display()
            );
        }
    }
}

const BODY: &str = r#"{"object":"balance","livemode":false}"#;
