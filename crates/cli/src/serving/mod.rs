//! What the server needs of its machine: its data directory alone, its ports, and nobody looking into its memory.

pub(crate) mod parts;
pub(crate) mod listening;
pub(crate) mod lock;
pub(crate) mod hardening;
