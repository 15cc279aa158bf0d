//! Agents apart from each other: what one doesn't read stalls nobody, takes up little, and doesn't last forever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use onecli_testkit::agent::{Kept, read};
use onecli_testkit::peer::Peer;
use onecli_testkit::{BodyWriter, Gate, Script, Upstream};
use tokio::time::timeout;

const AUTHORITY: &str = "api.good.test:443";
const PATIENCE: Duration = Duration::from_secs(20);

fn get(path: &str) -> Request<Script> {
    Request::get(path).body(Script::whole("")).unwrap()
}

/// Answers `/big` with much, all else with little.
fn answer_big_and_small(gate: &Gate) {
    let piece = Bytes::from(vec![b'x'; 16 * 1024]);
    gate.upstream.answer(move |seen| {
        Response::new(if seen.path == "/big" {
            Script::repeated(&piece, 4096)
        } else {
            Script::whole("small")
        })
    });
}

async fn unread(kept: &mut Kept, count: usize) -> Vec<Response<Incoming>> {
    let mut responses = Vec::new();
    for _ in 0..count {
        responses.push(kept.begin(get("/big")).await);
    }
    responses
}

#[tokio::test]
async fn agents_share_no_http2_connection_but_one_agent_s_requests_do() {
    let gate = Gate::start().await;
    let (_, other) = gate.agent_named("other").await;
    let agent = gate.agent().await;
    for _ in 0..2 {
        assert_eq!(agent.get("https://api.good.test/x").await.text(), "hello");
        assert_eq!(
            agent
                .send_http2(Request::get("https://api.good.test/x").body(Bytes::new()).unwrap())
                .await
                .text(),
            "hello"
        );
    }
    assert_eq!(gate.upstream.connections(), 1);
    assert_eq!(other.get("https://api.good.test/x").await.text(), "hello");
    assert_eq!(other.get("https://api.good.test/x").await.text(), "hello");
    assert_eq!(gate.upstream.connections(), 2);
}

#[tokio::test]
async fn responses_that_an_agent_does_not_read_stall_neither_others_nor_itself() {
    let gate = Gate::start().await;
    answer_big_and_small(&gate);
    let agent = gate.agent().await;
    let (_, other) = gate.agent_named("other").await;
    let mut kept = agent.open_http2(AUTHORITY).await;
    let held = unread(&mut kept, 90).await;
    for agent in [&agent, &other] {
        for _ in 0..5 {
            let reply = timeout(PATIENCE, agent.get("https://api.good.test/small")).await.unwrap();
            assert_eq!(reply.text(), "small");
        }
    }
    drop(held);
}

#[tokio::test]
async fn a_response_that_nobody_reads_takes_up_at_most_128_kib() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let taken = Arc::<AtomicUsize>::default();
    let counter = Arc::clone(&taken);
    gate.upstream.answer(move |_| {
        Response::new(Script::repeated(&Bytes::from(vec![b'x'; 4096]), 65_536).counted(&counter))
    });
    let window = 16 * 1024;
    let tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    let mut kept = Kept::http2_with_window(tls, AUTHORITY, window).await;
    let held = unread(&mut kept, 1).await;
    // Settled when a while brings no more.
    let mut before = usize::MAX;
    while before != taken.load(Ordering::Relaxed) {
        before = taken.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!((32 * 1024..=(128 + 16) * 1024).contains(&before), "the gateway took {before} bytes");
    drop(held);
}

#[tokio::test]
async fn a_response_that_stays_unread_ends_after_the_idle_time() {
    for upstream in [Upstream::tls().await, Upstream::tls_http1().await] {
        let gate = Gate::with(upstream, |config| config.idle_timeout = Duration::from_millis(200)).await;
        let agent = gate.agent().await;
        for http2 in [false, true] {
            let mut kept =
                if http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
            let (writer, script) = Script::written();
            for _ in 0..4096 {
                writer.write(Bytes::from_static(&[b'x'; 16 * 1024]));
            }
            let mut script = Some(script);
            gate.upstream.answer(move |_| Response::new(script.take().unwrap_or_else(|| Script::whole(""))));
            let held = kept.begin(get("/x")).await;
            timeout(PATIENCE, writer.given_up()).await.unwrap();
            assert!(
                timeout(PATIENCE, http_body_util::BodyExt::collect(held.into_body())).await.unwrap().is_err()
            );
            assert_eq!(gate.activity().await[0].error.as_deref(), Some("agent_stalled"));
        }
    }
}

