//! The gateway's own certificate authority, and the certificates that it shows to agents.

mod cache;
mod root;
mod leaf;

pub use cache::LeafCache;
pub use leaf::Minter;
pub use root::new_root;
