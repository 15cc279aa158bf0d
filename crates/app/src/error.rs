//! What can go wrong with a use case, by what the caller can do about it.

use onecli_store::Error as StoreError;
use onecli_vault::Error as VaultError;

/// Why a use case did not come about. Messages are for people; none holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the caller gave can't be.
    #[error("{message}")]
    Invalid {
        /// The JSON field that it stands in.
        field: &'static str,
        /// What is wrong, why, and what to do.
        message: String,
    },
    /// There is no such thing in this project.
    #[error("there is no such {0} in this project")]
    NotFound(&'static str),
    /// It contradicts what is there already.
    #[error("{message}")]
    Conflict {
        /// A stable code, such as `identifier_taken`.
        code: &'static str,
        /// What is in the way, and what to do.
        message: String,
    },
    /// It waited for a decision, and waits no more.
    #[error("the held request does not wait any more: its time is over, or its agent hung up")]
    Expired,
    /// The encryption key is missing, malformed or wrong.
    #[error("{0}")]
    Key(String),
    /// The vault fails.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of the data directory can't be used.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: String,
        /// What the system said, and what to do.
        reason: String,
    },
    /// The certificate authority can't be made or read.
    #[error("the gateway's certificate authority: {0}")]
    Authority(String),
}

impl Error {
    /// What the caller gave in a field can't be.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// Whether the store can't do it now, but may later: it is out of reach, full or read-only.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::Unavailable { .. } | StoreError::Full { .. } | StoreError::ReadOnly { .. }
            )
        )
    }
}