#[tokio::test]
async fn an_agent_that_reads_slowly_is_served_for_as_long_as_it_reads() {
    let gate =
        Gate::with(Upstream::tls().await, |config| config.idle_timeout = Duration::from_millis(300)).await;
    let agent = gate.agent().await;
    gate.upstream.answer(|_| Response::new(Script::repeated(&Bytes::from(vec![b'x'; 4096]), 64)));
    let tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    let mut kept = Kept::http2_with_window(tls, AUTHORITY, 16 * 1024).await;
    let mut response = kept.begin(get("/x")).await;
    let mut length = 0;
    while let Some(frame) = http_body_util::BodyExt::frame(response.body_mut()).await {
        length += frame.unwrap().into_data().unwrap().len();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(length, 64 * 4096);
}

/// Begins as many responses at once as `count`, none of which ends.
async fn begin_together(gate: &Gate, count: usize) -> (Vec<Response<Incoming>>, Vec<BodyWriter>) {
    let writers = Arc::<std::sync::Mutex<Vec<BodyWriter>>>::default();
    let kept_writers = Arc::clone(&writers);
    gate.upstream.answer(move |_| {
        let (writer, script) = Script::written();
        kept_writers.lock().unwrap().push(writer);
        Response::new(script)
    });
    let agent = gate.agent().await;
    let mut tunnels = Vec::new();
    for _ in 0..count {
        tunnels.push(agent.open(AUTHORITY).await);
    }
    let begun = tunnels.iter_mut().map(|kept| kept.begin(get("/x")));
    let responses = timeout(PATIENCE, futures_util::future::join_all(begun)).await.unwrap();
    let writers = std::mem::take(&mut *writers.lock().unwrap());
    (responses, writers)
}

#[tokio::test]
async fn another_connection_is_opened_when_one_takes_no_more_streams() {
    for (most, count, expected) in [(1, 12, 12..=12), (5, 23, 5..=7), (100, 60, 1..=2)] {
        let gate = Gate::before(Upstream::tls_http2(most).await).await;
        let (responses, writers) = begin_together(&gate, count).await;
        assert_eq!((responses.len(), writers.len()), (count, count));
        let connections = gate.upstream.connections();
        assert!(expected.contains(&connections), "{connections} connections for {count} with {most} each");
        drop(writers);
        for response in responses {
            assert_eq!(read(response).await.status, 200);
        }
        // What is free now is used again.
        gate.upstream.answer(|_| Response::new(Script::whole("hello")));
        assert_eq!(gate.agent().await.get("https://api.good.test/x").await.status, 200);
        assert_eq!(gate.upstream.connections(), connections);
    }
}

async fn http2_server(peer: Peer) -> h2::server::Connection<Peer, Bytes> {
    h2::server::handshake(peer).await.unwrap()
}

#[tokio::test]
async fn a_connection_that_is_told_to_go_away_serves_what_it_has_and_nothing_more() {
    let (upstream, mut peers) = Upstream::by_hand_http2().await;
    let gate = Gate::before(upstream).await;
    let mut kept = gate.agent().await.open(AUTHORITY).await;
    let (response, mut first) = tokio::join!(kept.begin(get("/1")), async {
        let mut first = http2_server(peers.accept().await).await;
        let (_, mut respond) = first.accept().await.unwrap().unwrap();
        let mut body = respond.send_response(Response::new(()), false).unwrap();
        body.send_data("begun ".into(), false).unwrap();
        first.graceful_shutdown();
        tokio::spawn(async move {
            assert!(first.accept().await.is_none());
            drop(first);
        });
        body
    });
    let agent = gate.agent().await;
    let (second, ()) = tokio::join!(agent.get("https://api.good.test/2"), async {
        let mut second = http2_server(peers.accept().await).await;
        let (_, mut respond) = second.accept().await.unwrap().unwrap();
        respond.send_response(Response::new(()), true).unwrap();
        tokio::spawn(async move { while second.accept().await.is_some() {} });
    });
    assert_eq!(second.status, 200);
    first.send_data("and ended".into(), true).unwrap();
    assert_eq!(read(response).await.text(), "begun and ended");
}
