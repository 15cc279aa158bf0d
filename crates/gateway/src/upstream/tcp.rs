//! TCP to upstreams and their proxy: names are resolved once, and what was resolved is dialled.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::dial_error::DialError;

/// The addresses of a name, or the address itself.
pub(super) async fn resolve(name: &str, ip: Option<IpAddr>, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    if let Some(ip) = ip {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found: Vec<_> = tokio::net::lookup_host((name, port)).await.map_err(|_| DialError::Dns)?.collect();
    if found.is_empty() { Err(DialError::Dns) } else { Ok(interleave(found)) }
}

/// Takes turns between the address families (RFC 8305 §4), so that one that is broken costs one attempt.
fn interleave(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv6);
    let mut out = Vec::with_capacity(v6.len() + v4.len());
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    loop {
        let (a, b) = (v6.next(), v4.next());
        if a.is_none() && b.is_none() {
            return out;
        }
        out.extend(a);
        out.extend(b);
    }
}

/// Starts on each address a moment after the one before, and takes the first that answers (RFC 8305 §5).
pub(super) async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut trying = FuturesUnordered::new();
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match waiting.next() {
            Some(address) => trying.push(tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address))),
            None if trying.is_empty() => return Err(last_error),
            None => {}
        }
        let head_start = async {
            if waiting.len() > 0 {
                tokio::time::sleep(HEAD_START).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            Some(outcome) = trying.next() => match outcome {
                Ok(Ok(tcp)) => {
                    tcp.set_nodelay(true)?;
                    notice_death(&tcp);
                    return Ok(tcp);
                }
                Ok(Err(error)) => last_error = error,
                Err(_) => last_error = io::ErrorKind::TimedOut.into(),
            },
            () = head_start => {}
        }
    }
}

/// Has a silent connection probed, so that one whose peer is gone ends, however long a live one may be silent.
pub(crate) fn notice_death(tcp: &TcpStream) {
    let probes = TcpKeepalive::new().with_time(PROBED_AFTER).with_interval(PROBED_EVERY).with_retries(PROBES);
    // What can't be set is noticed later, not wrong.
    let _ = SockRef::from(tcp).set_tcp_keepalive(&probes);
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const HEAD_START: Duration = Duration::from_millis(250);
/// A dead peer is noticed after 75 seconds.
const PROBED_AFTER: Duration = Duration::from_secs(30);
const PROBED_EVERY: Duration = Duration::from_secs(15);
const PROBES: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_connection_is_probed_soon_and_often() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = connect(vec![listener.local_addr().unwrap()]).await.unwrap();
        let socket = SockRef::from(&tcp);
        assert!(socket.keepalive().unwrap() && socket.tcp_nodelay().unwrap());
        let longest = socket.tcp_keepalive_time().unwrap()
            + socket.tcp_keepalive_interval().unwrap() * socket.tcp_keepalive_retries().unwrap();
        assert!(longest <= Duration::from_secs(90), "{longest:?}");
    }
}
