//! What things are, and whether a request may pass: pure, without I/O, clock or randomness.

pub mod decide;
pub mod verdict;
pub mod credentials;
pub mod rules;
pub mod rule;
pub mod condition;
pub mod facts;
pub mod rate;
pub mod secret;
pub mod services;
pub mod injection;
pub mod stand_in;
pub mod secret_kind;
pub mod pattern;
pub mod target;
pub mod host;
pub mod path;
pub mod activity;
pub mod agent;
pub mod project;
pub mod person;
pub mod sealed;
pub mod token;
pub mod time;
pub mod id;
