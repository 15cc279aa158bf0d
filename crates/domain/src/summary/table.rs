//! The table: finding the entry that fits a request.

use super::asked::Asked;
use super::entry::Entry;
use super::services;

/// The entry that fits a request, and what its path has for each `*`.
pub(super) fn find(asked: &Asked<'_>) -> Option<(&'static Entry, Vec<String>)> {
    TABLES.iter().flat_map(|table| table.iter()).find_map(|entry| {
        let fits =
            entry.methods.contains(&asked.method) && entry.hosts.iter().any(|host| glob(host, asked.host));
        let captured = || entry.paths.iter().find_map(|pattern| capture(pattern, asked));
        if fits { captured().map(|captured| (entry, captured)) } else { None }
    })
}

/// Whether a pattern with `*` fits a text whole.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => {
            let Some(after) = text.strip_prefix(start) else { return false };
            after
                .char_indices()
                .map(|(at, _)| at)
                .chain([after.len()])
                .any(|at| at > 0 && after.get(at..).is_some_and(|after| glob(rest, after)))
        }
    }
}

/// What a path has for each `*` of a pattern. `?name` at the pattern's end asks for a parameter of that name.
fn capture(pattern: &str, asked: &Asked<'_>) -> Option<Vec<String>> {
    let (pattern, parameter) =
        pattern.split_once('?').map_or((pattern, None), |(path, name)| (path, Some(name)));
    if let Some(parameter) = parameter {
        let mut pairs = asked.query.into_iter().flat_map(|query| query.split('&'));
        if !pairs.any(|pair| pair.split('=').next() == Some(parameter)) {
            return None;
        }
    }
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut captured = Vec::new();
    let mut path = asked.path.trim_start_matches('/').split('/');
    let mut wanted = pattern.trim_start_matches('/').split('/').peekable();
    while let Some(part) = wanted.next() {
        if part == "*" && wanted.peek().is_none() {
            let rest = path.by_ref().collect::<Vec<_>>().join("/");
            captured.push(decode(&rest));
            return (!rest.is_empty()).then_some(captured);
        }
        let own = path.next()?;
        if part == "*" {
            captured.push(decode(own));
        } else if part != own {
            return None;
        }
    }
    path.next().is_none().then_some(captured)
}

static TABLES: &[&[Entry]] =
    &[services::MAIL, services::WORK, services::CODE, services::MONEY, services::STORAGE];
