//! `tidy`: the architecture as a test.

mod check;
mod layers;
mod modules;
mod paths;
mod source;

pub(crate) use check::tidy;
