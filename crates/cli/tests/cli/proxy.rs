//! A proxy that ends TLS with a CA of its own, as the gateway does, and answers what it was asked.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A proxy that ends TLS.
pub(crate) struct Proxy {
    pub(crate) url: String,
    pub(crate) ca: String,
    seen: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Proxy {
    /// One that knows these hosts.
    pub(crate) fn start(hosts: &[&str]) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap();
        let leaf_key = KeyPair::generate().unwrap();
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut leaf = CertificateParams::new(hosts).unwrap();
        leaf.distinguished_name = DistinguishedName::new();
        let leaf = leaf.signed_by(&leaf_key, &Issuer::new(params, key)).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://x:aoc_test@{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                tokio::spawn(tunnel(tcp, acceptor.clone(), Arc::clone(&all)));
            }
        });
        Self { url, ca: ca.pem(), seen, _runtime: runtime }
    }

    /// The tunnels that were asked for, each with its credentials.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn tunnel(tcp: TcpStream, acceptor: TlsAcceptor, seen: Arc<Mutex<Vec<String>>>) {
    let mut tcp = BufReader::new(tcp);
    let Some(head) = head(&mut tcp).await else { return };
    let authority = head[0].split(' ').nth(1).unwrap().to_owned();
    let authorization = head.iter().find_map(|line| line.strip_prefix("Proxy-Authorization: "));
    seen.lock().unwrap().push(format!("{authority} {}", authorization.unwrap_or("-")));
    if authority.starts_with("blocked.") {
        let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 23\r\n\r\n{\"message\":\"not today\"}";
        tcp.write_all(answer).await.unwrap();
        return;
    }
    tcp.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    if authority.ends_with(":443") {
        let Ok(tls) = acceptor.accept(tcp).await else { return };
        answer(BufReader::new(tls), "https").await;
    } else {
        answer(tcp, "http").await;
    }
}

async fn answer<S: AsyncBufReadExt + AsyncWriteExt + Unpin>(mut stream: S, scheme: &str) {
    while let Some(head) = head(&mut stream).await {
        let length = head
            .iter()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.unwrap();
        let host =
            head.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
        let line =
            head[0].trim_end_matches(" HTTP/1.1").replace(' ', &format!(" {scheme}://{}", host.unwrap()));
        let text = format!("{line} {}", String::from_utf8(body).unwrap());
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
    }
}

async fn head<S: AsyncBufReadExt + Unpin>(stream: &mut S) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => return Some(lines),
            line => lines.push(line.to_owned()),
        }
    }
}
