//! Keeps secrets in memory from being written to disk or read by other processes.

/// No core dump, and no debugger of the same user: both would hold secrets.
///
/// Where the system can't do it, the log says so and the server goes on.
#[cfg(target_os = "linux")]
pub(crate) fn harden() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "core dumps can't be turned off");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can't be kept from reading the server's memory");
    }
}

/// No core dump: it would hold secrets.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "core dumps can't be turned off");
    }
}

/// Nothing that this system knows.
#[cfg(not(unix))]
pub(crate) fn harden() {}
