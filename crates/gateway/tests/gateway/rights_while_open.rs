//! Rights that are taken away while a response or a socket is open: it ends within a second, and nothing else does.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::pattern::HostPattern;
use onecli_domain::rule::Action;
use onecli_testkit::agent::Kept;
use onecli_testkit::{BodyWriter, Peer, Script, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::rights::{AUTHORITY, Taken, World};

const SOON: Duration = Duration::from_secs(1);

/// What can be open.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

const BOTH: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

async fn upstream(protocol: Protocol) -> Upstream {
    match protocol {
        Protocol::Http1 => Upstream::tls_http1().await,
        Protocol::Http2 => Upstream::tls().await,
    }
}

async fn kept(world: &World, protocol: Protocol) -> Kept {
    match protocol {
        Protocol::Http1 => world.agent.open(AUTHORITY).await,
        Protocol::Http2 => world.agent.open_http2(AUTHORITY).await,
    }
}

async fn next(response: &mut Response<Incoming>) -> Bytes {
    response.frame().await.unwrap().unwrap().into_data().unwrap()
}

/// An event stream of which the first event has come.
async fn events(world: &World, kept: &mut Kept) -> (BodyWriter, Response<Incoming>) {
    let (writer, script) = Script::written();
    let mut script = Some(script);
    world.gate.upstream.answer(move |_| {
        let mut response = Response::new(script.take().unwrap_or_else(|| Script::whole("")));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response
    });
    let mut response = kept.begin(Request::get("/x").body(Script::whole("")).unwrap()).await;
    writer.write("data: 1\n\n");
    assert_eq!(next(&mut response).await, "data: 1\n\n");
    (writer, response)
}

#[tokio::test]
async fn an_event_stream_ends() {
    for (agent_side, upstream_side) in BOTH.into_iter().flat_map(|one| BOTH.map(|two| (one, two))) {
        for taken in Taken::ALL {
            let world = World::start(upstream(upstream_side).await, |_| {}).await;
            world.granted(taken, "GET", None).await;
            let mut kept = kept(&world, agent_side).await;
            let (_writer, response) = events(&world, &mut kept).await;
            world.take(taken).await;
            let ended = timeout(SOON, response.collect()).await;
            let ended =
                ended.unwrap_or_else(|_| panic!("{taken:?} goes on: {agent_side:?}, {upstream_side:?}"));
            // Not as if it were complete.
            assert!(ended.is_err(), "{taken:?}: {agent_side:?}, {upstream_side:?}");
            let records = world.gate.activity().await;
            let record = records.iter().find(|record| record.error.is_some()).unwrap();
            assert_eq!((record.error.as_deref(), record.status), (Some("withdrawn"), 200));
            assert_eq!(record.secrets, [world.secret.id]);
        }
    }
}

#[tokio::test]
async fn an_event_stream_survives_what_does_not_concern_it() {
    for (agent_side, upstream_side) in BOTH.into_iter().flat_map(|one| BOTH.map(|two| (one, two))) {
        let world = World::start(upstream(upstream_side).await, |_| {}).await;
        world.rule_on_bodies().await;
        let mut kept = kept(&world, agent_side).await;
        let (writer, mut response) = events(&world, &mut kept).await;
        world.change_what_is_unrelated().await;
        world.another_exchange().await;
        writer.write("data: 2\n\n");
        assert_eq!(next(&mut response).await, "data: 2\n\n");
        world.take(Taken::Suspended).await;
        assert!(timeout(SOON, response.collect()).await.unwrap().is_err());
    }
}

/// Serves one HTTP/2 connection: what comes up is told, and what is given goes down.
fn serve_messages(peer: Peer) -> (mpsc::UnboundedReceiver<Option<Bytes>>, mpsc::UnboundedSender<Bytes>) {
    let (tell, told) = mpsc::unbounded_channel();
    let (give, given) = mpsc::unbounded_channel::<Bytes>();
    let given = std::sync::Mutex::new(Some(given));
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        tokio::spawn(async move {
            let mut body = request.into_body();
            while let Some(Ok(frame)) = body.frame().await {
                let _ = tell.send(frame.into_data().ok());
            }
            let _ = tell.send(None);
        });
        let given = given.lock().unwrap().take().unwrap();
        let frames = futures_util::stream::unfold(given, |mut given| async move {
            given.recv().await.map(|bytes| (Ok::<_, std::convert::Infallible>(Frame::data(bytes)), given))
        });
        async move { Ok::<_, std::convert::Infallible>(Response::new(StreamBody::new(frames))) }
    });
    tokio::spawn(
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(peer), service),
    );
    (told, give)
}

