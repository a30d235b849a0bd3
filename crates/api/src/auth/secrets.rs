//! Tokens that mean nothing by themselves: refresh and invitation tokens, of which the database keeps only a hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::fmt;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// How the tokens of other systems begin.
pub const MACHINE_PREFIX: &str = "nkm_";

/// What an opaque token is for. It shows as a prefix, so that people and secret scanners can tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Renews a session; prefix `nkr_`.
    Refresh,
    /// Lets somebody join; prefix `nki_`.
    Invitation,
    /// Lets another system act; prefix `nkm_`.
    Machine,
    /// Confirms an answer once; prefix `nkw_`.
    Answer,
    /// Reads a calendar; prefix `nkc_`.
    Calendar,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            TokenKind::Refresh => "nkr_",
            TokenKind::Invitation => "nki_",
            TokenKind::Machine => MACHINE_PREFIX,
            TokenKind::Answer => "nkw_",
            TokenKind::Calendar => "nkc_",
        }
    }
}

/// A secret for one holder: prefix and 256 random bits in base64url, 47 characters in all. Printing hides it.
#[derive(Clone)]
pub struct OpaqueToken(String);

impl OpaqueToken {
    /// A fresh token to hand out, and what to store of it.
    pub fn generate(kind: TokenKind) -> (OpaqueToken, TokenHash) {
        let random = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let token = format!("{}{random}", kind.prefix());
        let hash = TokenHash::of(&token);
        (OpaqueToken(token), hash)
    }

    /// The text to hand out, once.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueToken(…)")
    }
}

/// SHA-256 of a whole token, prefix included, as 64 lower-case hex digits: what the database keeps and looks up.
///
/// No salt and no slow hash: 256 random bits cannot be guessed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of a token as a caller presented it, well formed or not.
    pub fn of(token: &str) -> TokenHash {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(token) {
            hex.push(char::from(HEX[usize::from(byte >> 4)]));
            hex.push(char::from(HEX[usize::from(byte & 15)]));
        }
        TokenHash(hex)
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes nobody can predict. Every random secret and salt of the crate is made of these.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_token_tells_its_kind_and_carries_256_random_bits() {
        for (kind, prefix) in [
            (TokenKind::Refresh, "nkr_"),
            (TokenKind::Invitation, "nki_"),
            (TokenKind::Machine, "nkm_"),
            (TokenKind::Answer, "nkw_"),
            (TokenKind::Calendar, "nkc_"),
        ] {
            let token = OpaqueToken::generate(kind).0.reveal();

            let random = token.strip_prefix(prefix).unwrap();
            assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
        }
    }

    #[test]
    fn no_two_tokens_are_alike() {
        let tokens: HashSet<String> = (0..1_000)
            .map(|_| OpaqueToken::generate(TokenKind::Refresh).0.reveal())
            .collect();

        assert_eq!(tokens.len(), 1_000);
    }

    #[test]
    fn what_is_stored_finds_the_token_again_and_does_not_contain_it() {
        let (token, hash) = OpaqueToken::generate(TokenKind::Invitation);
        let token = token.reveal();

        assert_eq!(TokenHash::of(&token), hash);
        assert_ne!(TokenHash::of(&token[4..]), hash);
        assert!(!hash.as_str().contains(&token[4..]));
    }

    #[test]
    fn the_hash_is_sha_256_in_lower_case_hex() {
        let hash = TokenHash::of("abc");

        assert_eq!(
            hash.as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn printing_a_token_does_not_show_it() {
        let token = OpaqueToken::generate(TokenKind::Refresh).0;

        assert_eq!(format!("{token:?}"), "OpaqueToken(…)");
    }
}
