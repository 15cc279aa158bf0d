//! Agents that hang up inside a request: whatever the request waits for then, nobody else is hurt and nothing is left behind.

use std::time::Duration;

use http::Request;
use onecli_domain::activity::Protocol;
use onecli_domain::rule::Action;
use onecli_gateway::ConnectTo;
use onecli_testkit::agent::Kept;
use onecli_testkit::{BodyWriter, Gate, Peers, Script, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

const SOON: Duration = Duration::from_secs(2);

/// Where a request is when its agent hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Dialling,
    Body,
    Hold,
    Upload,
    Head,
    Response,
}

impl Point {
    const ALL: [Self; 6] = [Self::Dialling, Self::Body, Self::Hold, Self::Upload, Self::Head, Self::Response];

    fn host(self) -> &'static str {
        if self == Self::Dialling { "slow.good.test" } else { "api.good.test" }
    }

    /// Whether more of the request's body is to come.
    fn has_more(self) -> bool {
        matches!(self, Self::Body | Self::Upload)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Dialling => "/dialling",
            Self::Body => "/body",
            Self::Hold => "/hold",
            Self::Upload => "/upload",
            Self::Head => "/head",
            Self::Response => "/response",
        }
    }
}

/// A request that an agent hangs up on by dropping it.
enum Begun {
    Http1(Box<TlsStream<TcpStream>>),
    Http2(Option<BodyWriter>, tokio::task::JoinHandle<()>),
}

async fn begin(gate: &Gate, kept: &mut Kept, point: Point, http2: bool) -> Begun {
    if http2 {
        let (writer, script) = Script::written();
        if point != Point::Dialling {
            writer.write("first");
        }
        let writer = point.has_more().then_some(writer);
        let asking = kept.start(Request::post(point.path()).body(script).unwrap()).await;
        Begun::Http2(
            writer,
            tokio::spawn(async move {
                // Its head is kept, and its body is not read.
                let _response = asking.await;
                std::future::pending::<()>().await;
            }),
        )
    } else {
        let agent = gate.agent().await;
        let authority = format!("{}:443", point.host());
        let mut tls = agent.tls(&authority, point.host(), &["http/1.1"]).await;
        let mut head = format!("POST {} HTTP/1.1\r\nHost: {}\r\n", point.path(), point.host());
        head.push_str(match point {
            // As long as nobody reads its body, nobody sees that the agent is gone.
            Point::Dialling => "\r\n",
            Point::Body | Point::Upload => "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
            Point::Hold | Point::Head | Point::Response => {
                "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"
            }
        });
        tls.write_all(head.as_bytes()).await.unwrap();
        Begun::Http1(Box::new(tls))
    }
}

impl Begun {
    fn hang_up(self) {
        match self {
            Self::Http1(tls) => drop(tls),
            Self::Http2(_writer, asking) => asking.abort(),
        }
    }
}

/// Answers `/ok`, begins to answer `/response`, and reads all else. Tells what arrives and what is given up.
fn serve(mut peers: Peers) -> mpsc::UnboundedReceiver<&'static str> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let mut peer = peers.accept().await;
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut told = false;
                while let Ok(byte) = peer.read_u8().await {
                    seen.push(byte);
                    if seen.ends_with(b"\r\n\r\n") && seen.starts_with(b"GET /ok ") {
                        seen.clear();
                        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
                    }
                    if seen.ends_with(b"first") && !told {
                        told = true;
                        if seen.starts_with(b"POST /response ") {
                            peer.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbegun").await;
                        }
                        let _ = tell.send("arrived");
                    }
                }
                if told {
                    let _ = tell.send("given up");
                }
            });
        }
    });
    told
}

#[tokio::test]
async fn nobody_else_is_hurt() {
    let stuck = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (upstream, peers) = Upstream::by_hand().await;
    let mut told = serve(peers);
    let gate = Gate::with(upstream, |config| {
        config.workers = std::num::NonZeroUsize::MIN;
        // What is left behind is noticed: one by the agent that hangs up, one by another, one to spare.
        config.most_requests = 3;
        let address = stuck.local_addr().unwrap();
        let slow = ConnectTo {
            host: Some("slow.good.test".into()),
            port: None,
            to_host: Some(address.ip().to_string()),
            to_port: Some(address.port()),
        };
        config.connect_to.insert(0, slow);
    })
    .await;
    gate.rule(Action::ManualApproval, "api.good.test", Some("/hold"), None).await;
    let on_bodies = gate
        .rule_if(
            Action::Block,
            &[(
                onecli_domain::condition::Part::Body,
                "",
                onecli_domain::condition::Operator::Contains,
                "forbidden",
            )],
        )
        .await;
    let change = onecli_app::policy::rules::RuleChange {
        path_pattern: Some(Some("/body".into())),
        ..Default::default()
    };
    gate.app.update_rule(gate.owner.default_project, on_bodies.id, change).await.unwrap();
    let (_, other) = gate.agent_named("other").await;
    let mut others = [other.open("api.good.test:443").await, other.open_http2("api.good.test:443").await];

    for http2 in [false, true] {
        for point in Point::ALL {
            let authority = format!("{}:443", point.host());
            let mut kept = gate.agent().await.open_http2(&authority).await;
            for _ in 0..4 {
                let request = begin(&gate, &mut kept, point, http2).await;
                let mut dialled = None;
                match point {
                    Point::Dialling => dialled = Some(stuck.accept().await.unwrap().0),
                    Point::Hold => drop(gate.held().await),
                    Point::Upload | Point::Head | Point::Response => {
                        assert_eq!(told.recv().await.unwrap(), "arrived");
                    }
                    Point::Body => assert_eq!(others[0].get("/ok").await.text(), "hello"),
                }
                for kept in &mut others {
                    assert_eq!(kept.get("/ok").await.text(), "hello", "{point:?}");
                }
                request.hang_up();
                if matches!(point, Point::Upload | Point::Head | Point::Response) {
                    let given_up = timeout(SOON, told.recv()).await;
                    assert_eq!(given_up.expect("the upstream is let go"), Some("given up"), "{point:?}");
                }
                if let Some(mut dialled) = dialled {
                    let mut rest = Vec::new();
                    let given_up = timeout(SOON, dialled.read_to_end(&mut rest)).await;
                    assert!(given_up.is_ok(), "{point:?}: dialling goes on, HTTP/2: {http2}");
                }
                for kept in &mut others {
                    assert_eq!(kept.get("/ok").await.text(), "hello", "{point:?}");
                }
                if http2 && point != Point::Dialling {
                    // Another request on the very connection.
                    assert_eq!(kept.get("/ok").await.text(), "hello", "{point:?}");
                }
            }
            recorded(&gate, point, http2, 4).await;
        }
    }
    assert_eq!(gate.app.holds().count(), 0);
}

/// Waits until as many such requests are recorded.
async fn recorded(gate: &Gate, point: Point, http2: bool, count: usize) {
    let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
    let recorded = async {
        loop {
            let mut records = gate.activity().await;
            records.retain(|record| record.path == point.path() && record.protocol == protocol);
            if records.len() == count {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, recorded).await.unwrap_or_else(|_| panic!("{point:?} is not recorded, HTTP/2: {http2}"));
}
