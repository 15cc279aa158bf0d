//! Placeholders: what an agent holds in a secret's place, and how to find one in what it sends.

use crate::secret_kind::{AuthMode, SecretKind};

/// The 128 bits that tell one placeholder from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceholderMark(pub u128);

/// Makes the placeholder of a new secret from 32 random hexadecimal digits. It begins as the real value would,
/// for the tools that look.
pub fn make(kind: SecretKind, auth_mode: Option<AuthMode>, digits: &str) -> String {
    let prefix = match (kind, auth_mode) {
        (SecretKind::Anthropic, Some(AuthMode::OAuth)) => "sk-ant-oat01-",
        (SecretKind::Anthropic, _) => "sk-ant-api03-",
        (SecretKind::OpenAi, _) => "sk-",
        (SecretKind::Generic, _) => "",
    };
    format!("{prefix}{INFIX}{digits}")
}

/// The mark in a placeholder, if the text ends in one.
pub fn mark_of(placeholder: &str) -> Option<PlaceholderMark> {
    marks(placeholder.as_bytes()).next().map(|(_, mark)| mark)
}

/// Finds marks: for each, where its `onecli-` begins, and the mark.
pub fn marks(bytes: &[u8]) -> impl Iterator<Item = (usize, PlaceholderMark)> + '_ {
    memchr::memmem::find_iter(bytes, INFIX).filter_map(|at| {
        let digits = bytes.get(at + INFIX.len()..at + INFIX.len() + DIGITS)?;
        let mark = digits
            .iter()
            .try_fold(0u128, |sum, digit| Some(sum << 4 | u128::from(char::from(*digit).to_digit(16)?)))?;
        Some((at, PlaceholderMark(mark)))
    })
}

const INFIX: &str = "onecli-";
const DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_found_wherever_it_stands() {
        let placeholder = make(SecretKind::Anthropic, None, "00112233445566778899aabbccddeeff");
        assert_eq!(placeholder, "sk-ant-api03-onecli-00112233445566778899aabbccddeeff");
        let text = format!("Bearer {placeholder} onecli-managed onecli-xyz");
        let found: Vec<_> = marks(text.as_bytes()).collect();
        assert_eq!(found, [(20, PlaceholderMark(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff))]);
        assert_eq!(mark_of(&placeholder), Some(found[0].1));
    }
}
