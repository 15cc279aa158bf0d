//! File descriptors: as many as the system allows, and no more connections than there are descriptors for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one; says how many there may be, none where there is no limit.
pub(crate) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
    {
        tracing::warn!(%error, "the limit of open files can't be raised to what the system allows");
        return limit.current;
    }
    limit.maximum
}

/// How many connections agents may have, and how many requests may be on their way, with so many descriptors.
///
/// A connection takes a descriptor, and a request one towards its upstream. Some are left for the API, the database,
/// and idle connections to upstreams.
pub(crate) fn bound(most: usize, descriptors: Option<u64>) -> usize {
    let Some(descriptors) = descriptors else { return most };
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    let kept = (descriptors / 8).clamp(64, 1024);
    most.min((descriptors.saturating_sub(kept) / 2).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_upstreams_and_the_api() {
        assert_eq!(bound(10_000, None), 10_000);
        assert_eq!(bound(10_000, Some(1_048_576)), 10_000);
        assert_eq!(bound(10_000, Some(1024)), 448);
        assert_eq!(bound(10, Some(1024)), 10);
        assert_eq!(bound(10_000, Some(8)), 1);
        assert_eq!(bound(0, Some(1024)), 0);
    }

    #[test]
    fn the_soft_limit_is_raised() {
        let allowed = raise();
        assert_eq!(getrlimit(Resource::Nofile).current, allowed);
    }
}
