//! People, and the keys with which their programs call the API.

use crate::id::{ApiKeyId, ProjectId, UserId};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Somebody who steers the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address; the local owner has `owner@localhost`.
    pub email: String,
    /// Their name, as shown.
    pub name: String,
    /// The project that their calls mean where none is named.
    pub default_project: ProjectId,
    /// When they came.
    pub created_at: Timestamp,
}

/// An API key, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user: UserId,
    /// Its name, as people see it.
    pub name: String,
    /// `oc_` and the first four digits, then dots and the last four: enough to tell keys apart.
    pub preview: String,
    /// The hash of its value.
    pub hash: TokenHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A person's signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the cookie's value.
    pub hash: TokenHash,
    /// Whose it is.
    pub user: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}
