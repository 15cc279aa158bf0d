//! What must exist before anything else: keys and the certificate authority.

pub(crate) mod unlock;
pub mod authority;
pub(crate) mod sealed_setting;
