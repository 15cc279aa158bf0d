//! Parsing of each kind of setting.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use onecli_domain::host::Host;
use onecli_domain::pattern::HostPattern;
use onecli_gateway::{ConnectTo, UpstreamCa};

/// An address of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GatewayBind {
    /// This address.
    At(IpAddr),
    /// The Docker bridge's address.
    Docker,
}

/// Reads an address to listen on.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    if text == "localhost" {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    inner.parse().map_err(|_| format!("`{text}` is not an IP address"))
}

/// Reads an address for the gateway to listen on.
pub(crate) fn gateway_bind(text: &str) -> Result<GatewayBind, String> {
    if text == "docker" {
        return Ok(GatewayBind::Docker);
    }
    address(text).map(GatewayBind::At).map_err(|why| format!("{why} (nor `docker`)"))
}

/// Reads a port; 0 means any free one.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is not a port (0 to 65535)"))
}

/// Reads whole seconds, at least 1.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=MOST_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is not a number of seconds from 1 to {MOST_SECONDS}")),
    }
}

/// Reads whole seconds, possibly 0.
pub(crate) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { seconds(text) }
}

/// Reads a number, at least 1.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_COUNT) => Ok(count),
        _ => Err(format!("`{text}` is not a number from 1 to {MOST_COUNT}")),
    }
}

/// Reads a body size that fits into memory many times.
pub(crate) fn inspected_bytes(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| (1_024..=67_108_864).contains(bytes));
    bytes.ok_or_else(|| format!("`{text}` is not a number of bytes from 1024 to 67108864"))
}

/// Reads how large headers may be. The HTTP parser needs 8 KiB at least.
pub(crate) fn header_bytes(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| (8_192..=1_048_576).contains(bytes));
    bytes.ok_or_else(|| format!("`{text}` is not a number of bytes from 8192 to 1048576"))
}

/// Reads a number of days, up to a hundred years.
pub(crate) fn days(text: &str) -> Result<u32, String> {
    let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
    days.ok_or_else(|| format!("`{text}` is not a number of days from 1 to 36500"))
}

/// Reads a boolean.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}

/// Reads an http or https URL that ends after the port; removes a trailing slash.
pub(crate) fn url(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not a URL such as https://onecli.example.com");
    let parsed: reqwest::Url = text.parse().map_err(|_| wrong())?;
    let plain = matches!(parsed.scheme(), "http" | "https")
        && parsed.host_str().is_some()
        && parsed.username().is_empty()
        && parsed.password().is_none()
        && parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.fragment().is_none();
    if plain { Ok(text.trim_end_matches('/').to_owned()) } else { Err(wrong()) }
}

/// Reads `HOST:PORT`; removes a scheme.
pub(crate) fn host_and_port(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not HOST:PORT, such as host.docker.internal:10255");
    let bare = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let (host, port) = bare.rsplit_once(':').ok_or_else(wrong)?;
    Host::read(host).map_err(|_| wrong())?;
    port.parse::<u16>().map_err(|_| wrong())?;
    Ok(bare.to_owned())
}

/// Reads an address range; a single address is a range of one.
pub(crate) fn range(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("`{text}` is not an address range such as 10.0.0.0/8"))
}

/// Reads a host pattern.
pub(crate) fn host_pattern(text: &str) -> Result<HostPattern, String> {
    HostPattern::read(text).map_err(|error| format!("`{text}` is not a host: {error}"))
}

/// Reads comma-separated host patterns.
pub(crate) fn host_patterns(text: &str) -> Result<Vec<HostPattern>, String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(host_pattern).collect()
}

/// Reads a host's name, without a port.
pub(crate) fn host_name(text: &str) -> Result<String, String> {
    Host::read(text)
        .map(|host| host.as_str().to_owned())
        .map_err(|error| format!("`{text}` is not a host: {error}"))
}

/// Reads `FILE` or `HOST=FILE`. For a file name with `=`, write a path with a slash: `./a=b.pem`.
pub(crate) fn upstream_ca(text: &str) -> Result<UpstreamCa, String> {
    let (host, path) = match text.split_once('=') {
        Some((host, path)) if !host.contains('/') => (Some(host_pattern(host)?), path),
        _ => (None, text),
    };
    if path.is_empty() {
        return Err(format!("`{text}` names no file; write FILE or HOST=FILE"));
    }
    Ok(UpstreamCa { host, path: Path::new(path).to_path_buf() })
}

