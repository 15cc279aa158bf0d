//! What each command does; a file for each noun.

pub(crate) mod start;
pub(crate) mod open;
pub(crate) mod run;
pub(crate) mod secrets;
pub(crate) mod services;
pub(crate) mod rules;
mod rule_files;
pub(crate) mod approvals;
pub(crate) mod grants;
pub(crate) mod agents;
pub(crate) mod attention;
pub(crate) mod audit;
pub(crate) mod activity;
pub(crate) mod projects;
pub(crate) mod api_keys;
pub(crate) mod keys;
pub(crate) mod settings;
pub(crate) mod auth;
pub(crate) mod config;
pub(crate) mod program;
mod start_local;
mod value;
mod id;
