//! Plain pages, without scripts: where things are, and why a sign-in link failed.

mod frame;
mod home;
mod link;

pub(crate) use frame::{Text, page, style};
pub(crate) use home::home;
pub(crate) use link::{dead_link, wants_page};
