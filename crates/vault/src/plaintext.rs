//! Plaintext: a decrypted secret, wiped when no longer needed.

use zeroize::Zeroizing;

/// A decrypted secret.
///
/// Has no `Debug`, `Display`, `Serialize` or `Clone`, so that it can't end up in a log, a response or a copy
/// by accident, and is wiped on drop.
///
/// ```compile_fail,E0277
/// fn show(secret: &onecli_vault::Plaintext) -> String { format!("{secret:?}") }
/// ```
/// ```compile_fail,E0277
/// fn print(secret: &onecli_vault::Plaintext) -> String { format!("{secret}") }
/// ```
/// ```compile_fail,E0599
/// fn copy(secret: &onecli_vault::Plaintext) -> onecli_vault::Plaintext { secret.clone() }
/// ```
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// Takes ownership of the bytes, which are wiped on drop.
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Takes ownership of the text, which is wiped on drop.
    pub fn from_string(text: String) -> Self {
        Self::from_vec(text.into_bytes())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as UTF-8 text.
    pub fn as_str(&self) -> Result<&str, std::str::Utf8Error> {
        std::str::from_utf8(&self.0)
    }

    pub(crate) fn from_zeroizing(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl From<String> for Plaintext {
    fn from(text: String) -> Self {
        Self::from_string(text)
    }
}
