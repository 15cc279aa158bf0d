//! The upstream proxy: everything goes through it, and the address guard still judges where to.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine;
use bytes::Bytes;
use http::Request;
use onecli_domain::pattern::HostPattern;
use onecli_testkit::peer::read_head;
use onecli_testkit::{Gate, Reply, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that leads every name to one upstream, and remembers what it was asked.
#[derive(Clone)]
struct FakeProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeProxy {
    /// Answers CONNECT with this once it has connected.
    async fn http(upstream: SocketAddr, answer: &'static str) -> Self {
        let (proxy, listener) = Self::bind().await;
        let asked = Arc::clone(&proxy.asked);
        tokio::spawn(async move {
            while let Ok((mut agent, _)) = listener.accept().await {
                let asked = Arc::clone(&asked);
                tokio::spawn(async move {
                    let head = read_head(&mut agent).await;
                    asked.lock().unwrap().push(head);
                    agent.write_all(answer.as_bytes()).await.unwrap();
                    if answer.contains(" 200 ") {
                        join(agent, upstream).await;
                    }
                });
            }
        });
        proxy
    }

    async fn socks5(upstream: SocketAddr, login: Option<(&'static str, &'static str)>) -> Self {
        let (proxy, listener) = Self::bind().await;
        let asked = Arc::clone(&proxy.asked);
        tokio::spawn(async move {
            while let Ok((mut agent, _)) = listener.accept().await {
                let asked = Arc::clone(&asked);
                tokio::spawn(async move {
                    let to = shake_hands(&mut agent, login).await;
                    asked.lock().unwrap().push(to);
                    agent.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await.unwrap();
                    join(agent, upstream).await;
                });
            }
        });
        proxy
    }

    async fn bind() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (Self { address: listener.local_addr().unwrap(), asked: Arc::default() }, listener)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn join(mut agent: TcpStream, upstream: SocketAddr) {
    let mut upstream = TcpStream::connect(upstream).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut agent, &mut upstream).await;
}

/// RFC 1928, RFC 1929: gives `ip:port` or `name:port`.
async fn shake_hands(agent: &mut TcpStream, login: Option<(&str, &str)>) -> String {
    let mut methods = vec![0; 2];
    agent.read_exact(&mut methods).await.unwrap();
    let mut offered = vec![0; usize::from(methods[1])];
    agent.read_exact(&mut offered).await.unwrap();
    let method = if login.is_some() { 2 } else { 0 };
    assert!(offered.contains(&method));
    agent.write_all(&[5, method]).await.unwrap();
    if let Some((user, password)) = login {
        assert_eq!(agent.read_u8().await.unwrap(), 1);
        for expected in [user, password] {
            let mut given = vec![0; usize::from(agent.read_u8().await.unwrap())];
            agent.read_exact(&mut given).await.unwrap();
            assert_eq!(given, expected.as_bytes());
        }
        agent.write_all(&[1, 0]).await.unwrap();
    }
    let mut request = [0; 4];
    agent.read_exact(&mut request).await.unwrap();
    let host = match request[3] {
        1 => std::net::Ipv4Addr::from(agent.read_u32().await.unwrap()).to_string(),
        3 => {
            let mut name = vec![0; usize::from(agent.read_u8().await.unwrap())];
            agent.read_exact(&mut name).await.unwrap();
            String::from_utf8(name).unwrap()
        }
        _ => std::net::Ipv6Addr::from(agent.read_u128().await.unwrap()).to_string(),
    };
    format!("{host}:{}", agent.read_u16().await.unwrap())
}

async fn behind(upstream: Upstream, proxy: String) -> Gate {
    with(upstream, proxy, |_| {}).await
}

async fn with(upstream: Upstream, proxy: String, settings: impl FnOnce(&mut onecli_gateway::Config)) -> Gate {
    Gate::with(upstream, |config| {
        config.connect_to.clear();
        config.upstream_proxy = Some(proxy);
        settings(config);
    })
    .await
}

const OK: &str = "HTTP/1.1 200 Connection established\r\nVia: fake\r\n\r\n";

#[tokio::test]
async fn requests_of_every_protocol_go_through_an_http_proxy() {
    let upstream = Upstream::tls().await;
    let proxy = FakeProxy::http(upstream.address, OK).await;
    let gate = behind(upstream, format!("http://me:p%40ss@{}", proxy.address)).await;
    let agent = gate.agent().await;
    assert_eq!(agent.get("https://api.good.test/x").await.text(), "hello");
    let request = Request::get("https://evil.test:8443/x").body(Bytes::new()).unwrap();
    assert_eq!(agent.send_http2(request).await.text(), "hello");
    let login = base64::prelude::BASE64_STANDARD.encode("me:p@ss");
    let asked = proxy.asked();
    assert_eq!(asked.len(), 2);
    for (head, authority) in asked.iter().zip(["api.good.test:443", "evil.test:8443"]) {
        assert_eq!(
            *head,
            format!(
                "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Basic {login}\r\n\r\n"
            )
        );
    }
    assert!(gate.upstream.seen().iter().all(|seen| seen.header("proxy-authorization").is_none()));
}

#[tokio::test]
async fn plain_requests_sockets_and_tunnels_that_are_passed_through_go_through_it_too() {
    let upstream = Upstream::plain().await;
    let proxy = FakeProxy::http(upstream.address, OK).await;
    let gate = with(upstream, format!("http://{}", proxy.address), |config| {
        config.tunnel_hosts = vec![HostPattern::read("raw.good.test").unwrap()];
    })
    .await;
    let agent = gate.agent().await;
    assert_eq!(agent.open_plain("api.good.test:80").await.get("/x").await.text(), "hello");

    let mut socket = agent.tunnel("api.good.test:80").await;
    let head = "GET /socket HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    assert!(read_head(&mut socket).await.starts_with("HTTP/1.1 101 "));
    socket.write_all(b"echo").await.unwrap();
    let mut echoed = [0; 4];
    socket.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"echo");

    let mut raw = agent.tunnel("raw.good.test:80").await;
    raw.write_all(b"GET /raw HTTP/1.1\r\nHost: raw.good.test\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    raw.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("hello"), "{answer}");

    let lines: Vec<_> = proxy.asked().iter().map(|head| head.lines().next().unwrap().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "CONNECT api.good.test:80 HTTP/1.1",
            "CONNECT api.good.test:80 HTTP/1.1",
            "CONNECT raw.good.test:80 HTTP/1.1"
        ]
    );
}

