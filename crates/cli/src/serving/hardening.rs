//! Protects secrets in memory from core dumps and other processes.

/// Turns off core dumps and debuggers of the same user, which would expose secrets.
///
/// If the system refuses, the log says so and the server continues.
#[cfg(target_os = "linux")]
pub(crate) fn harden() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "can't turn off core dumps");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "can't prevent other processes of this user from reading the server's memory");
    }
}

/// Turns off core dumps, which would contain secrets.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn harden() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "can't turn off core dumps");
    }
}

/// Does nothing on this system.
#[cfg(not(unix))]
pub(crate) fn harden() {}
