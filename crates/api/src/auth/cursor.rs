//! Cursors of lists: opaque to the caller, signed, and good only for the caller and the question they were made for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

/// Longer cursors are refused unread. In characters; ours have about 200.
pub const CURSOR_LENGTH_MAX: usize = 2_048;

/// Bytes of the HMAC-SHA-256 tag that a cursor starts with.
const TAG_LENGTH: usize = 32;

/// The place in a list where the next page starts: base64url of an HMAC-SHA-256 tag and a JSON payload.
///
/// The payload is signed but not encrypted, so it must hold nothing that the caller may not see.
pub struct Cursor;

impl Cursor {
    /// A cursor for `payload` (ids and sort keys) that opens only with the same key and `binding`: caller, path,
    /// filter and order.
    ///
    /// # Panics
    /// When `payload` cannot be written as JSON, such as a map without text keys.
    pub fn seal(key: &[u8; 32], binding: &str, payload: &impl Serialize) -> String {
        let json = serde_json::to_vec(payload).expect("a cursor's payload is a plain struct");
        let tag = mac(key, binding, &json).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&tag[..], &json].concat())
    }

    /// What [`Cursor::seal`] put in. Tags are compared in constant time.
    ///
    /// # Errors
    /// [`BadCursor`] for every other text, without saying why.
    pub fn open<T: DeserializeOwned>(
        key: &[u8; 32],
        binding: &str,
        cursor: &str,
    ) -> Result<T, BadCursor> {
        if cursor.len() > CURSOR_LENGTH_MAX {
            return Err(BadCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
        let (tag, json) = bytes.split_at_checked(TAG_LENGTH).ok_or(BadCursor)?;
        mac(key, binding, json)
            .verify_slice(tag)
            .map_err(|_| BadCursor)?;
        serde_json::from_slice(json).map_err(|_| BadCursor)
    }
}

/// A cursor that was not made here, or not for this caller, filter and order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to this list")]
pub struct BadCursor;

/// The length goes first, so that no character can move between binding and payload.
fn mac(key: &[u8; 32], binding: &str, json: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(&(binding.len() as u64).to_be_bytes());
    mac.update(binding.as_bytes());
    mac.update(json);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const ADA: &str = "ada /v1/startups?stage=seed newest";

    type Place = (u32, String);

    fn place() -> Place {
        (200, "0190".to_owned())
    }

    fn open(binding: &str, cursor: &str) -> Result<Place, BadCursor> {
        Cursor::open(&KEY, binding, cursor)
    }

    #[test]
    fn a_cursor_brings_its_caller_back_to_the_place() {
        let cursor = Cursor::seal(&KEY, ADA, &place());

        assert_eq!(open(ADA, &cursor), Ok(place()));
    }

    #[test]
    fn a_cursor_is_good_for_one_caller_and_one_question() {
        let cursor = Cursor::seal(&KEY, ADA, &place());

        for other in [
            "",
            "ben /v1/startups?stage=seed newest",
            "ada /v1/startups newest",
        ] {
            assert_eq!(open(other, &cursor), Err(BadCursor), "{other}");
        }
    }

    #[test]
    fn a_cursor_of_another_key_is_refused() {
        let cursor = Cursor::seal(&[8; 32], ADA, &place());

        assert_eq!(open(ADA, &cursor), Err(BadCursor));
    }

    #[test]
    fn no_character_can_move_between_binding_and_payload() {
        let cursor = Cursor::seal(&KEY, "a", &12);

        assert_eq!(Cursor::open::<u32>(&KEY, "a", &cursor), Ok(12));
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        let shifted = URL_SAFE_NO_PAD.encode([&bytes[..TAG_LENGTH], b"2"].concat());
        assert_eq!(Cursor::open::<u32>(&KEY, "a1", &shifted), Err(BadCursor));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let cursor = Cursor::seal(&KEY, ADA, &place());

        for at in 0..cursor.len() {
            assert_eq!(open(ADA, &cursor[..at]), Err(BadCursor), "cut at {at}");
            for bit in 0..7 {
                let mut bytes = cursor.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let mutant = String::from_utf8(bytes).unwrap();
                assert_eq!(open(ADA, &mutant), Err(BadCursor), "bit {bit} of {at}");
            }
        }
    }

    #[test]
    fn hostile_text_is_refused() {
        let good = Cursor::seal(&KEY, ADA, &place());
        let long = Cursor::seal(&KEY, ADA, &"x".repeat(CURSOR_LENGTH_MAX));
        let cases = [
            "",
            "0",
            "ZZZZ",
            "\0",
            "日本",
            "=",
            "null",
            &long,
            &format!("{good}="),
        ];

        for case in cases {
            assert_eq!(open(ADA, case), Err(BadCursor), "{case}");
        }
    }

    #[test]
    fn a_payload_of_another_shape_is_refused() {
        let cursor = Cursor::seal(&KEY, ADA, &"page 2");

        assert_eq!(open(ADA, &cursor), Err(BadCursor));
    }
}
