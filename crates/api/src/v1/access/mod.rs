//! People, their projects and keys, and agents.

pub(super) mod agents;
pub(super) mod projects;
pub(super) mod container_config;
pub(super) mod user;
pub(super) mod api_keys;
