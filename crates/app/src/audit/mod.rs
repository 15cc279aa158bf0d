//! The audit log: recording changes, displaying them, and signing the chains.

pub(crate) mod change;
pub(crate) mod view;
pub(crate) mod checkpoint;
