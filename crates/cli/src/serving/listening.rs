//! Binding the ports of API and gateway.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::config::{GatewayBind, Server};
use crate::exit::{Failure, plain};

/// The bound listeners.
pub(crate) struct Listening {
    /// The API's listeners.
    pub(crate) api: Vec<TcpListener>,
    /// The gateway's listeners.
    pub(crate) gateway: Vec<TcpListener>,
    /// The API's address.
    pub(crate) api_at: SocketAddr,
    /// The gateway's addresses.
    pub(crate) gateway_at: Vec<SocketAddr>,
}

impl Listening {
    /// Binds all ports.
    pub(crate) async fn bind(server: &Server) -> Result<Self, Failure> {
        let gateway_addresses = gateway_addresses(server)?;
        let (api, api_at) = bind(SocketAddr::new(server.bind, server.port), "the API", "--port").await?;
        let mut gateway = Vec::new();
        let mut gateway_at: Vec<SocketAddr> = Vec::new();
        for address in gateway_addresses {
            // One port for all addresses, also when the system picks it.
            let port = gateway_at.first().map_or(server.gateway_port, SocketAddr::port);
            let (listener, at) =
                bind(SocketAddr::new(address, port), "the gateway", "--gateway-port").await?;
            gateway.push(listener);
            gateway_at.push(at);
        }
        Ok(Self { api: vec![api], gateway, api_at, gateway_at })
    }

    /// The gateway's port.
    pub(crate) fn gateway_port(&self) -> u16 {
        self.gateway_at.first().map_or(0, SocketAddr::port)
    }

    /// The gateway's address for programs on this machine, preferably loopback.
    pub(crate) fn gateway_reachable(&self) -> SocketAddr {
        let mut all = self.gateway_at.iter().copied().map(reachable);
        let first = all.next().unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        if first.ip().is_loopback() { first } else { all.find(|at| at.ip().is_loopback()).unwrap_or(first) }
    }

    /// The Docker bridge's address, if the gateway doesn't listen on it.
    pub(crate) fn unserved_bridge(&self) -> Option<IpAddr> {
        let bridge = docker_bridge()?;
        let is_served = self.gateway_at.iter().any(|at| at.ip() == bridge || at.ip().is_unspecified());
        (!is_served).then_some(bridge)
    }
}

/// The address to reach a listener from this machine.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn bind(address: SocketAddr, who: &str, flag: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => return Err(refused(address, who, flag, &error)),
    };
    let at = listener.local_addr().map_err(|error| refused(address, who, flag, &error))?;
    Ok((listener, at))
}

fn refused(address: SocketAddr, who: &str, flag: &str, error: &std::io::Error) -> Failure {
    let known = [
        (ErrorKind::AddrInUse, "another program uses that port"),
        (ErrorKind::AddrNotAvailable, "this machine has no such address"),
        (ErrorKind::PermissionDenied, "this user isn't allowed to use that port"),
    ];
    let why = known.iter().find(|(kind, _)| *kind == error.kind());
    let why = why.map_or_else(|| plain(error), |(_, why)| (*why).to_owned());
    let failure = Failure::new(format!("{who} can't listen on {address}: {why}"));
    if error.kind() == ErrorKind::AddrNotAvailable {
        failure.hint("choose another address with --bind or --gateway-bind")
    } else {
        failure.hint(format!("stop that program, or choose another port with {flag} (0 picks a free one)"))
    }
}

fn gateway_addresses(server: &Server) -> Result<Vec<IpAddr>, Failure> {
    let mut all = Vec::new();
    for bind in &server.gateway_bind {
        let address = match bind {
            GatewayBind::At(address) => *address,
            GatewayBind::Docker => docker_bridge().ok_or_else(|| {
                Failure::new("there is no Docker bridge: no interface `docker0` with an address was found")
                    .hint("start Docker first, or give an address with --gateway-bind")
            })?,
        };
        if !all.contains(&address) {
            all.push(address);
        }
    }
    if all.is_empty() {
        all.push(server.bind);
    }
    Ok(all)
}

/// IPv4, because that is what `host-gateway` gives to containers.
fn docker_bridge() -> Option<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().ok()?;
    let mut addresses = interfaces.into_iter().filter(|each| each.name == "docker0").map(|each| each.ip());
    addresses.find(IpAddr::is_ipv4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_reached_over_loopback() {
        assert_eq!(reachable(SocketAddr::from(([0, 0, 0, 0], 1))), SocketAddr::from(([127, 0, 0, 1], 1)));
        assert_eq!(reachable(SocketAddr::from(([10, 0, 0, 1], 1))), SocketAddr::from(([10, 0, 0, 1], 1)));
    }
}
