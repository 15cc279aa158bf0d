//! `tidy`: checks the rules of the architecture.

mod check;
mod layers;
mod modules;
mod paths;
mod source;

pub(crate) use check::tidy;
