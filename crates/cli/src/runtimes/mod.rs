//! What each language's runtime needs, to go through the gateway and to trust its certificates.

pub(crate) mod trust;
pub(crate) mod node;
pub(crate) mod java;
pub(crate) mod skill;
