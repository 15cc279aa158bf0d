//! The address guard: where agents' requests may not go, whatever name leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use onecli_domain::host::Host;
use smallvec::SmallVec;

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

    /// Checks a name that doesn't resolve here, but may where the upstream proxy stands: all that is known is the
    /// name.
    #[expect(clippy::unused_self, reason = "no range that is opened says anything of a name")]
    pub(super) fn check_unresolved(&self, host: &Host) -> Result<(), Reason> {
        let name = host.as_str();
        let is_under = |suffix: &str| name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
        if LOOPBACK_NAMES.contains(&name) || name.ends_with(".localhost") {
            Err("loopback")
        } else if !name.contains('.') || PRIVATE_SUFFIXES.iter().any(|suffix| is_under(suffix)) {
            Err("private network")
        } else {
            Ok(())
        }
    }

    /// Checks an address that a name resolved to.
    pub(super) fn check(&self, ip: IpAddr, port: u16) -> Result<(), Reason> {
        let all = || std::iter::once(ip).chain(embedded(ip).into_iter().map(IpAddr::V4));
        if self.own_ports.contains(&port) && all().any(|ip| ip.is_loopback() || is_of_this_machine(ip)) {
            return Err("this product's own port");
        }
        for ip in all() {
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

/// The IPv4 addresses that an IPv6 one may lead to, by whichever way of embedding them the network follows.
fn embedded(ip: IpAddr) -> SmallVec<[Ipv4Addr; 4]> {
    let IpAddr::V6(v6) = ip else { return SmallVec::new() };
    let bits = u128::from(v6);
    // As many bits from the left are skipped.
    let at = |skipped: u32| Ipv4Addr::from((bits >> (96 - skipped)) as u32);
    let [first, second, third, _, fifth, sixth, ..] = v6.segments();
    let mut found = SmallVec::new();
    match (first, second, third) {
        // Compatible and mapped (RFC 4291 §2.5.5), translated (RFC 2765 §2.1).
        (0, 0, 0) if !v6.is_unspecified() && !v6.is_loopback() => found.push(at(96)),
        // RFC 6052 §2.1
        (0x64, 0xff9b, 0) => found.push(at(96)),
        // RFC 8215: a network's own choice among the lengths of RFC 6052 §2.2, where bits 64 to 71 are skipped.
        (0x64, 0xff9b, _) => {
            let around = |prefix: u32| {
                let before = (bits >> 64) as u32 & ((1 << (64 - prefix)) - 1);
                let after = (bits >> (56 - (prefix - 32))) as u32;
                let after_bits = 32 - (64 - prefix);
                let kept = if after_bits == 32 { u32::MAX } else { (1 << after_bits) - 1 };
                Ipv4Addr::from(before.checked_shl(after_bits).unwrap_or(0) | (after & kept))
            };
            let forms = [around(48), around(56), around(64), at(96)];
            // Where another form is meant, one reads the zeroes beside it.
            found.extend(forms.into_iter().filter(|v4| v4.octets()[0] != 0));
        }
        // 6to4 (RFC 3056 §2)
        (0x2002, ..) => found.push(at(16)),
        // Teredo: the server, and the client with its bits inverted (RFC 4380 §4).
        (0x2001, 0, _) => found.extend([at(32), Ipv4Addr::from(!(bits as u32))]),
        _ => {}
    }
    // ISATAP, under any prefix (RFC 5214 §6.1); the two bits say whether the address is unique, and a group's.
    if fifth & !0x0300 == 0 && sixth == 0x5efe {
        found.push(at(96));
    }
    found
}

fn closed_by_default(ip: IpAddr) -> Option<Reason> {
    match ip {
        IpAddr::V4(v4) => V4.iter().find(|(range, _)| range.contains(&v4)).map(|(_, reason)| *reason),
        IpAddr::V6(v6) => {
            let closed = V6.iter().find(|(range, _)| range.contains(&v6)).map(|(_, reason)| *reason);
            // What IANA gives to hosts on the Internet, and two ways to write IPv4, whose addresses are checked.
            let is_known = GLOBAL.contains(&v6) || v6.to_ipv4_mapped().is_some() || NAT64.contains(&v6);
            closed.or((!is_known).then_some("reserved"))
        }
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
const METADATA_NAMES: [&str; 6] = [
    "metadata.google.internal",
    "metadata",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data",
    "instance-data.ec2.internal",
];
const LOOPBACK_NAMES: [&str; 4] = ["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"];
/// RFC 6762 §3, RFC 8375, and what ICANN set aside for private use.
const PRIVATE_SUFFIXES: [&str; 5] = ["local", "internal", "home.arpa", "localdomain", "lan"];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

const GLOBAL: Ipv6Net = v6(0x2000, 0, 0, 3);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

/// What IANA's special-purpose registry calls not globally reachable (RFC 6890 and its successors).
const V4: [(Ipv4Net, Reason); 18] = [
    (v4(0, 0, 0, 0, 8), "unspecified address"),
    (v4(10, 0, 0, 0, 8), "private network"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private network"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 31, 196, 0, 24), "reserved"),
    (v4(192, 52, 193, 0, 24), "reserved"),
    (v4(192, 88, 99, 0, 24), "reserved"),
    (v4(192, 168, 0, 0, 16), "private network"),
    (v4(192, 175, 48, 0, 24), "reserved"),
    (v4(198, 18, 0, 0, 15), "reserved"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

const V6: [(Ipv6Net, Reason); 10] = [
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), "unspecified address"),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xfec0, 0, 0, 10), "private network"),
    (v6(0xfc00, 0, 0, 7), "private network"),
    (v6(0xff00, 0, 0, 8), "multicast"),
    // Protocol assignments: Teredo, ORCHID, benchmarking, AS112 and more.
    (v6(0x2001, 0, 0, 23), "reserved"),
    (v6(0x2001, 0xdb8, 0, 32), "documentation"),
    (v6(0x2620, 0x4f, 0x8000, 48), "reserved"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
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
            "::ffff:0:127.0.0.1",
            "::ffff:0:a9fe:a9fe",
            "64:ff9b:1:a00:0:100::",
            "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:127.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.19.0.1",
            "192.31.196.1",
            "192.175.48.1",
            "0.1.2.3",
            "2001:db8::1",
            "3fff::1",
            "2001:10::1",
            "2001:20::1",
            "2001:2::1",
            "2001:4:112::1",
            "2620:4f:8000::1",
            "100::1",
            "5f00::1",
            "4000::1",
            "1::1",
            "febf::1",
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

    #[test]
    fn a_name_that_does_not_resolve_is_judged_by_itself() {
        let guard = Guard::default();
        for name in ["localhost", "a.localhost", "intranet", "nas.local", "db.corp.internal", "a.home.arpa"] {
            assert!(guard.check_unresolved(&Host::read(name).unwrap()).is_err(), "{name}");
        }
        for name in ["api.example.com", "notlocal.example", "internal.example.com", "mylocal.dev"] {
            assert_eq!(guard.check_unresolved(&Host::read(name).unwrap()), Ok(()), "{name}");
        }
    }

    /// Every way to write an IPv4 address within an IPv6 one, with what is beside it.
    fn ways(v4: Ipv4Addr, beside: u128) -> Vec<Ipv6Addr> {
        let low = u128::from(u32::from(v4));
        let fill = |prefix: u128, prefix_length: u32, value: u128, at: u32| {
            // The address stands behind `at` bits; all else behind the prefix is free.
            let place = 128 - 32 - at;
            let free = (u128::MAX >> prefix_length) & !(u128::from(u32::MAX) << place);
            Ipv6Addr::from(prefix | (value << place) | (beside & free))
        };
        let inverted = u128::from(!u32::from(v4));
        let local = 0x0064_ff9b_0001_u128 << 80;
        let split = |prefix: u32| {
            // RFC 6052 §2.2: eight bits from the 64th on are zero.
            let before = 64 - prefix;
            let high = (low >> (32 - before)) << 64;
            let after = low & ((1 << (32 - before)) - 1);
            Ipv6Addr::from(local | high | (after << (56 - (32 - before))))
        };
        let isatap = |universal: u128| {
            let prefix = ((0x2600_u128 << 112) | (beside & (u128::MAX >> 3))) & !u128::from(u64::MAX);
            Ipv6Addr::from(prefix | (universal << 48) | (0x5efe << 32) | low)
        };
        vec![
            Ipv6Addr::from(low),
            Ipv6Addr::from((0xffff << 32) | low),
            Ipv6Addr::from((0xffff << 48) | low),
            Ipv6Addr::from((0x0064_ff9b_u128 << 96) | low),
            Ipv6Addr::from(local | low),
            split(48),
            split(56),
            split(64),
            fill(0x2002 << 112, 16, low, 16),
            fill(0x2001_0000 << 96, 32, low, 32),
            fill(0x2001_0000 << 96, 32, inverted, 96),
            isatap(0),
            isatap(0x200),
        ]
    }

    proptest::proptest! {
        #[test]
        fn no_way_of_writing_a_closed_address_leads_by(
            range in 1..V4.len(),
            host in proptest::prelude::any::<u32>(),
            beside in proptest::prelude::any::<u128>(),
        ) {
            let range = V4[range].0;
            let inner = Ipv4Addr::from(u32::from(range.network()) | (host & u32::from(range.hostmask())));
            // Even where the operator opened all of IPv6: what is behind it stays closed.
            let guards = [Guard::default(), Guard::new(vec!["::/0".parse().unwrap()], vec![])];
            for way in ways(inner, beside) {
                for guard in &guards {
                    proptest::prop_assert!(guard.check(IpAddr::V6(way), 443).is_err(), "{inner} as {way}");
                }
            }
        }

        #[test]
        fn public_addresses_stay_open_in_the_ways_that_networks_use(host in proptest::prelude::any::<u32>()) {
            let v4 = Ipv4Addr::from(host);
            let is_open = closed_by_default(IpAddr::V4(v4)).is_none();
            for prefix in [0xffff_u128 << 32, 0x0064_ff9b_u128 << 96] {
                let way = IpAddr::V6(Ipv6Addr::from(prefix | u128::from(host)));
                proptest::prop_assert_eq!(Guard::default().check(way, 443).is_ok(), is_open, "{}", way);
            }
        }
    }
}
