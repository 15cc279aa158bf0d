//! The address guard: the operator's own network is closed to agents, however it is written.

use onecli_testkit::{Agent, Gate, Upstream};

async fn guarded(upstream: Upstream, settings: impl FnOnce(&mut onecli_gateway::Config)) -> Gate {
    Gate::with(upstream, |config| {
        config.connect_to.clear();
        settings(config);
    })
    .await
}

async fn absolute(agent: &Agent, url: &str, host: &str) -> String {
    let head = format!(
        "GET {url} HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: {}\r\nConnection: close\r\n\r\n",
        agent.proxy_authorization()
    );
    agent.raw_plain(head.as_bytes()).await
}

fn is_closed(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 403 ") && answer.contains("\"destination_not_allowed\"")
}

#[tokio::test]
async fn closed_addresses_stay_closed_in_every_spelling() {
    let upstream = Upstream::plain().await;
    let port = upstream.address.port();
    let gate = guarded(upstream, |_| {}).await;
    let agent = gate.agent().await;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[::127.0.0.1]",
        "169.254.169.254",
        "0xa9fea9fe",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "metadata.google.internal",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "224.0.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
    ] {
        let authority = format!("{host}:{port}");
        for scheme in ["http", "https"] {
            let answer = absolute(&agent, &format!("{scheme}://{authority}/"), &authority).await;
            assert!(is_closed(&answer), "{scheme}://{authority}: {answer}");
        }
    }
    assert_eq!(gate.upstream.connections(), 0);
}

#[tokio::test]
async fn tunnels_reach_no_closed_address_either() {
    let upstream = Upstream::tls().await;
    let port = upstream.address.port();
    let gate = guarded(upstream, |_| {}).await;
    let agent = gate.agent().await;
    for host in ["127.0.0.1", "localhost", "169.254.169.254"] {
        let url = format!("https://{host}:{port}/");
        let request = http::Request::get(&url).body(bytes::Bytes::new()).unwrap();
        for reply in [agent.get(&url).await, agent.send_http2(request).await] {
            assert_eq!(
                (reply.status.as_u16(), reply.error()),
                (403, "destination_not_allowed".into()),
                "{url}"
            );
            let body = reply.json();
            assert!(body["host"].as_str().unwrap().starts_with(host), "{body}");
            assert!(body["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{body}");
        }
    }
    assert_eq!(gate.upstream.connections(), 0);
}

#[tokio::test]
async fn an_opened_range_is_open() {
    let upstream = Upstream::tls().await;
    let port = upstream.address.port();
    let gate = guarded(upstream, |config| {
        config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    })
    .await;
    let agent = gate.agent().await;
    let url = format!("https://localhost:{port}/");
    assert_eq!(agent.get(&url).await.text(), "hello");
    let request = http::Request::get(&url).body(bytes::Bytes::new()).unwrap();
    assert_eq!(agent.send_http2(request).await.text(), "hello");
}

#[tokio::test]
async fn own_ports_stay_closed_in_an_opened_range() {
    let upstream = Upstream::plain().await;
    let port = upstream.address.port();
    let gate = guarded(upstream, |config| {
        config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()];
        config.own_ports = vec![port];
    })
    .await;
    let agent = gate.agent().await;
    for host in ["127.0.0.1", "127.0.0.2", "localhost", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"] {
        let authority = format!("{host}:{port}");
        let answer = absolute(&agent, &format!("http://{authority}/"), &authority).await;
        assert!(is_closed(&answer), "{authority}: {answer}");
    }
    assert_eq!(gate.upstream.connections(), 0);
}
