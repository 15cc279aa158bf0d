//! Targets: reading authorities, paths and queries never panics, and what was judged is what goes out.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use onecli_domain::host::{Host, read_authority};
use onecli_domain::path::Path;
use onecli_domain::target::{Scheme, Target};
use percent_encoding::percent_decode;

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(3, '\n');
    let authority = lines.next().unwrap_or_default();
    let path = lines.next().unwrap_or_default();
    let query = lines.next();

    check_host(authority);
    let authority = read_authority(authority, Some(443)).ok();
    check_path(path);
    if let (Some((host, port)), Ok(path)) = (authority, Path::read(path)) {
        check_target(Target { scheme: Scheme::Https, host, port, path, query: query.map(Into::into) });
    }
});

fn check_host(raw: &str) {
    let Ok(host) = Host::read(raw) else { return };
    assert_eq!(Host::read(host.as_str()).as_ref(), Ok(&host), "a canonical host is a fixed point");
    assert!(host.as_str().is_ascii() && !host.as_str().bytes().any(|byte| byte.is_ascii_uppercase()));
    assert!(!host.as_str().contains(['/', '@', '%', ' ', '\\', '?', '#']));
    // What a resolver or another library would take for an address has been seen as one by the guard.
    let bare = host.as_str().trim_start_matches('[').trim_end_matches(']');
    assert_eq!(bare.parse::<IpAddr>().ok(), host.ip(), "{host}");
    match url::Host::parse(raw) {
        Ok(url::Host::Ipv4(ip)) => assert_eq!(host.ip(), Some(ip.into()), "{raw:?}"),
        // An IPv4 address in IPv6's clothes is seen as what it is.
        Ok(url::Host::Ipv6(ip)) => assert_eq!(host.ip(), Some(IpAddr::from(ip).to_canonical()), "{raw:?}"),
        Ok(url::Host::Domain(name)) => {
            assert_eq!(host.as_str(), name.strip_suffix('.').unwrap_or(&name), "{raw:?}");
        }
        Err(_) => {}
    }
}

fn check_path(raw: &str) {
    let Ok(path) = Path::read(raw) else { return };
    let again = Path::read(path.sent()).expect("a canonical path is a path");
    assert_eq!(again, path, "a canonical path is a fixed point");
    assert!(path.sent().starts_with('/') && path.matching().starts_with('/'));
    assert!(path.sent().bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
    for view in [path.sent(), path.matching()] {
        assert!(!view.split('/').any(|segment| segment == "." || segment == ".."), "{path:?}");
    }
    assert!(!path.matching().contains("//") && !path.matching().contains('\\'));
    assert!(path.matching() == "/" || !path.matching().ends_with('/'));
    if path.doubt().is_some() {
        return;
    }
    let once: Vec<u8> = percent_decode(path.sent().as_bytes()).collect();
    let twice: Vec<u8> = percent_decode(&once).collect();
    let seen: Vec<u8> = percent_decode(path.matching().as_bytes()).collect();
    assert_eq!(fold(&once), fold(&seen), "an upstream that decodes sees what the rules saw: {path:?}");
    assert!(!once.iter().any(|byte| byte.is_ascii_control()), "{path:?}");
    for decoded in [&once, &twice] {
        assert!(!has_dots(decoded) && !decoded.contains(&b'\\'), "{path:?}");
        assert_eq!(slashes(decoded), slashes(path.sent().as_bytes()), "{path:?}");
    }
}

fn check_target(target: Target) {
    let (host, port) = read_authority(&target.authority(), Some(443)).expect("an authority reads back");
    assert_eq!((&host, port), (&target.host, target.port));
    let masked = target.masked_path();
    let shown = masked.strip_prefix(target.path.sent()).expect("a masked path begins with the path");
    let given = target.query.as_deref();
    assert_eq!(shown.is_empty(), given.is_none());
    for pair in shown.trim_start_matches('?').split('&') {
        assert!(pair.is_empty() || pair == "***" || pair.ends_with("=***"), "{pair}");
    }
    if let Some(name) = given.and_then(|query| query.split(['=', '&']).next()) {
        target.query_values(name).for_each(drop);
    }
}

/// Whether a server could see a dot segment, with a parameter behind it or without.
fn has_dots(path: &[u8]) -> bool {
    path.split(|byte| *byte == b'/').any(|segment| {
        segment == b"." || segment == b".." || segment.starts_with(b".;") || segment.starts_with(b"..;")
    })
}

fn slashes(path: &[u8]) -> usize {
    path.iter().filter(|byte| **byte == b'/').count()
}

/// The segments that aren't empty.
fn fold(path: &[u8]) -> Vec<&[u8]> {
    path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).collect()
}
