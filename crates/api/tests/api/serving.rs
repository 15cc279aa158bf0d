//! The server on real sockets: it serves, is patient for a while, and stops.

use std::time::Duration;

use onecli_api::{Limits, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::test_api::TestApi;

async fn start(
    api: &TestApi,
    limits: Limits,
) -> (TcpStream, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let server = tokio::spawn(run(vec![listener], api.router.clone(), stopping, limits));
    (TcpStream::connect(address).await.unwrap(), stop, server)
}

#[tokio::test]
async fn a_call_is_answered_and_the_server_stops() {
    let api = TestApi::open().await;
    let (mut stream, stop, server) = start(&api, Limits::default()).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut seen = String::new();
    while !seen.contains("\"status\":\"ok\"") {
        let mut buffer = [0; 4_096];
        let count = stream.read(&mut buffer).await.unwrap();
        assert_ne!(count, 0, "{seen}");
        seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    stop.send(true).unwrap();
    server.await.unwrap();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let api = TestApi::open().await;
    let limits = Limits { head_timeout: Duration::from_millis(50), drain: Duration::from_secs(1) };
    let (mut stream, _stop, _server) = start(&api, limits).await;
    stream.write_all(b"GET /health HTT").await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("\"ok\""));
}
