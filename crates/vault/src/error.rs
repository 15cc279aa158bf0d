//! What can go wrong with keys and sealed values. No message holds a byte of either.

/// Why a key or a sealed value can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The root key doesn't open the key-encryption keys of this database.
    #[error(
        "the encryption key is not the one that this database was made with; give the right key (key file, SECRET_ENCRYPTION_KEY or passphrase), or restore it from a backup. Nothing was changed"
    )]
    WrongKey,
    /// A database that should have key-encryption keys has none.
    #[error("the database holds no key-encryption key; restore its table `encryption_keys` from a backup")]
    NoKeys,
    /// A text is no root key.
    #[error(
        "the encryption key is neither 64 hexadecimal digits nor base64 of 32 bytes; `openssl rand -hex 32` makes one"
    )]
    MalformedKey,
    /// A text is no key for signing the audit log.
    #[error("the audit log's key is not 64 hexadecimal digits; restore the file from a backup")]
    MalformedAuditKey,
    /// A passphrase is empty, or white space alone.
    #[error("the encryption passphrase is empty; give one that nobody can guess, such as six random words")]
    EmptyPassphrase,
    /// A value is sealed under a key-encryption key that isn't known here.
    #[error(
        "the value is sealed under key version {0}, which is not known here; restore the table `encryption_keys` from the same backup as the value, or store the value anew"
    )]
    UnknownKeyVersion(u32),
    /// A sealed value was changed, or put in another place than it was sealed for.
    #[error(
        "the sealed value is damaged, or was moved from another record; restore its row from a backup, or store the value anew"
    )]
    Damaged,
    /// The system gives no randomness, or a primitive fails.
    #[error(
        "the system's cryptography failed; check that /dev/urandom can be read and that memory is not exhausted"
    )]
    Primitive,
}
