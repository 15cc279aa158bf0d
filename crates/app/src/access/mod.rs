//! Who may call: people, their projects, and agents with what they are given.

pub mod skill;
pub mod container_config;
pub mod agents;
pub mod projects;
pub mod users;
