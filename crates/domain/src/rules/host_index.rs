//! Which entries could concern a host and path: found without looking at the others.

use rustc_hash::FxHashMap;

use crate::host::Host;
use crate::pattern::{HostPattern, HostShape};

/// Entries by host pattern and first path segment. Whoever asks still checks each entry that is offered.
#[derive(Debug, Default)]
pub struct HostIndex {
    exact: FxHashMap<Box<str>, Bucket>,
    under: FxHashMap<Box<str>, Bucket>,
    any: Bucket,
}

/// Entries of one host pattern.
#[derive(Debug, Default)]
struct Bucket {
    by_first_segment: FxHashMap<Box<str>, Vec<u32>>,
    others: Vec<u32>,
}

impl HostIndex {
    /// Adds an entry; `first_segment` where its path pattern pins one.
    pub fn insert(&mut self, host: &HostPattern, first_segment: Option<&str>, entry: u32) {
        let bucket = match &host.shape {
            HostShape::Any => &mut self.any,
            HostShape::Exact(name) => self.exact.entry(name.clone()).or_default(),
            HostShape::Under(suffix) => self.under.entry(suffix.clone()).or_default(),
        };
        match first_segment {
            Some(name) => bucket.by_first_segment.entry(name.into()).or_default().push(entry),
            None => bucket.others.push(entry),
        }
    }

    /// Offers each entry that could concern this host and path.
    pub fn offer(&self, host: &Host, first_segment: &str, mut to: impl FnMut(u32)) {
        self.for_each_bucket(host, |bucket| bucket.offer(first_segment, &mut to));
    }

    /// Offers each entry of this host, whatever its path.
    pub fn offer_host(&self, host: &Host, mut to: impl FnMut(u32)) {
        self.for_each_bucket(host, |bucket| {
            bucket.by_first_segment.values().flatten().chain(&bucket.others).copied().for_each(&mut to);
        });
    }

    fn for_each_bucket(&self, host: &Host, mut visit: impl FnMut(&Bucket)) {
        if let Some(bucket) = self.exact.get(host.as_str()) {
            visit(bucket);
        }
        if host.ip().is_none() && !self.under.is_empty() {
            let mut rest = host.as_str();
            while let Some(dot) = rest.get(1..).and_then(|rest| rest.find('.')) {
                rest = rest.get(dot + 1..).unwrap_or_default();
                if let Some(bucket) = self.under.get(rest) {
                    visit(bucket);
                }
            }
        }
        visit(&self.any);
    }
}

impl Bucket {
    fn offer(&self, first_segment: &str, to: &mut impl FnMut(u32)) {
        if !self.by_first_segment.is_empty()
            && let Some(entries) = self.by_first_segment.get(first_segment)
        {
            entries.iter().copied().for_each(&mut *to);
        }
        self.others.iter().copied().for_each(to);
    }
}

/// The first segment of a path.
pub(crate) fn first_segment(path: &str) -> &str {
    path.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or(path)
}
