//! Targets as real clients write them: raw characters are encoded as browsers do, the same in every protocol.

use std::process::Stdio;

use onecli_app::policy::decide::Question;
use onecli_domain::rule::Action;
use onecli_testkit::{Gate, Upstream};
use tokio::process::Command;

use crate::frames;

/// What is written, and what goes out.
const TARGETS: &[(&str, &str)] = &[
    ("/api/v1/query?query=up{job=\"api\"}", "/api/v1/query?query=up{job=%22api%22}"),
    ("/a\"b<c>d^e{f|g}h`i", "/a%22b%3Cc%3Ed%5Ee%7Bf|g%7Dh%60i"),
    ("/?a\"b<c>d^e{f|g}h`i", "/?a%22b%3Cc%3Ed^e{f|g}h`i"),
    ("/grüße/日本語?q=ü€😀", "/gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%C3%BC%E2%82%AC%F0%9F%98%80"),
    ("/a/<b>/../c", "/a/c"),
    ("/o'clock/$&()*+,;=:@!~?o'clock=/?$&()*+,;:@!~", "/o'clock/$&()*+,;=:@!~?o'clock=/?$&()*+,;:@!~"),
    ("/%7Bx%7D?%7Bx%7D", "/%7Bx%7D?%7Bx%7D"),
];

#[tokio::test]
async fn raw_characters_go_out_encoded_the_same_over_every_protocol() {
    let gate = Gate::start().await;
    let plain = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let at_plain = plain.agent().await;
    for (written, sent) in TARGETS {
        let head = format!("GET {written} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n");
        let answer = agent.raw("api.good.test:443", head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{written}: {answer}");
        let answer = frames::send(&agent, &frames::block(frames::get(written))).await;
        assert_eq!(answer.body, b"hello", "{written}: {answer:?}");
        let head = format!(
            "GET http://api.good.test{written} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {}\r\n\r\n",
            at_plain.proxy_authorization()
        );
        let answer = at_plain.raw_plain(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{written}: {answer}");
        for gate in [&gate, &plain] {
            assert!(
                gate.upstream.seen().iter().rev().take(1).all(|seen| seen.path == *sent),
                "{written}: {:?}",
                gate.upstream.seen().last()
            );
        }
        let question = Question {
            method: "GET",
            url: &format!("https://api.good.test{written}"),
            headers: &[],
            body: None,
        };
        let preview = gate.app.preview(gate.owner.default_project, None, &question).unwrap();
        assert_eq!((preview.verdict, preview.path.as_str()), ("allow", sent.split('?').next().unwrap()));
    }
    assert_eq!(gate.upstream.seen().len(), 2 * TARGETS.len());
    let paths: Vec<_> = gate.upstream.seen().into_iter().map(|seen| seen.path).collect();
    assert!(paths.chunks(2).all(|pair| pair[0] == pair[1]), "{paths:?}");
}

#[tokio::test]
async fn what_is_no_part_of_a_target_is_refused_the_same_over_every_protocol() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for target in ["/a b", "/a\tb", "/a#b", "/a?b#c", "/\u{7f}", "x/y", ""] {
        let head = format!("GET {target} HTTP/1.1\r\nHost: api.good.test\r\n\r\n");
        let answer = agent.raw("api.good.test:443", head.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"error\":\"bad_request\""),
            "{target}: {answer}"
        );
        let answer = frames::send(&agent, &frames::block(frames::get(target))).await;
        assert_eq!(answer.error(), "bad_request", "{target}: {answer:?}");
    }
    assert!(gate.upstream.saw_nothing());
    let records = gate.activity().await;
    assert_eq!(records.len(), 14);
    assert!(
        records.iter().all(|record| record.status == 400 && record.host == "api.good.test:443"),
        "{records:?}"
    );
}

#[tokio::test]
async fn a_rule_holds_for_a_path_in_every_spelling() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/naïve/{x}/*"), None).await;
    let agent = gate.agent().await;
    for path in ["/naïve/{x}/y", "/na%C3%AFve/%7Bx%7D/y", "/na%c3%afve/{x}/y", "/naïve/%7bx}/\"y\""] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n");
        let answer = agent.raw("api.good.test:443", head.as_bytes()).await;
        assert!(answer.contains("blocked_by_policy"), "{path}: {answer}");
        let answer = frames::send(&agent, &frames::block(frames::get(path))).await;
        assert_eq!(answer.error(), "blocked_by_policy", "{path}");
    }
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_backslash_is_not_encoded_and_stays_ambiguous() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/admin/*"), None).await;
    let agent = gate.agent().await;
    let answer = frames::send(&agent, &frames::block(frames::get("/x\\..\\admin\\keys"))).await;
    assert_ne!(answer.error(), "");
    assert!(gate.upstream.saw_nothing());
}

/// Runs a client with the gateway as its proxy. What it printed, or nothing where this machine hasn't got it.
async fn run(gate: &Gate, program: &str, arguments: &[&str]) -> Option<String> {
    let agent = gate.agent().await;
    let ca = gate.folder.path().join("gateway-ca.pem");
    std::fs::write(&ca, &agent.authority).unwrap();
    let proxy = format!("http://x:{}@{}", agent.token, agent.gateway);
    let output = Command::new(program)
        .args(arguments)
        .env("https_proxy", &proxy)
        .env("CURL_CA_BUNDLE", &ca)
        .env("SSL_CERT_FILE", &ca)
        .stdin(Stdio::null())
        .output()
        .await
        .ok()?;
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn curl_and_python_get_their_raw_targets_through() {
    let gate = Gate::start().await;
    let url = "https://api.good.test/api/v1/query?query=up{job=\"api\"}>0";
    let python = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())";
    let mut sent = 0;
    for (program, arguments) in [
        ("curl", &["-sgf", "--http1.1", url][..]),
        ("curl", &["-sgf", "--http2", url]),
        ("python3", &["-c", python, url]),
    ] {
        if let Some(printed) = run(&gate, program, arguments).await {
            assert_eq!(printed.trim(), "hello", "{program} {arguments:?}");
            sent += 1;
        }
    }
    let seen = gate.upstream.seen();
    assert_eq!(seen.len(), sent);
    assert!(seen.iter().all(|seen| seen.path == "/api/v1/query?query=up{job=%22api%22}%3E0"), "{seen:?}");
}
