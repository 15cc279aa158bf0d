//! Access: people, their projects, and agents with the secrets they may use.

pub mod skill;
pub mod container_config;
pub mod agents;
pub mod projects;
pub mod users;
