//! Rules and approvals.

pub(super) mod rules_test;
pub(super) mod rule_sets;
pub(super) mod rules;
pub(super) mod conditions;
mod methods;
pub(super) mod approvals;
pub(super) mod approval_grants;
pub(super) mod approvals_stream;
pub(super) mod suggestions;