/// Reads the URL of a proxy. It may hold a password, so no message repeats it.
pub(crate) fn proxy(text: &str) -> Result<String, String> {
    let is_one = text.parse().is_ok_and(|url: reqwest::Url| {
        matches!(url.scheme(), "http" | "socks5")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.port() != Some(0)
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if is_one {
        Ok(text.to_owned())
    } else {
        Err("a proxy URL is http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before the host \
             where the proxy wants it"
            .into())
    }
}

/// Reads `HOST:PORT:ADDR:PORT` as in curl: an empty part means "any" on the left, "the same" on the right.
pub(crate) fn connect_to(text: &str) -> Result<ConnectTo, String> {
    let wrong = || format!("`{text}` is not HOST:PORT:ADDR:PORT (write IPv6 addresses in brackets)");
    let parts = parts(text);
    let [host, from_port, to_host, to_port] = parts.as_slice() else {
        return Err(wrong());
    };
    let port = |part: &str| match part {
        "" => Ok(None),
        _ => part.parse::<u16>().map(Some).map_err(|_| wrong()),
    };
    let host_of = |part: &str| match part {
        "" => Ok(None),
        _ => Host::read(part).map(Some).map_err(|_| wrong()),
    };
    let target = host_of(to_host)?.map(|_| (*to_host).to_owned());
    Ok(ConnectTo {
        host: host_of(host)?.map(|host| host.as_str().to_owned()),
        port: port(from_port)?,
        to_host: target,
        to_port: port(to_port)?,
    })
}

/// Splits at colons that are not in brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut within = false;
    text.split(|letter| {
        match letter {
            '[' => within = true,
            ']' => within = false,
            _ => {}
        }
        letter == ':' && !within
    })
    .collect()
}

const MOST_SECONDS: u64 = 7 * 24 * 60 * 60;
const MOST_COUNT: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connect_to_is_read_as_curl_does() {
        let to = connect_to("Api.test:443:127.0.0.1:8443").unwrap();
        assert_eq!(to.host.as_deref(), Some("api.test"));
        assert_eq!((to.port, to.to_host.as_deref(), to.to_port), (Some(443), Some("127.0.0.1"), Some(8443)));

        let to = connect_to("::[::1]:").unwrap();
        assert_eq!((to.host, to.port, to.to_host.as_deref(), to.to_port), (None, None, Some("[::1]"), None));

        for wrong in ["", "a.test:443", "a.test:443:b.test", "a.test:x:b.test:1", "a.test:1:::1:1"] {
            assert!(connect_to(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_has_nothing_behind_its_port() {
        assert_eq!(url("https://a.test/").unwrap(), "https://a.test");
        for wrong in
            ["a.test", "ftp://a.test", "https://a.test/path", "https://user@a.test", "https://a.test/?q"]
        {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_gateways_address_may_carry_a_scheme() {
        assert_eq!(host_and_port("http://gateway.test:1/").unwrap(), "gateway.test:1");
        assert!(host_and_port("gateway.test").is_err());
    }

    #[test]
    fn a_certificate_may_be_for_one_host_alone() {
        let read = |text| upstream_ca(text).map(|ca| (ca.host, ca.path.display().to_string()));
        let host = |text| Some(HostPattern::read(text).unwrap());

        assert_eq!(read("/etc/ca.pem").unwrap(), (None, "/etc/ca.pem".into()));
        assert_eq!(read("api.test=ca.pem").unwrap(), (host("api.test"), "ca.pem".into()));
        assert_eq!(read("[::1]:8443=a=b.pem").unwrap(), (host("[::1]:8443"), "a=b.pem".into()));
        assert_eq!(read("./a=b.pem").unwrap(), (None, "./a=b.pem".into()));
        for wrong in ["", "api.test=", "=ca.pem", "a b=ca.pem"] {
            assert!(upstream_ca(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_proxy_is_reached_by_http_or_socks5() {
        for good in ["http://proxy.test:3128", "http://me:pass@[::1]:1/", "socks5://proxy.test"] {
            assert_eq!(proxy(good).unwrap(), good);
        }
        for wrong in [
            "proxy.test:3128",
            "https://proxy.test",
            "socks5://",
            "http://proxy.test/path",
            "http://proxy.test:0",
        ] {
            assert!(proxy(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hosts_are_separated_by_commas() {
        assert_eq!(host_patterns("a.test, *.b.test:443,").unwrap().len(), 2);
        assert!(host_patterns("a.test,http://b.test").is_err());
    }

    #[test]
    fn an_address_is_a_range_of_one() {
        assert_eq!(range("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert!(range("10.0.0.0/33").is_err());
    }
}
