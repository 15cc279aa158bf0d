//! Plain pages, without scripts: where things are, what the API can do, and why a sign-in link failed.

mod docs;
mod frame;
mod home;
mod link;

pub(crate) use docs::docs;
pub(crate) use frame::style;
pub(crate) use home::home;
pub(crate) use link::{dead_link, wants_page};
