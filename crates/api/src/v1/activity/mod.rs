//! Agents' activity, and the audit log of people's changes.

pub(super) mod record;
pub(super) mod export;
pub(super) mod stream;
pub(super) mod audit_log;
pub(super) mod stats;
pub(super) mod attention;
pub(super) mod search;
