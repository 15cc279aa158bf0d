//! Rules, decisions about requests, and approvals.

pub mod replay;
pub mod rule_sets;
pub mod rules;
pub mod hold;
pub mod open_exchange;
pub mod approvals;
pub mod suggestions;
pub mod decide;
pub mod approved;
