//! Hosts, canonicalised once, so that the host matched is the host dialled.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host in canonical form: lower case, A-labels, no trailing dot, IP addresses in standard notation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Host {
    text: Box<str>,
    ip: Option<IpAddr>,
}

impl Host {
    /// Parses a host from an authority, an SNI or a `Host` header, without its port.
    ///
    /// IPv4 addresses in odd forms (`0x7f.1`, `2130706433`) are parsed as resolvers and the WHATWG URL Standard
    /// ("IPv4 parser") do; IPv6 addresses are in brackets.
    pub fn read(raw: &str) -> Result<Self, BadHost> {
        if let Some(inner) = raw.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(BadHost::Malformed)?;
            let ip: Ipv6Addr = inner.parse().map_err(|_| BadHost::Malformed)?;
            return Ok(Self::from_ip(IpAddr::V6(ip)));
        }
        let name = raw.strip_suffix('.').unwrap_or(raw);
        if name.is_empty() || name.len() > MOST_BYTES {
            return Err(if name.is_empty() { BadHost::Empty } else { BadHost::TooLong });
        }
        let text: Box<str> = if is_plain(name) { name.into() } else { to_ascii(raw)? };
        check_labels(&text)?;
        if ends_in_number(&text) {
            let ip = read_ipv4(&text).ok_or(BadHost::Malformed)?;
            return Ok(Self::from_ip(IpAddr::V4(ip)));
        }
        Ok(Self { text, ip: None })
    }

    /// The host of an address.
    pub fn from_ip(ip: IpAddr) -> Self {
        // `::ffff:127.0.0.1` reaches the same host as `127.0.0.1` (RFC 4291 §2.5.5.2).
        let ip = ip.to_canonical();
        let text = match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self { text: text.into(), ip: Some(ip) }
    }

    /// The canonical text; IPv6 addresses are in brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address, if the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Host({})", self.text)
    }
}

/// Why a text is not a valid host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHost {
    /// It is empty.
    #[error("the host is empty")]
    Empty,
    /// It is longer than a domain name may be (RFC 1035 §2.3.4).
    #[error("the host is longer than 253 characters")]
    TooLong,
    /// It contains characters that a host can't contain.
    #[error("the host is neither a domain name nor an IP address")]
    Malformed,
}

/// Parses `host[:port]`; a missing port is replaced by the default.
///
/// Userinfo is refused: in `api.good.test:x@evil.test:443`, parsers may disagree on the host.
pub fn read_authority(raw: &str, default_port: Option<u16>) -> Result<(Host, u16), BadAuthority> {
    if raw.contains('@') {
        return Err(BadAuthority::Userinfo);
    }
    let (host, port) = match raw.rfind(':') {
        Some(colon) if !raw.ends_with(']') => {
            let (host, port) = raw.split_at(colon);
            (host, port.strip_prefix(':'))
        }
        Some(_) | None => (raw, None),
    };
    let port = match port {
        Some(digits) => read_port(digits)?,
        None => default_port.ok_or(BadAuthority::NoPort)?,
    };
    Ok((Host::read(host)?, port))
}

/// Why a text is not a valid authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthority {
    /// The host is none.
    #[error(transparent)]
    Host(#[from] BadHost),
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// The port is missing, and there is no default.
    #[error("the port is missing")]
    NoPort,
    /// There is a `user@` part.
    #[error("the target names a user before the host (`user@host`), which is refused")]
    Userinfo,
}

fn read_port(digits: &str) -> Result<u16, BadAuthority> {
    if digits.is_empty() || digits.len() > 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(BadAuthority::Port);
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(BadAuthority::Port),
        Ok(port) => Ok(port),
    }
}

/// Whether a name is canonical already: the common case, checked without allocating.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
        && !name.contains("xn--")
}

fn to_ascii(name: &str) -> Result<Box<str>, BadHost> {
    if name.bytes().any(|byte| byte <= b' ' || byte == 0x7f || b"%/\\?#@:[]<>^|\"`{}".contains(&byte)) {
        return Err(BadHost::Malformed);
    }
    let ascii = idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::URL)
        .map_err(|_| BadHost::Malformed)?;
    // Only now: IDNA maps other characters to the trailing dot, too.
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    if ascii.is_empty() || ascii.len() > MOST_BYTES { Err(BadHost::Malformed) } else { Ok(ascii.into()) }
}

fn check_labels(name: &str) -> Result<(), BadHost> {
    let good = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.split('.').all(good) { Ok(()) } else { Err(BadHost::Malformed) }
}

fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn read_ipv4(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = name.split('.').map(read_ipv4_part).collect::<Option<_>>()?;
    let (last, front) = parts.split_last()?;
    if front.len() > 3 || front.iter().any(|part| *part > 255) {
        return None;
    }
    // The last part fills all remaining bytes.
    let room = 8 * (4 - front.len() as u32);
    if room < 32 && u64::from(*last) >= 1u64 << room {
        return None;
    }
    let high = front.iter().enumerate().fold(0u32, |sum, (at, part)| sum | part << (24 - 8 * at as u32));
    Some(Ipv4Addr::from(high | last))
}

fn read_ipv4_part(part: &str) -> Option<u32> {
    if let Some(hex) = part.strip_prefix("0x") {
        return if hex.is_empty() { Some(0) } else { u32::from_str_radix(hex, 16).ok() };
    }
    match part.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        Some(_) | None if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        Some(_) | None => None,
    }
}

const MOST_BYTES: usize = 253;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(raw: &str) -> String {
        Host::read(raw).map_or_else(|error| format!("!{error:?}"), |host| host.to_string())
    }

    #[test]
    fn case_trailing_dot_and_unicode_are_made_canonical() {
        assert_eq!(canonical("API.Good.Test."), "api.good.test");
        assert_eq!(canonical("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(canonical("XN--BCHER-KVA.example"), "xn--bcher-kva.example");
        assert_eq!(canonical("ｅvil.test"), "evil.test");
    }

    #[test]
    fn odd_ipv4_forms_are_addresses() {
        for odd in ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.1", "0x7F000001", "127.0.0.1."] {
            assert_eq!(canonical(odd), "127.0.0.1", "{odd}");
        }
        assert_eq!(canonical("[::FFFF:127.0.0.1]"), "127.0.0.1");
    }

    #[test]
    fn invalid_hosts_are_refused() {
        for bad in [
            "",
            ".",
            "a..b",
            "a..",
            "A..",
            "a b",
            "a%2eb",
            "a/b",
            "[::1",
            "[fe80::1%eth0]",
            "256.1.1.1",
            "1.2.3.4.5",
            "a@b",
            "\u{0}",
        ] {
            assert!(Host::read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_authority_with_userinfo_is_refused() {
        assert_eq!(read_authority("api.good.test:x@evil.test:443", None), Err(BadAuthority::Userinfo));
        assert_eq!(read_authority("a.test", Some(443)).map(|(_, port)| port), Ok(443));
        for bad in ["a.test:", "a.test:0", "a.test:65536", "a.test:+80", "a.test:8 0"] {
            assert_eq!(read_authority(bad, Some(443)), Err(BadAuthority::Port), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn canonical_hosts_are_fixed_points(raw in "\\PC{0,40}") {
            if let Ok(host) = Host::read(&raw) {
                prop_assert_eq!(Host::read(host.as_str()), Ok(host));
            }
        }
    }
}
