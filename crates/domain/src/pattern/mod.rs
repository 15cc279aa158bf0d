//! Patterns: which hosts and paths a rule or a secret concerns.

mod host_pattern;
mod path_pattern;

pub use host_pattern::{BadHostPattern, HostPattern, HostShape};
pub use path_pattern::{BadPathPattern, PathPattern};
