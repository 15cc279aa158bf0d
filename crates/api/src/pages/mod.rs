//! Server-rendered pages without scripts: the API's documentation, and the error page of sign-in links.

mod link;
mod frame;

pub(crate) use frame::{Text, page, style};
pub(crate) use link::{expired_link, wants_page};
