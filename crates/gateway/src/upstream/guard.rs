//! The address guard: where agents' requests may not go, whatever name leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use onecli_domain::host::Host;

/// Says which addresses may be dialled.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    opened: Vec<IpNet>,
    own_ports: Vec<u16>,
}

/// Why an address may not be dialled, in words for the agent.
pub(super) type Reason = &'static str;

impl Guard {
    /// A guard that opens these ranges, and never the product's own ports on this machine.
    pub(super) fn new(opened: Vec<IpNet>, own_ports: Vec<u16>) -> Self {
        Self { opened, own_ports }
    }

    /// Checks a name before it is resolved.
    pub(super) fn check_name(&self, host: &Host) -> Result<(), Reason> {
        let is_metadata = METADATA_NAMES.contains(&host.as_str());
        if is_metadata && !self.names_one(IpAddr::V4(METADATA_V4)) {
            Err("cloud metadata service")
        } else {
            Ok(())
        }
    }

    /// Checks an address that a name resolved to.
    pub(super) fn check(&self, ip: IpAddr, port: u16) -> Result<(), Reason> {
        if self.own_ports.contains(&port) && (embedded(ip).is_loopback() || is_of_this_machine(ip)) {
            return Err("this product's own port");
        }
        for ip in [ip, embedded(ip)] {
            if is_metadata(ip) {
                if !self.names_one(ip) {
                    return Err("cloud metadata service");
                }
            } else if let Some(reason) = closed_by_default(ip)
                && !self.opened.iter().any(|range| range.contains(&ip))
            {
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Metadata addresses open only to a range of just that address.
    fn names_one(&self, ip: IpAddr) -> bool {
        self.opened.iter().any(|range| range.addr() == ip && range.prefix_len() == range.max_prefix_len())
    }
}

/// The IPv4 address within an IPv6 one, where there is one: mapped and compatible forms (RFC 4291 §2.5.5),
/// NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380). Else the address itself.
fn embedded(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let [first, second, .., seventh, eighth] = v6.segments();
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let is_compatible = v6.segments().starts_with(&[0, 0, 0, 0, 0, 0]) && (seventh, eighth) > (0, 1);
    match (first, second) {
        _ if v6.to_ipv4_mapped().is_some() || is_compatible => IpAddr::V4(join(seventh, eighth)),
        (0x64, 0xff9b) => IpAddr::V4(join(seventh, eighth)),
        (0x2002, _) => {
            let [_, high, low, ..] = v6.segments();
            IpAddr::V4(join(high, low))
        }
        (0x2001, 0) => IpAddr::V4(join(!seventh, !eighth)),
        _ => ip,
    }
}

fn closed_by_default(ip: IpAddr) -> Option<Reason> {
    match ip {
        IpAddr::V4(v4) => V4.iter().find(|(range, _)| range.contains(&v4)).map(|(_, reason)| *reason),
        IpAddr::V6(v6) => V6.iter().find(|(range, _)| range.contains(&v6)).map(|(_, reason)| *reason),
    }
}

fn is_metadata(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4 == METADATA_V4 || v4 == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(v6) => v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    }
}

/// Whether an address belongs to this machine: only such an address can be bound.
fn is_of_this_machine(ip: IpAddr) -> bool {
    ip.is_unspecified() || UdpSocket::bind((ip, 0)).is_ok()
}

const METADATA_V4: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata", "metadata.goog"];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

/// RFC 6890 and its successors.
const V4: [(Ipv4Net, Reason); 12] = [
    (v4(0, 0, 0, 0, 8), "unspecified address"),
    (v4(10, 0, 0, 0, 8), "private network"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private network"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 88, 99, 0, 24), "reserved"),
    (v4(192, 168, 0, 0, 16), "private network"),
    (v4(198, 18, 0, 0, 15), "reserved"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

const V6: [(Ipv6Net, Reason); 7] = [
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), "unspecified address"),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6(0xfe80, 0, 10), "link-local"),
    (v6(0xfec0, 0, 10), "private network"),
    (v6(0xfc00, 0, 7), "private network"),
    (v6(0xff00, 0, 8), "multicast"),
    (v6(0x100, 0, 64), "reserved"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(guard: &Guard, ip: &str) -> Option<Reason> {
        guard.check(ip.parse().unwrap(), 443).err()
    }

    #[test]
    fn the_operator_s_own_network_is_closed() {
        let guard = Guard::default();
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "2001:0:1:2:3:4:80ff:fffe",
        ] {
            assert!(reason(&guard, ip).is_some(), "{ip}");
        }
        for ip in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]
        {
            assert_eq!(reason(&guard, ip), None, "{ip}");
        }
    }

    #[test]
    fn ranges_open_but_metadata_only_one_by_one() {
        let guard = Guard::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()], vec![]);
        assert_eq!(reason(&guard, "10.1.2.3"), None);
        for ip in [
            "169.254.169.254",
            "fd00:ec2::254",
            "100.100.100.200",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
        ] {
            assert_eq!(reason(&guard, ip), Some("cloud metadata service"), "{ip}");
        }
        assert!(guard.check_name(&Host::read("Metadata.Google.Internal.").unwrap()).is_err());
        let named = Guard::new(vec!["169.254.169.254/32".parse().unwrap()], vec![]);
        assert_eq!(reason(&named, "169.254.169.254"), None);
        assert!(named.check_name(&Host::read("metadata.google.internal").unwrap()).is_ok());
    }

    #[test]
    fn own_ports_stay_closed_even_in_an_open_range() {
        let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()], vec![10254]);
        for ip in ["127.0.0.1", "127.0.0.2", "::ffff:127.0.0.1", "::1"] {
            assert_eq!(guard.check(ip.parse().unwrap(), 10254), Err("this product's own port"), "{ip}");
        }
        assert_eq!(guard.check("127.0.0.1".parse().unwrap(), 8080), Ok(()));
    }
}
