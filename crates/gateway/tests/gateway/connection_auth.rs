//! NTLM and Negotiate authenticate a connection: it serves the agent's connection that did so, and nobody else.

use bytes::Bytes;
use http::Request;
use onecli_testkit::agent::Kept;
use onecli_testkit::peer::{Peer, Peers};
use onecli_testkit::{Gate, Reply, Upstream};

const AUTHORITY: &str = "api.good.test:443";

/// An upstream that, as IIS does, takes every request on an authenticated connection for one of the same person.
fn authenticate(mut peers: Peers, scheme: &'static str) {
    tokio::spawn(async move {
        for number in 1.. {
            tokio::spawn(serve(peers.accept().await, number, scheme));
        }
    });
}

async fn serve(mut peer: Peer, number: usize, scheme: &str) {
    let (mut challenged, mut person) = (false, String::new());
    loop {
        let head = peer.head().await.to_ascii_lowercase();
        let token = head.split_once(&format!("authorization: {} ", scheme.to_ascii_lowercase()));
        let token = token.map_or("", |(_, rest)| rest.split_once("\r\n").unwrap().0);
        let challenge = match token {
            "type1" => {
                challenged = true;
                format!("{scheme} type2")
            }
            "" => scheme.to_owned(),
            name if challenged => {
                person = name.to_owned();
                String::new()
            }
            _ => scheme.to_owned(),
        };
        let body = format!("{number} {person}");
        let answer = if person.is_empty() {
            format!(
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        } else {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        };
        peer.say(answer).await;
    }
}

async fn send(kept: &mut Kept, authorization: Option<&str>) -> Reply {
    let mut request = Request::get("/x");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    kept.send(request.body(Bytes::new()).unwrap()).await
}

async fn log_in(kept: &mut Kept, scheme: &str, person: &str) {
    assert_eq!(send(kept, None).await.status, 401);
    let challenged = send(kept, Some(&format!("{scheme} type1"))).await;
    assert_eq!(
        (challenged.status.as_u16(), &challenged.headers["www-authenticate"]),
        (401, &format!("{scheme} type2").parse().unwrap())
    );
    let reply = send(kept, Some(&format!("{scheme} {person}"))).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.text().ends_with(person), "{reply:?}");
}

#[tokio::test]
async fn an_authenticated_connection_serves_the_agent_s_own_connection_alone() {
    for scheme in ["NTLM", "Negotiate"] {
        let (upstream, peers) = Upstream::by_hand().await;
        authenticate(peers, scheme);
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        let (_, other) = gate.agent_named("other").await;
        let mut kept = agent.open(AUTHORITY).await;
        log_in(&mut kept, scheme, "alice").await;
        // From now on the connection is alice's, without a word.
        for _ in 0..3 {
            assert!(send(&mut kept, None).await.text().ends_with("alice"));
        }
        let mut beside = agent.open(AUTHORITY).await;
        let mut foreign = other.open(AUTHORITY).await;
        for kept in [&mut foreign, &mut beside] {
            for _ in 0..3 {
                let reply = send(kept, None).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.text().contains("alice")),
                    (401, false),
                    "{reply:?}"
                );
            }
        }
        log_in(&mut foreign, scheme, "bob").await;
        assert!(send(&mut kept, None).await.text().ends_with("alice"));
        assert!(send(&mut foreign, None).await.text().ends_with("bob"));
        // With the agent's connection the upstream's goes too.
        drop(kept);
        let reply = send(&mut agent.open(AUTHORITY).await, None).await;
        assert_eq!((reply.status.as_u16(), reply.text().contains("alice")), (401, false), "{reply:?}");
    }
}

#[tokio::test]
async fn a_token_that_comes_at_once_binds_the_connection_too() {
    let (upstream, peers) = Upstream::by_hand().await;
    authenticate(peers, "NTLM");
    let gate = Gate::before(upstream).await;
    let mut plain = gate.agent().await.open(AUTHORITY).await;
    // This one leaves a connection behind on which nothing was spoken.
    let mut kept = gate.agent().await.open(AUTHORITY).await;
    assert_eq!(send(&mut kept, Some("Basic eDp5")).await.status, 401);
    assert_eq!(send(&mut kept, Some("NTLM type1")).await.status, 401);
    assert!(send(&mut kept, Some("NTLM alice")).await.text().ends_with("alice"));
    assert_eq!(send(&mut plain, None).await.status, 401);
}

#[tokio::test]
async fn connections_are_not_authenticated_within_http2() {
    let gate = Gate::start().await;
    let mut kept = gate.agent().await.open(AUTHORITY).await;
    for authorization in [None, Some("Negotiate type1"), Some("Negotiate type3"), None] {
        assert_eq!(send(&mut kept, authorization).await.status, 200);
    }
    let versions: Vec<_> = gate.upstream.seen().into_iter().map(|seen| seen.version).collect();
    // The last goes where the connection is authenticated.
    assert_eq!(versions, ["HTTP/2.0", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1"]);
    let mut beside = gate.agent().await.open(AUTHORITY).await;
    assert_eq!(send(&mut beside, None).await.status, 200);
    assert_eq!(gate.upstream.seen()[4].version, "HTTP/2.0");
}
