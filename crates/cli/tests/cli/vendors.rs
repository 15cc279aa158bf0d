//! Vendors' own clients with the placeholders that `run` hands out: they take them for keys, and their requests arrive with
//! the real one.

use onecli_testkit::Seen;
use onecli_testkit::upstream::{Answer, Script};

use crate::stand::{Product, VALUE, set_up};

/// A client, the service that it is for, and what it prints once its request was answered.
type Client = (&'static str, &'static str, &'static str);

const PYTHON: &[Client] = &[
    (
        "telegram",
        "import asyncio, os, telegram
async def main():
    async with telegram.Bot(os.environ['TELEGRAM_BOT_TOKEN']) as bot: print(bot.username)
asyncio.run(main())",
        "good_bot",
    ),
    (
        // Its HTTP library takes no proxy from the environment; it checks the token before any request.
        "telegram",
        "import os
from aiogram.utils.token import extract_bot_id, validate_token
token = os.environ['TELEGRAM_BOT_TOKEN']
print(validate_token(token) and extract_bot_id(token) > 0)",
        "True",
    ),
    (
        "slack",
        "import os; from slack_sdk import WebClient; print(WebClient(token=os.environ['SLACK_BOT_TOKEN']).auth_test()['user'])",
        "good",
    ),
    (
        "stripe",
        "import os, stripe
stripe.api_key, stripe.ca_bundle_path = os.environ['STRIPE_API_KEY'], os.environ['SSL_CERT_FILE']
print(stripe.Balance.retrieve().object)",
        "balance",
    ),
    ("openai", "import openai; print(openai.OpenAI().models.list().object)", "list"),
    ("anthropic", "import anthropic; print(anthropic.Anthropic().models.list().has_more)", "False"),
    (
        "github",
        "import os, github; print(github.Github(auth=github.Auth.Token(os.environ['GITHUB_TOKEN'])).get_user().login)",
        "octocat",
    ),
    (
        "sendgrid",
        "import os, sendgrid; print(sendgrid.SendGridAPIClient(os.environ['SENDGRID_API_KEY']).client.scopes.get().status_code)",
        "200",
    ),
    ("hugging-face", "import huggingface_hub; print(huggingface_hub.HfApi().whoami()['name'])", "good"),
];

const NODE: &[Client] = &[
    (
        "github",
        "const { Octokit } = await import('@octokit/rest');
console.log((await new Octokit({ auth: process.env.GITHUB_TOKEN }).rest.users.getAuthenticated()).data.login);",
        "octocat",
    ),
    (
        "slack",
        "const { WebClient } = await import('@slack/web-api');
console.log((await new WebClient(process.env.SLACK_BOT_TOKEN).auth.test()).user);",
        "good",
    ),
    (
        "stripe",
        "const { default: Stripe } = await import('stripe');
console.log((await new Stripe(process.env.STRIPE_API_KEY).balance.retrieve()).object);",
        "balance",
    ),
    (
        "notion",
        "const { Client } = await import('@notionhq/client');
console.log((await new Client({ auth: process.env.NOTION_TOKEN }).users.me({})).name);",
        "good",
    ),
    (
        "linear",
        "const { LinearClient } = await import('@linear/sdk');
console.log((await new LinearClient({ apiKey: process.env.LINEAR_API_KEY }).viewer).name);",
        "good",
    ),
    (
        "sendgrid",
        "const { default: mail } = await import('@sendgrid/mail');
mail.setApiKey(process.env.SENDGRID_API_KEY);
const message = { to: 'a@good.test', from: 'b@good.test', subject: 's', text: 't' };
console.log((await mail.send(message))[0].statusCode);",
        "200",
    ),
    (
        // As Vercel's command line checks a token before any request.
        "vercel",
        "console.log(process.env.VERCEL_TOKEN.match(/(\\W)/g));",
        "null",
    ),
];

/// A machine with a secret for each of the services, and upstreams that take the real key alone.
fn start(clients: &[Client]) -> Product {
    let product = Product::start_everywhere();
    let mut services: Vec<_> = clients.iter().map(|(service, ..)| *service).collect();
    services.sort_unstable();
    services.dedup();
    for service in services {
        product.machine.onecli_fed(&["secrets", "create", "--service", service], VALUE).done();
    }
    product.upstream.answer(answer);
    product
}

fn answer(seen: &Seen) -> Answer {
    let header = |name: &str, value: &str| seen.header(name) == Some(value);
    let body = match seen.authority.as_str() {
        "api.telegram.org" if seen.path == format!("/bot{VALUE}/getMe") => {
            r#"{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"Good","username":"good_bot"}}"#
        }
        "api.anthropic.com" if header("x-api-key", VALUE) => {
            r#"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#
        }
        "api.linear.app" if header("authorization", VALUE) => {
            r#"{"data":{"viewer":{"id":"1","name":"good"}}}"#
        }
        host if header("authorization", &format!("Bearer {VALUE}")) => match host {
            "slack.com" => r#"{"ok":true,"user":"good"}"#,
            "api.stripe.com" => r#"{"object":"balance","available":[]}"#,
            "api.openai.com" => r#"{"object":"list","data":[]}"#,
            "api.github.com" => r#"{"login":"octocat","id":1}"#,
            "huggingface.co" => r#"{"type":"user","name":"good"}"#,
            "api.notion.com" => r#"{"object":"user","id":"1","type":"bot","name":"good","bot":{}}"#,
            _ => r#"{"scopes":[]}"#,
        },
        _ => return respond(401, r#"{"ok":false,"error":"no such key"}"#),
    };
    respond(200, body)
}

fn respond(status: u16, body: &str) -> Answer {
    let mut answer = Answer::new(Script::whole(body.to_owned()));
    *answer.status_mut() = status.try_into().unwrap();
    answer.headers_mut().insert("content-type", "application/json".parse().unwrap());
    answer
}

fn check(product: &Product, clients: &[Client], mut run: impl FnMut(&str) -> crate::onecli::Ended) {
    for (service, script, expected) in clients {
        let ended = run(script);
        assert_eq!((ended.code, ended.stdout.trim()), (0, *expected), "{service}, {script}: {ended:?}");
    }
    let records = product.machine.onecli(&["activity", "list"]).done().json();
    for record in records.as_array().unwrap() {
        assert_eq!(
            (&record["status"], &record["alarm"]),
            (&200.into(), &serde_json::Value::Null),
            "{record}"
        );
    }
}

#[test]
fn vendors_python_clients_take_the_placeholders() {
    let product = start(PYTHON);
    let python = set_up("ONECLI_TEST_PYTHON");
    check(&product, PYTHON, |script| product.run(&[&python, "-c", script]));
}

#[test]
fn vendors_node_clients_take_the_placeholders() {
    let product = start(NODE);
    let folder = product.machine.home();
    std::os::unix::fs::symlink(set_up("ONECLI_TEST_NODE_MODULES"), folder.join("node_modules")).unwrap();
    check(&product, NODE, |script| {
        std::fs::write(folder.join("client.mjs"), script).unwrap();
        product.run(&["node", "client.mjs"])
    });
}

#[test]
fn a_token_that_clients_decode_can_be_decoded() {
    let product = Product::start();
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl";
    let create = ["secrets", "create", "--name", "JWT", "--host-pattern", "api.good.test"];
    let made = product.machine.onecli_fed(&create, token).done().json();
    let placeholder = made["placeholder"].as_str().unwrap();
    assert_ne!(placeholder, token);
    let script = "import jwt, sys, time
claims = jwt.decode(sys.argv[1], options={'verify_signature': False})
print(claims['exp'] > time.time() + 10**9)";
    let python = set_up("ONECLI_TEST_PYTHON");
    let output = std::process::Command::new(python).args(["-c", script, placeholder]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "True", "{output:?}");
}
