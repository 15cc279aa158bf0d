//! The gateway's own certificate authority, and the certificates that it shows to agents.

mod cache;
mod leaf;
mod root;

pub use cache::LeafCache;
pub use leaf::Minter;
pub use root::new_root;
