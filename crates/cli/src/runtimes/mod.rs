//! What each language's runtime needs to use the gateway and trust its certificates.

pub(crate) mod trust;
pub(crate) mod node;
pub(crate) mod java;
pub(crate) mod skill;
