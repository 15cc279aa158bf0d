//! Compiled rules: an index by host and first path segment, and the matcher behind it.

mod rule_set;
mod host_index;

pub use host_index::HostIndex;
pub use rule_set::{BadRule, RuleSet, RuleView, check, check_action};
