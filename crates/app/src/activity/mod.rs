//! Agents' activity: search and statistics.

pub mod stats;
pub mod attention;
pub mod search;
