//! The REST API: one file for each resource, named as in the app.

mod routes;
mod activity_record;
mod activity;
mod suggestions;
mod activity_export;
mod activity_stream;
mod audit;
mod agents;
mod secrets;
mod services;
mod rules_test;
mod rule_sets;
mod rules;
mod conditions;

mod projects;
mod container_config;
mod gateway;
mod user;
mod api_keys;
mod keys;
mod stats;
mod attention;
mod settings;
mod health;
mod approvals;
mod approval_grants;
mod approvals_stream;
mod apps;
mod list;
mod words;

pub(crate) use health::health;
pub(crate) use routes::routes;