#[tokio::test]
async fn a_stream_of_messages_both_ways_ends_and_no_further_message_goes_up() {
    for reads in [true, false] {
        for taken in Taken::ALL {
            let (upstream, mut peers) = Upstream::by_hand_http2().await;
            let world = World::start(upstream, |_| {}).await;
            if taken == Taken::Grant {
                continue;
            }
            let mut kept = world.agent.open_http2(AUTHORITY).await;
            let (writer, script) = Script::written();
            let request =
                Request::post("/x").header("content-type", "application/grpc").body(script).unwrap();
            let asking = tokio::spawn(async move { (kept.begin(request).await, kept) });
            let (mut told, give) = serve_messages(peers.accept().await);
            let (mut response, _kept) = asking.await.unwrap();
            for message in ["one", "two"] {
                writer.write(message);
                assert_eq!(told.recv().await.unwrap().unwrap(), message);
                give.send(Bytes::from_static(b"back")).unwrap();
                assert_eq!(next(&mut response).await, "back");
            }
            if !reads {
                // More than any window: the agent doesn't read how the stream ends.
                for _ in 0..64 {
                    give.send(Bytes::from(vec![7; 256 * 1024])).unwrap();
                }
                world.another_exchange().await;
            }
            world.take(taken).await;
            let next = timeout(SOON, told.recv()).await;
            let next = next.unwrap_or_else(|_| panic!("{taken:?} goes on, read: {reads}"));
            assert_eq!(next.flatten(), None, "{taken:?}");
            writer.write("three");
            if reads {
                assert!(timeout(SOON, response.collect()).await.unwrap().is_err(), "{taken:?}");
            }
            world.another_exchange().await;
            assert!(told.try_recv().is_err());
        }
    }
}

#[tokio::test]
async fn what_an_agent_still_sends_behind_its_response_stops() {
    for taken in [Taken::Suspended, Taken::DeletedSecret, Taken::NewBlockRule] {
        let (upstream, mut peers) = Upstream::by_hand_http2().await;
        let world = World::start(upstream, |_| {}).await;
        let mut kept = world.agent.open_http2(AUTHORITY).await;
        let (writer, script) = Script::written();
        let asking =
            tokio::spawn(async move { (kept.begin(Request::post("/x").body(script).unwrap()).await, kept) });
        let (mut told, give) = serve_messages(peers.accept().await);
        let (response, _kept) = asking.await.unwrap();
        writer.write("one");
        assert_eq!(told.recv().await.unwrap().unwrap(), "one");
        drop(give);
        assert_eq!(response.collect().await.unwrap().to_bytes(), "");
        writer.write("two");
        assert_eq!(told.recv().await.unwrap().unwrap(), "two");
        world.take(taken).await;
        assert_eq!(timeout(SOON, told.recv()).await.expect("it ends"), Some(None), "{taken:?}");
    }
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// An open WebSocket that the upstream echoes.
async fn websocket(world: &World, protocol: Protocol) -> Box<dyn Socket> {
    match protocol {
        Protocol::Http1 => {
            let mut tls = world.agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
            tls.write_all(
                b"GET /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .await
            .unwrap();
            let head = onecli_testkit::peer::read_head(&mut tls).await;
            assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
            Box::new(tls)
        }
        Protocol::Http2 => {
            let response = crate::upgrades::extended_connect(&world.agent, "websocket", "/x").await.unwrap();
            assert_eq!(response.status(), 200);
            Box::new(TokioIo::new(hyper::upgrade::on(response).await.unwrap()))
        }
    }
}

async fn echoes(socket: &mut dyn Socket, text: &[u8]) {
    socket.write_all(text).await.unwrap();
    socket.flush().await.unwrap();
    let mut back = vec![0; text.len()];
    socket.read_exact(&mut back).await.unwrap();
    assert_eq!(back, text);
}

async fn ends(mut socket: Box<dyn Socket>, what: &str) {
    let mut rest = Vec::new();
    // However it ends.
    let ended = timeout(SOON, socket.read_to_end(&mut rest)).await;
    assert!(ended.is_ok() && rest.is_empty(), "{what} goes on");
}

#[tokio::test]
async fn a_websocket_ends_and_survives_what_does_not_concern_it() {
    for protocol in BOTH {
        for taken in Taken::ALL {
            let world = World::start(Upstream::tls_http1().await, |_| {}).await;
            world.granted(taken, "GET", None).await;
            let mut socket = websocket(&world, protocol).await;
            echoes(&mut *socket, b"before").await;
            if taken == Taken::Suspended {
                world.change_what_is_unrelated().await;
                world.another_exchange().await;
                echoes(&mut *socket, b"between").await;
            }
            world.take(taken).await;
            ends(socket, &format!("{taken:?}, {protocol:?}")).await;
        }
    }
}

#[tokio::test]
async fn a_tunnel_that_is_passed_through_ends_and_survives_what_does_not_concern_it() {
    for taken in [Taken::Suspended, Taken::Deleted, Taken::NewToken, Taken::NewBlockRule] {
        let (upstream, mut peers) = Upstream::plain_by_hand().await;
        let world = World::start(upstream, |config| {
            config.tunnel_hosts = vec![HostPattern::read("passed.good.test").unwrap()];
        })
        .await;
        let mut socket: Box<dyn Socket> = Box::new(world.agent.tunnel("passed.good.test:443").await);
        let mut peer = peers.accept().await;
        let mut speak = async |text: &[u8]| {
            socket.write_all(text).await.unwrap();
            assert_eq!(peer.hear(text.len()).await, text);
            peer.say(text).await;
            let mut back = vec![0; text.len()];
            socket.read_exact(&mut back).await.unwrap();
        };
        speak(b"before").await;
        world.gate.rule(Action::Block, "other.test", None, None).await;
        world.another_exchange().await;
        speak(b"between").await;
        if taken == Taken::NewBlockRule {
            world.gate.rule(Action::Block, "passed.good.test", None, None).await;
        } else {
            world.take(taken).await;
        }
        ends(socket, &format!("{taken:?}")).await;
    }
}
