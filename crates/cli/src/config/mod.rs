//! Settings and the environment: only this module reads them.

mod server;
mod flags;
mod defaults;
mod file;
mod data_dir;
mod env;
mod values;
mod partial;
mod table;

pub(crate) use data_dir::DataDir;
pub(crate) use env::Environment;
pub(crate) use flags::ServerFlags;
pub(crate) use partial::Source;
pub(crate) use server::{KeySource, Server, gather, shown};
pub(crate) use table::SETTINGS;
pub(crate) use values::GatewayBind;
