//! The server itself: health, settings, addresses.

pub(super) mod gateway;
pub(super) mod settings;
pub(super) mod health;
