//! Summaries: what a held request is about to do, in words that a person can decide by.

mod summarise;
mod table;
#[rustfmt::skip]
mod services;
mod fields;
mod entry;
mod mail;
mod money;
mod collector;
mod asked;

pub use asked::Asked;
pub use collector::Detail;
pub use summarise::{Summary, summarise};
