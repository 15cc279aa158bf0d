//! Patterns: reading and matching never panic, and match what a plain backtracking matcher matches.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onecli_domain::host::Host;
use onecli_domain::path::Path;
use onecli_domain::pattern::{HostPattern, HostShape, PathPattern};

fuzz_target!(|input: &str| {
    let mut lines = input.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    check_hosts(next(), next());
    check_paths(next(), next());
});

fn check_hosts(pattern: &str, host: &str) {
    let host = Host::read(host);
    if let Ok(host) = &host {
        let own = HostPattern::read(host.as_str()).expect("a host is a pattern");
        assert!(own.matches(host, 443));
    }
    let Ok(read) = HostPattern::read(pattern) else {
        assert!(HostPattern::read_narrow(pattern).is_err(), "narrow patterns are patterns");
        return;
    };
    let narrow = HostPattern::read_narrow(pattern).is_ok();
    match &read.shape {
        HostShape::Any => assert!(!narrow, "a secret takes no catch-all"),
        HostShape::Exact(_) => assert!(narrow),
        HostShape::Under(suffix) => {
            assert!(suffix.starts_with('.'));
            // With one label more it can't be a suffix of a registry's: `*` in the list covers one.
            assert!(!narrow || suffix.matches('.').count() >= 1);
            let parent = Host::read(&suffix[1..]).expect("a suffix is a host after its dot");
            assert!(!read.matches(&parent, read.port.unwrap_or(443)), "the parent is not under itself");
            if let Ok(child) = Host::read(&format!("x{suffix}")) {
                assert!(read.matches(&child, read.port.unwrap_or(443)));
            }
        }
    }
    if let (Ok(host), HostShape::Under(suffix)) = (&host, &read.shape)
        && read.matches(host, read.port.unwrap_or(443))
    {
        let front = host.as_str().strip_suffix(&**suffix).expect("what matches ends in the suffix");
        assert!(!front.is_empty() && !front.ends_with('.'));
    }
}

fn check_paths(pattern: &str, path: &str) {
    let read = PathPattern::read(pattern);
    let path = Path::read(path);
    if let (Ok(Some(read)), Ok(path)) = (&read, &path) {
        let exact = read.matches(path.matching(), false);
        assert!(!exact || read.matches(path.matching(), true), "ignoring case only adds");
        if let (true, Some(first)) = (exact, read.first_literal()) {
            assert_eq!(path.matching().split('/').nth(1), Some(first), "the index finds what matches");
        }
        if is_simple(pattern) {
            let expected = expect_match(pattern.as_bytes(), path.matching().as_bytes());
            assert_eq!(exact, expected, "{pattern:?} on {:?}", path.matching());
        }
    }
    if let Ok(path) = &path
        && !path.matching().contains(['*', '?', '#', '%'])
        && path.matching() != "/"
    {
        let own = PathPattern::read(path.matching());
        if let Ok(Some(own)) = own {
            assert!(own.matches(path.matching(), false), "a path is its own pattern: {path:?}");
        }
    }
}

/// Whether a pattern's text and its matching view are the same, with few enough stars to backtrack over.
fn is_simple(pattern: &str) -> bool {
    pattern.len() > 1
        && pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/*:-_".contains(&byte))
        && !pattern.contains("//")
        && !pattern.ends_with('/')
        && pattern.matches('*').count() <= 5
}

fn expect_match(pattern: &[u8], path: &[u8]) -> bool {
    match pattern.strip_suffix(b"*") {
        // `/v1/*` means `/v1` too.
        Some(front) => {
            let parent = front.strip_suffix(b"/");
            go(pattern, path, true, b'/') || parent.is_some_and(|parent| go(parent, path, false, b'/'))
        }
        None => go(pattern, path, false, b'/'),
    }
}

/// `*` stands for what lies within a segment, at the very end of an open pattern for everything.
fn go(pattern: &[u8], path: &[u8], open: bool, before: u8) -> bool {
    let Some((&first, pattern_rest)) = pattern.split_first() else { return path.is_empty() };
    if first != b'*' {
        return path
            .split_first()
            .is_some_and(|(byte, rest)| *byte == first && go(pattern_rest, rest, open, first));
    }
    let fills_segment = before == b'/' && matches!(pattern_rest.first(), None | Some(b'/'));
    let least = usize::from(fills_segment);
    if pattern_rest.is_empty() && open {
        return path.len() >= least && (least == 0 || path.first() != Some(&b'/'));
    }
    let within = path.iter().take_while(|byte| **byte != b'/').count();
    (least..=within).any(|taken| go(pattern_rest, &path[taken..], open, b'*'))
}
