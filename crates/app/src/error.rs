//! Errors of use cases, by what the caller can do about them.

use onecli_store::Error as StoreError;
use onecli_vault::Error as VaultError;

/// Why a use case failed. Messages are for people; none contains a credential.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument is invalid.
    #[error("{message}")]
    Invalid {
        /// The JSON field.
        field: &'static str,
        /// What is wrong, why, and what to do.
        message: String,
    },
    /// There is no such resource in the project.
    #[error("there is no such {0} in this project")]
    NotFound(&'static str),
    /// It conflicts with the current state.
    #[error("{message}")]
    Conflict {
        /// A stable code, such as `identifier_taken`.
        code: &'static str,
        /// The reason, and what to do.
        message: String,
    },
    /// The held request is no longer waiting for a decision.
    #[error("the held request is no longer waiting: it expired, or its agent closed the connection")]
    Expired,
    /// The encryption key is missing, malformed or wrong.
    #[error("{0}")]
    Key(String),
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the data directory can't be used.
    #[error("{path}: {reason}")]
    File {
        /// The file's path.
        path: String,
        /// The system's error message, and what to do.
        reason: String,
    },
    /// The certificate authority can't be created or read.
    #[error("the gateway's certificate authority: {0}")]
    Authority(String),
}

impl Error {
    /// An argument in this field is invalid.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// Whether the error may be temporary: the database is unreachable, full or read-only.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::Unavailable { .. } | StoreError::Full { .. } | StoreError::ReadOnly { .. }
            )
        )
    }
}
