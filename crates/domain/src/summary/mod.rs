//! Summaries: what a held request is about to do, in words that a person can decide by.

mod summarise;
mod table;
#[rustfmt::skip]
mod services;
mod fields;
mod leaves;
mod used;
mod entry;
mod parts;
mod mail;
mod attachment;
mod money;
mod preview;
mod collector;
mod asked;

pub use asked::Asked;
pub use collector::Detail;
pub use preview::preview;
pub use summarise::{Summary, summarise};
