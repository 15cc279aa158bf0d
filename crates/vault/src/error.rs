//! Errors of keys and sealed values. Messages contain no key or secret bytes.

/// Why a key or a sealed value can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The root key doesn't open the key-encryption keys of this database.
    #[error(
        "the encryption key is not the one that this database was created with; give the right key (key file, SECRET_ENCRYPTION_KEY or passphrase), or restore it from a backup. Nothing was changed"
    )]
    WrongKey,
    /// The database should have key-encryption keys but has none.
    #[error("the database holds no key-encryption key; restore its table `encryption_keys` from a backup")]
    NoKeys,
    /// The text is not a root key.
    #[error(
        "the encryption key is neither 64 hexadecimal digits nor base64 of 32 bytes; `openssl rand -hex 32` generates one"
    )]
    MalformedKey,
    /// The text is not a key that signs the audit log.
    #[error("the audit log's key is not 64 hexadecimal digits; restore the file from a backup")]
    MalformedAuditKey,
    /// The passphrase is empty or consists of white space.
    #[error("the encryption passphrase is empty; give one that nobody can guess, such as six random words")]
    EmptyPassphrase,
    /// The value is sealed with a key-encryption key that isn't known here.
    #[error(
        "the value is sealed under key version {0}, which is not known here; restore the table `encryption_keys` from the same backup as the value, or store the value again"
    )]
    UnknownKeyVersion(u32),
    /// The sealed value was changed, or moved to another record.
    #[error(
        "the sealed value is damaged, or was moved from another record; restore its row from a backup, or store the value again"
    )]
    Damaged,
    /// The system's random generator or a cryptographic primitive failed.
    #[error(
        "the system's cryptography failed; check that /dev/urandom can be read and that memory is not exhausted"
    )]
    Primitive,
}
