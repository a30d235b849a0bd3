//! Passwords: what may be one, how it is kept (argon2id, as a PHC string) and how it is checked.

use super::secrets::random_bytes;
use argon2::{
    Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Stands in for the hash of somebody who does not exist, at [`Cost::OWASP`]. No known password leads to it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bmFrb2RvLW5vYm9keSEhIQ$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password somebody chose, in the Unicode form NFKC, so that it is the same from every keyboard. Printing hides it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Fewest characters, after NFKC.
    pub const LENGTH_MIN: usize = 10;
    /// Most characters, after NFKC.
    pub const LENGTH_MAX: usize = 200;

    /// # Errors
    /// [`PasswordRefused`] for fewer than [`Password::LENGTH_MIN`] or more than [`Password::LENGTH_MAX`] characters.
    pub fn new(text: &str) -> Result<Password, PasswordRefused> {
        let normal: String = text.nfkc().take(Password::LENGTH_MAX + 1).collect();
        match normal.chars().count() {
            0..Password::LENGTH_MIN => Err(PasswordRefused::TooShort),
            Password::LENGTH_MIN..=Password::LENGTH_MAX => Ok(Password(normal)),
            _ => Err(PasswordRefused::TooLong),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a text may not be a password. At sign-in this is a wrong password like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Fewer than [`Password::LENGTH_MIN`] characters.
    #[error("a password has at least {} characters", Password::LENGTH_MIN)]
    TooShort,
    /// More than [`Password::LENGTH_MAX`] characters.
    #[error("a password has at most {} characters", Password::LENGTH_MAX)]
    TooLong,
}

/// The work that one hash takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet, argon2id.
    pub const OWASP: Cost = Cost {
        memory_kib: 19_456,
        passes: 2,
    };
    /// The least that argon2 allows: for tests, which hash many.
    pub const TEST: Cost = Cost {
        memory_kib: 8,
        passes: 1,
    };
}

/// The PHC string to store, with a salt of its own. Takes tens of milliseconds at [`Cost::OWASP`]: not for an
/// async thread, and [`verify`] takes the same.
///
/// # Panics
/// Never with the costs above.
pub fn hash(password: &Password, cost: Cost) -> String {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None)
        .expect("the costs are in the range of argon2");
    Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.0.as_bytes(), &random_bytes::<16>())
        .expect("password and salt are in the range of argon2")
        .to_string()
}

/// Whether the password belongs to the stored PHC string, at the cost that the string names.
///
/// Without a string, because there is no such account, it does the same work at [`Cost::OWASP`] and says no. A string
/// that cannot be read counts as none.
///
/// # Panics
/// Never.
pub fn verify(password: &Password, phc: Option<&str>) -> bool {
    let stored = phc.and_then(|phc| PasswordHash::new(phc).ok());
    let exists = stored.is_some();
    let stored =
        stored.unwrap_or_else(|| PasswordHash::new(NOBODY).expect("the stand-in is a PHC string"));
    let matches = Argon2::default()
        .verify_password(password.0.as_bytes(), &stored)
        .is_ok();
    exists && matches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text).unwrap()
    }

    #[test]
    fn the_right_password_opens_and_another_does_not() {
        let stored = hash(&password("correct horse"), Cost::TEST);

        assert!(verify(&password("correct horse"), Some(&stored)));
        assert!(!verify(&password("correct horsf"), Some(&stored)));
    }

    #[test]
    fn nobody_and_a_damaged_hash_open_for_no_password() {
        let stored = hash(&password("correct horse"), Cost::TEST);

        for phc in [
            None,
            Some(""),
            Some("plain text"),
            Some(&stored[..40]),
            Some("$1$ab$cd"),
        ] {
            assert!(!verify(&password("correct horse"), phc), "{phc:?}");
        }
    }

    #[test]
    fn the_stand_in_for_nobody_takes_the_work_of_a_real_hash() {
        let real = hash(&password("correct horse"), Cost::OWASP);
        let real = PasswordHash::new(&real).unwrap();
        let nobody = PasswordHash::new(NOBODY).unwrap();

        assert_eq!(nobody.algorithm, real.algorithm);
        assert_eq!(nobody.version, real.version);
        assert_eq!(nobody.params, real.params);
        assert_eq!(nobody.salt.unwrap().len(), real.salt.unwrap().len());
        assert_eq!(nobody.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn the_same_password_is_never_stored_alike() {
        let demo = password("nakodo-demo");

        assert_ne!(hash(&demo, Cost::TEST), hash(&demo, Cost::TEST));
    }

    #[test]
    fn the_stored_form_names_algorithm_and_cost() {
        let stored = hash(&password("nakodo-demo"), Cost::OWASP);

        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
    }

    #[test]
    fn ten_to_two_hundred_characters_of_any_script_are_allowed() {
        let cases = [
            ("", Some(PasswordRefused::TooShort)),
            ("123456789", Some(PasswordRefused::TooShort)),
            ("1234567890", None),
            ("nakodo-demo", None),
            ("ひらけごまひらけごま", None),
            (&"あ".repeat(200), None),
            (&"あ".repeat(201), Some(PasswordRefused::TooLong)),
            (&"x".repeat(1_000_000), Some(PasswordRefused::TooLong)),
        ];

        for (text, refused) in cases {
            assert_eq!(Password::new(text).err(), refused, "{} bytes", text.len());
        }
    }

    #[test]
    fn length_counts_after_normalisation() {
        let five_letters_of_two_marks = "e\u{301}".repeat(5);
        let one_letter_of_eighteen = "\u{fdfa}";

        assert!(Password::new(&five_letters_of_two_marks).is_err());
        assert!(Password::new(one_letter_of_eighteen).is_ok());
    }

    #[test]
    fn every_keyboard_writes_the_same_password() {
        let stored = hash(&password("パスワードpass-1"), Cost::TEST);

        assert!(verify(&password("ﾊﾟｽﾜｰﾄﾞｐａｓｓ－１"), Some(&stored)));
    }

    #[test]
    fn printing_a_password_does_not_show_it() {
        assert_eq!(format!("{:?}", password("nakodo-demo")), "Password(…)");
    }
}
