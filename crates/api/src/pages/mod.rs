//! Plain pages, without scripts: the API's documentation, and why a sign-in link failed.

mod link;
mod frame;

pub(crate) use frame::{Text, page, style};
pub(crate) use link::{dead_link, wants_page};