#[tokio::test]
async fn socks5_works_with_a_login_and_without_and_gets_names_that_do_not_resolve_here() {
    for login in [None, Some(("me", "p@ss"))] {
        let upstream = Upstream::tls().await;
        let proxy = FakeProxy::socks5(upstream.address, login).await;
        let userinfo = if login.is_some() { "me:p%40ss@" } else { "" };
        let gate = with(upstream, format!("socks5://{userinfo}{}", proxy.address), |config| {
            config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        })
        .await;
        let agent = gate.agent().await;
        assert_eq!(agent.get("https://api.good.test/x").await.text(), "hello");
        // This one does: the address that was checked is what the proxy gets.
        assert_eq!(agent.get("https://localhost:8443/x").await.text(), "hello");
        let asked = proxy.asked();
        assert_eq!(asked[0], "api.good.test:443");
        assert!(["127.0.0.1:8443", "::1:8443"].contains(&&*asked[1]), "{asked:?}");
    }
}

#[tokio::test]
async fn some_hosts_are_reached_without_it() {
    let upstream = Upstream::tls().await;
    let proxy = FakeProxy::http(upstream.address, OK).await;
    let port = upstream.address.port();
    let gate = with(upstream, format!("http://{}", proxy.address), |config| {
        config.no_upstream_proxy =
            vec![HostPattern::read("localhost").unwrap(), HostPattern::read("*.lan.test").unwrap()];
        config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    })
    .await;
    let agent = gate.agent().await;
    assert_eq!(agent.get(&format!("https://localhost:{port}/x")).await.text(), "hello");
    let reply = agent.get("https://a.lan.test/x").await;
    assert_eq!((&*reply.error(), &reply.json()["detail"]), ("upstream_unreachable", &"dns".into()));
    assert!(proxy.asked().is_empty());
    assert_eq!(agent.get("https://api.good.test/x").await.text(), "hello");
    assert_eq!(proxy.asked().len(), 1);
}

#[tokio::test]
async fn the_guard_judges_the_destination_all_the_same() {
    for scheme in ["http", "socks5"] {
        let upstream = Upstream::tls().await;
        let proxy = match scheme {
            "http" => FakeProxy::http(upstream.address, OK).await,
            _ => FakeProxy::socks5(upstream.address, None).await,
        };
        let gate = behind(upstream, format!("{scheme}://{}", proxy.address)).await;
        let agent = gate.agent().await;
        for host in [
            "127.0.0.1",
            "localhost",
            "a.localhost",
            "10.0.0.1",
            "169.254.169.254",
            "metadata.google.internal",
            "[::1]",
            "[::ffff:0:127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "0x7f.1",
            "intranet",
            "db.internal",
        ] {
            let mut kept = agent.open_plain(&format!("{host}:80")).await;
            let reply = kept.get("/x").await;
            assert_eq!((reply.status.as_u16(), &*reply.error()), (403, "destination_not_allowed"), "{host}");
        }
        assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
    }
}

