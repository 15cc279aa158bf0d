//! The HTTP API for people: REST, `OpenAPI` and sign-in, on top of the app's use cases.

mod server;
mod router;
mod docs;
mod openapi;
mod v1;
mod sign_in;
mod dashboard;
mod pages;
mod person;
mod layers;
mod csrf;
mod session;
mod host;
mod state;
mod attempts;
mod extract;
mod answer;
mod error;
mod config;

pub use config::Config;
pub use error::Error;
pub use openapi::openapi_json;
pub use router::router;
pub use server::{Limits, run};
