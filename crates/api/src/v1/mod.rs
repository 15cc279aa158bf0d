//! The REST API: one file per resource, in the same folders as in the app.

mod routes;
mod access;
mod policy;
mod vault;
mod activity;
mod server;
mod list;
mod schema_enums;

pub(crate) use routes::routes;
pub(crate) use server::health::health;
