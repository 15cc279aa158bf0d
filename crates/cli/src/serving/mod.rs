//! What the server needs from the machine: exclusive use of its data directory, ports, and protected memory.

pub(crate) mod parts;
pub(crate) mod listening;
pub(crate) mod lock;
pub(crate) mod hardening;
