//! Secrets that the hub must be able to read again: sealed in the database, open in memory for a moment.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};

use crate::auth::{keys::SigningKeys, secrets::random_bytes};

/// How secrets of webhooks begin, by Standard Webhooks.
const PREFIX: &str = "whsec_";

/// A secret that signs what is sent to a webhook: 256 random bits.
pub(crate) struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    /// A new one.
    pub(crate) fn generate() -> WebhookSecret {
        WebhookSecret(random_bytes())
    }

    /// The text for its owner, shown once.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0))
    }

    /// The bytes that sign.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As it is kept: AES-256-GCM under a key derived from the hub's signing key, bound to `whose`.
    pub(crate) fn seal(&self, keys: &SigningKeys, whose: &str) -> String {
        let key = keys.secret_keys().next().expect("there is one that signs");
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).expect("the length is right");
        let mut sealed = self.0.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(whose), &mut sealed)
            .expect("32 bytes are few enough");
        STANDARD_NO_PAD.encode([&nonce.as_ref()[..], &sealed[..]].concat())
    }

    /// What was kept, if one of the hub's keys opens it for `whose`.
    pub(crate) fn open(keys: &SigningKeys, whose: &str, sealed: &str) -> Option<WebhookSecret> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        keys.secret_keys().find_map(|key| {
            let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut bytes = sealed.to_vec();
            let open = key
                .open_in_place(nonce, Aad::from(whose), &mut bytes)
                .ok()?;
            Some(WebhookSecret(<[u8; 32]>::try_from(&*open).ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> SigningKeys {
        SigningKeys::from_pem(&SigningKeys::generate_pem()).unwrap()
    }

    #[test]
    fn a_secret_opens_for_its_owner_under_its_key_alone() {
        let (keys, secret) = (keys(), WebhookSecret::generate());

        let sealed = secret.seal(&keys, "a");

        let open = |keys: &SigningKeys, whose: &str| {
            WebhookSecret::open(keys, whose, &sealed).map(|secret| secret.reveal())
        };
        assert_eq!(open(&keys, "a"), Some(secret.reveal()));
        assert_eq!(open(&keys, "b"), None);
        assert_eq!(open(&self::keys(), "a"), None);
        assert!(!sealed.contains(&secret.reveal()[6..]));
    }

    #[test]
    fn a_new_signing_key_still_opens_what_the_old_one_sealed() {
        let (old, new) = (SigningKeys::generate_pem(), SigningKeys::generate_pem());
        let secret = WebhookSecret::generate();
        let sealed = secret.seal(&SigningKeys::from_pem(&old).unwrap(), "a");

        let both = SigningKeys::from_pem(&format!("{new}{old}")).unwrap();

        assert!(WebhookSecret::open(&both, "a", &sealed).is_some());
        assert!(WebhookSecret::open(&both, "a", "").is_none());
    }
}
