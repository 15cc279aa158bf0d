//! The audit log: what somebody changes, how it is shown, and how it is signed.

pub(crate) mod change;
pub(crate) mod view;
pub(crate) mod checkpoint;
