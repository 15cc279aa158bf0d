//! Compiled rules: an index by host and first path segment, and the matcher behind it.

mod host_index;
mod rule_set;

pub use host_index::HostIndex;
pub use rule_set::{BadRule, RuleSet, RuleView, check, check_action};
