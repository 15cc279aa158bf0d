//! Rights that are taken away while a request is still arriving: it doesn't go out, or doesn't go on.

use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use onecli_domain::approval::Decision;
use onecli_testkit::agent::read;
use onecli_testkit::{BodyWriter, Script, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::rights::{AUTHORITY, Taken, World};

const SOON: Duration = Duration::from_secs(1);

/// A request of which more is to come.
enum Begun {
    Http1(Box<TlsStream<TcpStream>>),
    Http2(BodyWriter, JoinHandle<Response<Incoming>>),
}

impl Begun {
    async fn new(world: &World, http2: bool) -> Self {
        if http2 {
            let mut kept = world.agent.open_http2(AUTHORITY).await;
            let (writer, script) = Script::written();
            writer.write("first");
            let request = Request::post("/x").body(script).unwrap();
            let asking = kept.start(request).await;
            Self::Http2(writer, tokio::spawn(async move { asking.await.unwrap() }))
        } else {
            let mut tls = world.agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
            tls.write_all(
                b"POST /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\
                  Expect: 100-continue\r\n\r\n5\r\nfirst\r\n",
            )
            .await
            .unwrap();
            Self::Http1(Box::new(tls))
        }
    }

    async fn finish(&mut self) {
        match self {
            // Whoever was refused may be gone.
            Self::Http1(tls) => drop(tls.write_all(b"4\r\nlast\r\n0\r\n\r\n").await),
            Self::Http2(writer, _) => {
                writer.write("last");
                *writer = Script::written().0;
            }
        }
    }

    /// The final status, and the body.
    async fn response(self) -> (u16, String) {
        match self {
            Self::Http1(mut tls) => {
                let mut out = Vec::new();
                // A connection that is cut off has said what it had to say.
                let _ = tls.read_to_end(&mut out).await;
                let text = String::from_utf8(out).unwrap();
                let last = text.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
                let status = last.get(9..12).and_then(|status| status.parse().ok());
                (status.unwrap_or_else(|| panic!("{text:?}")), last.to_owned())
            }
            Self::Http2(_writer, asking) => {
                let reply = read(asking.await.unwrap()).await;
                (reply.status.as_u16(), reply.text().to_owned())
            }
        }
    }
}

#[tokio::test]
async fn a_request_whose_body_a_rule_waits_for_does_not_go_out() {
    for http2 in [false, true] {
        for taken in Taken::ALL.into_iter().filter(|taken| *taken != Taken::Grant) {
            let world = World::start(Upstream::tls().await, |_| {}).await;
            world.rule_on_bodies().await;
            let begun = Begun::new(&world, http2).await;
            world.another_exchange().await;
            world.take(taken).await;
            // Nothing more of its body is needed for that.
            let (status, body) = timeout(SOON, begun.response()).await.expect("it is refused soon");
            assert_eq!(status, taken.status(), "{taken:?}, HTTP/2: {http2}: {body}");
            assert!(world.gate.upstream.saw_nothing(), "{taken:?}, HTTP/2: {http2}");
            let records = world.gate.activity().await;
            let record = records.iter().find(|record| record.path == "/x").unwrap();
            assert!(record.secrets.is_empty(), "{record:?}");
            assert_eq!(i32::from(taken.status()), i32::from(record.status));
        }
    }
}

#[tokio::test]
async fn a_request_whose_grant_is_revoked_while_its_body_arrives_is_held() {
    for http2 in [false, true] {
        let world = World::start(Upstream::tls().await, |_| {}).await;
        world.granted(Taken::Grant, "POST", None).await;
        world.rule_on_bodies().await;
        let before = world.gate.upstream.seen().len();
        let mut begun = Begun::new(&world, http2).await;
        world.another_exchange().await;
        world.take(Taken::Grant).await;
        begun.finish().await;
        let held = world.gate.held().await.approval.id;
        assert_eq!(world.gate.upstream.seen().len(), before);
        world.gate.decide(held, Decision::Deny).await.unwrap();
        assert_eq!(begun.response().await.0, 403);
        assert_eq!(world.gate.upstream.seen().len(), before);
    }
}

#[tokio::test]
async fn an_unrelated_change_lets_a_request_that_waits_go_out() {
    for http2 in [false, true] {
        let world = World::start(Upstream::tls().await, |_| {}).await;
        world.rule_on_bodies().await;
        let mut begun = Begun::new(&world, http2).await;
        world.another_exchange().await;
        world.change_what_is_unrelated().await;
        begun.finish().await;
        assert_eq!(begun.response().await.0, 200);
        let seen = world.gate.upstream.only();
        assert_eq!((&seen.body[..], seen.header("x-key")), (&b"firstlast"[..], Some("new-value")));
    }
}

#[tokio::test]
async fn a_body_that_no_rule_reads_stops_on_its_way() {
    for http2 in [false, true] {
        for taken in Taken::ALL {
            let (upstream, mut peers) = Upstream::by_hand().await;
            let world = World::start(upstream, |_| {}).await;
            world.granted(taken, "POST", Some(&mut peers)).await;
            let mut begun = Begun::new(&world, http2).await;
            let mut peer = peers.accept().await;
            peer.head().await;
            assert_eq!(peer.hear(10).await, b"5\r\nfirst\r\n");
            world.take(taken).await;
            let ended = async {
                let mut rest = Vec::new();
                // However it ends.
                let _ = peer.read_to_end(&mut rest).await;
                rest
            };
            let rest = timeout(SOON, ended).await.unwrap_or_else(|_| panic!("{taken:?} goes on"));
            assert!(rest.is_empty(), "{taken:?}: {}", String::from_utf8_lossy(&rest));
            begun.finish().await;
            let (status, _) = timeout(SOON, begun.response()).await.expect("it is refused soon");
            assert_eq!(status, taken.status(), "{taken:?}, HTTP/2: {http2}");
            let records = world.gate.activity().await;
            let record = records.iter().find(|record| record.path == "/x" && record.status != 200).unwrap();
            assert_eq!(record.secrets, [world.secret.id], "{taken:?}: it went out with its head");
        }
    }
}
