//! What can go wrong with keys and sealed values. No message holds a byte of either.

/// Why a key or a sealed value can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The root key doesn't open the key-encryption keys of this database.
    #[error(
        "the encryption key is not the one that this database was made with; give the right key (key file, SECRET_ENCRYPTION_KEY or passphrase), or restore it from a backup. Nothing was changed"
    )]
    WrongKey,
    /// A text is no root key.
    #[error(
        "the encryption key is neither 64 hexadecimal digits nor base64 of 32 bytes; `openssl rand -hex 32` makes one"
    )]
    MalformedKey,
    /// A value is sealed under a key-encryption key that isn't known here.
    #[error("the value is sealed under key version {0}, which is not known here")]
    UnknownKeyVersion(u32),
    /// A sealed value was changed, or put in another place than it was sealed for.
    #[error("the sealed value is damaged, or was moved from another record")]
    Damaged,
    /// The system gives no randomness, or a primitive fails.
    #[error("the system's cryptography failed; check that /dev/urandom works")]
    Primitive,
}
