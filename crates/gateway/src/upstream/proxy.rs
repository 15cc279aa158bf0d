//! The upstream proxy, for networks that allow no direct way out: HTTP (CONNECT) or SOCKS5.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use onecli_domain::host::Host;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;
use zeroize::Zeroizing;

use super::dial_error::DialError;
use super::tcp;
use crate::error::Error;

/// A proxy to which the operator sends what goes upstream. Its own address is the operator's word, and not guarded.
pub(super) struct Proxy {
    kind: Kind,
    host: Host,
    port: u16,
    login: Option<Login>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Http,
    Socks5,
}

struct Login {
    user: String,
    password: Zeroizing<String>,
}

impl Proxy {
    /// Reads `http://` or `socks5://`, `USER:PASSWORD@` where it wants them, and `HOST:PORT`.
    pub(super) fn read(url: &str) -> Result<Self, Error> {
        let refuse = |why| Error::UpstreamProxy { why };
        let (scheme, rest) = url.split_once("://").ok_or(refuse("it has no scheme"))?;
        let (kind, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Kind::Http, 80),
            "socks5" | "socks5h" => (Kind::Socks5, 1080),
            _ => return Err(refuse("its scheme is neither http nor socks5")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(refuse("it has a path or query"));
        }
        let (userinfo, address) = match authority.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, authority),
        };
        let (host, port) = onecli_domain::host::read_authority(address, Some(usual_port))
            .map_err(|_| refuse("its host or port is malformed"))?;
        let login = userinfo.map(Login::read).transpose().map_err(refuse)?;
        let is_long = |login: &Login| login.user.len() > 255 || login.password.len() > 255;
        if login.as_ref().is_some_and(is_long) {
            return Err(refuse("its user name or password is longer than 255 bytes"));
        }
        Ok(Self { kind, host, port, login })
    }

    /// Opens a connection through it, to a host that was checked. The addresses are those that the host resolves to
    /// here, if it does.
    ///
    /// An HTTP proxy gets the name, since what it lets through and logs goes by names; SOCKS5 gets the address that
    /// was checked.
    pub(super) async fn connect(
        &self,
        host: &Host,
        port: u16,
        addresses: &[SocketAddr],
    ) -> Result<TcpStream, DialError> {
        let own = tcp::resolve(self.host.as_str(), self.host.ip(), self.port).await;
        let own = own.map_err(|_| self.failed("has a name that does not resolve"))?;
        let tcp =
            tcp::connect(own).await.map_err(|error| self.failed(format!("can't be reached: {error}")))?;
        match self.kind {
            Kind::Http => self.tunnel(tcp, &format!("{host}:{port}")).await,
            Kind::Socks5 => {
                let to = addresses.first().map_or_else(|| format!("{host}:{port}"), SocketAddr::to_string);
                self.socks5(tcp, &to).await
            }
        }
    }

    /// RFC 9110 §9.3.6
    async fn tunnel(&self, mut tcp: TcpStream, authority: &str) -> Result<TcpStream, DialError> {
        let mut head = Zeroizing::new(format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n"));
        if let Some(Login { user, password }) = &self.login {
            let pair = Zeroizing::new(format!("{user}:{}", **password));
            head.push_str("Proxy-Authorization: Basic ");
            BASE64_STANDARD.encode_string(pair.as_bytes(), &mut head);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        let broke = |error: io::Error| self.failed(format!("hung up: {error}"));
        tcp.write_all(head.as_bytes()).await.map_err(broke)?;
        let status = read_status(&mut tcp).await.map_err(broke)?;
        match status {
            200..=299 => Ok(tcp),
            407 => Err(self.failed("wants another user name or password (407)")),
            status => Err(self.failed(format!("refused to connect to {authority} ({status})"))),
        }
    }

    /// RFC 1928, RFC 1929
    async fn socks5(&self, tcp: TcpStream, to: &str) -> Result<TcpStream, DialError> {
        let to: Uri = to.parse().map_err(|_| self.failed("can't be told this host"))?;
        let mut socks = SocksV5::new(Uri::from_static("proxy"), Connected(Some(tcp)));
        if let Some(Login { user, password }) = &self.login {
            socks = socks.with_auth(user.clone(), String::clone(password));
        }
        let tunnelled = socks.call(to.clone()).await;
        tunnelled
            .map(TokioIo::into_inner)
            .map_err(|error| self.failed(format!("did not connect to {to}: {error}")))
    }

    /// Never says the login.
    pub(super) fn failed(&self, what: impl std::fmt::Display) -> DialError {
        DialError::Connect(format!("the upstream proxy {}:{} {what}", self.host, self.port))
    }
}

impl Login {
    fn read(userinfo: &str) -> Result<Self, &'static str> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let decode = |text| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
        Ok(Self {
            user: decode(user).map_err(|_| "its user name is not UTF-8")?,
            password: Zeroizing::new(decode(password).map_err(|_| "its password is not UTF-8")?),
        })
    }
}

/// Reads the head of the response to a CONNECT, and not a byte of what comes behind it. Gives its status.
async fn read_status(tcp: &mut TcpStream) -> io::Result<u16> {
    let mut head = Vec::with_capacity(128);
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        if head.len() >= MOST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too long"));
        }
        head.push(tcp.read_u8().await?);
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(&head);
    parsed.ok().and(response.code).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "its answer is not HTTP; is it an HTTP proxy?")
    })
}

/// A connection that stands already, as the library wants it.
struct Connected(Option<TcpStream>);

impl Service<Uri> for Connected {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

const MOST_HEAD: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_with_its_login() {
        let proxy = Proxy::read("http://me:p%40ss:w@proxy.test:3128/").unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (Kind::Http, "proxy.test", 3128));
        let login = proxy.login.unwrap();
        assert_eq!((&*login.user, &**login.password), ("me", "p@ss:w"));
        let proxy = Proxy::read("SOCKS5://[::1]").unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (Kind::Socks5, "[::1]", 1080));
        assert!(proxy.login.is_none());
        assert_eq!(Proxy::read("http://proxy.test").unwrap().port, 80);
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for url in [
            "proxy.test:3128",
            "https://me:s3cret@proxy.test",
            "http://me:s3cret@",
            "http://me:s3cret@proxy.test:x",
            "http://me:s3cret@proxy.test/path",
            "socks4://proxy.test",
            "http://%ff:s3cret@proxy.test",
        ] {
            let error = Proxy::read(url).err().unwrap().to_string();
            assert!(!error.contains("s3cret") && error.contains("--upstream-proxy"), "{error}");
        }
        let long = format!("http://{}:s3cret@proxy.test", "u".repeat(256));
        assert!(Proxy::read(&long).is_err());
    }
}