#[tokio::test]
async fn the_product_s_own_ports_stay_closed_behind_it() {
    let upstream = Upstream::tls().await;
    let proxy = FakeProxy::http(upstream.address, OK).await;
    let gate = with(upstream, format!("http://{}", proxy.address), |config| {
        config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        config.own_ports = vec![10_254];
    })
    .await;
    let mut kept = gate.agent().await.open_plain("localhost:10254").await;
    assert_eq!(kept.get("/x").await.error(), "destination_not_allowed");
    assert!(proxy.asked().is_empty());
}

fn assert_blames_proxy(reply: &Reply, what: &str) {
    let body = reply.json();
    assert_eq!(
        (reply.status.as_u16(), &*reply.error(), &body["detail"]),
        (502, "upstream_unreachable", &"connect".into())
    );
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("upstream proxy") && message.contains(what), "{message}");
    assert!(!message.contains("s3cret"), "{message}");
}

#[tokio::test]
async fn a_proxy_that_fails_is_told_from_an_upstream_that_does() {
    for (answer, what) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n", "407"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno.", "403"),
        ("HTTP/1.0 502 Bad Gateway\r\n\r\n", "502"),
        ("SSH-2.0-OpenSSH_9\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 200", "hung up"),
        ("", "hung up"),
    ] {
        let upstream = Upstream::tls().await;
        let proxy = FakeProxy::http(upstream.address, answer).await;
        let gate = behind(upstream, format!("http://me:s3cret@{}", proxy.address)).await;
        let reply = gate.agent().await.get("https://api.good.test/x").await;
        assert_blames_proxy(&reply, what);
        assert!(reply.headers.get("proxy-authenticate").is_none());
    }
    let (closed, listener) = FakeProxy::bind().await;
    drop(listener);
    for scheme in ["http", "socks5"] {
        let gate = behind(Upstream::tls().await, format!("{scheme}://me:s3cret@{}", closed.address)).await;
        assert_blames_proxy(&gate.agent().await.get("https://api.good.test/x").await, "can't be reached");
    }
    // An HTTP proxy that is taken for SOCKS5.
    let upstream = Upstream::tls().await;
    let proxy = FakeProxy::http(upstream.address, OK).await;
    let gate = with(upstream, format!("socks5://{}", proxy.address), |config| {
        config.head_timeout = std::time::Duration::from_millis(300);
    })
    .await;
    assert_blames_proxy(&gate.agent().await.get("https://api.good.test/x").await, "");
}

/// A proxy as it is installed, ended with the test.
struct Installed(Child);

impl Drop for Installed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn start(command: &mut Command, port: u16) -> Option<Installed> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok().map(Installed)?;
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), listens).await.unwrap();
    Some(child)
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// Runs where they are installed, as on the machines where releases are tested.
#[tokio::test]
async fn tinyproxy_and_microsocks_take_us_for_a_client() {
    let folder = tempfile::tempdir().unwrap();
    let (http, socks) = (free_port().await, free_port().await);
    let settings = folder.path().join("tinyproxy.conf");
    std::fs::write(&settings, format!("Port {http}\nListen 127.0.0.1\nBasicAuth me secret\nMaxClients 20\n"))
        .unwrap();
    let proxies = [
        (
            start(Command::new("tinyproxy").arg("-d").arg("-c").arg(&settings), http).await,
            format!("http://me:secret@127.0.0.1:{http}"),
        ),
        (
            start(
                Command::new("microsocks").args([
                    "-i",
                    "127.0.0.1",
                    "-u",
                    "me",
                    "-P",
                    "secret",
                    "-p",
                    &socks.to_string(),
                ]),
                socks,
            )
            .await,
            format!("socks5://me:secret@127.0.0.1:{socks}"),
        ),
    ];
    for (running, url) in proxies {
        if running.is_none() {
            eprintln!("not installed: {url}");
            continue;
        }
        let upstream = Upstream::tls().await;
        let port = upstream.address.port();
        let allow = |config: &mut onecli_gateway::Config| {
            config.allow_destinations = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        };
        let gate = with(upstream, url.clone(), allow).await;
        let agent = gate.agent().await;
        // The upstream listens on IPv4 alone.
        let reply = agent.get(&format!("https://localhost:{port}/x")).await;
        assert_eq!(reply.text(), "hello", "{url}");
        let wrong = with(Upstream::tls().await, url.replace("secret", "wrong"), allow).await;
        assert_blames_proxy(&wrong.agent().await.get(&format!("https://localhost:{port}/x")).await, "");
    }
}
