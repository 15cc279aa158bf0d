//! People, and the API keys of their programs.

use crate::id::{ApiKeyId, ProjectId, UserId};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// Someone who manages the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address; `owner@localhost` for the local owner.
    pub email: String,
    /// Their display name.
    pub name: String,
    /// The project used when a call names none.
    pub default_project: ProjectId,
    /// When the account was created.
    pub created_at: Timestamp,
}

/// An API key, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its owner.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// `oc_` and the first four digits, then dots and the last four: enough to tell keys apart.
    pub preview: String,
    /// The hash of its value.
    pub hash: TokenHash,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A session of a signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the cookie's value.
    pub hash: TokenHash,
    /// Whose session it is.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}
