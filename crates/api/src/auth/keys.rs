//! The Ed25519 keys that sign access tokens: read from PEM, shown as JWKS. Files and variables are read elsewhere.

use aws_lc_rs::{
    encoding::{AsBigEndian, Curve25519SeedBin},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use pem::{EncodeConfig, LineEnding, Pem};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;

/// What the cursor key is derived with; another use of the signing key takes another label.
const CURSOR_LABEL: &[u8] = b"nakodo cursor key 1";

/// What the key is derived with that seals secrets in the database.
const SECRET_LABEL: &[u8] = b"nakodo secret key 1";

/// Public halves of private keys that stand in print: RFC 8032 section 7.1 (tests 1 to 3; RFC 8037 repeats the first)
/// and RFC 8410 section 10.3.
const PUBLISHED: [&str; 4] = [
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU",
    "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE",
];

/// One key or several: the first signs, all of them verify.
///
/// To rotate, put the new key first and drop the old one when the last token it signed has run out. Cursors follow
/// the first key, so lists that are being paged start again.
pub struct SigningKeys {
    signer: SigningKey,
    retired: Vec<SigningKey>,
}

impl SigningKeys {
    /// Reads PKCS#8 blocks (`BEGIN PRIVATE KEY`), as [`SigningKeys::generate_pem`] and
    /// `openssl genpkey -algorithm ed25519` write them. Text between the blocks is ignored.
    ///
    /// # Errors
    /// [`KeyError`] when there is no key, or when any of them may not be used.
    pub fn from_pem(pem: &str) -> Result<SigningKeys, KeyError> {
        if pem.trim().is_empty() {
            return Err(KeyError::Empty);
        }
        let blocks = pem::parse_many(pem).map_err(|_| KeyError::NotPem)?;
        let mut keys: Vec<SigningKey> = Vec::with_capacity(blocks.len());
        for (index, block) in blocks.iter().enumerate() {
            let position = index + 1;
            let key = read_block(block, position)?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(KeyError::Repeated { position });
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        Ok(SigningKeys {
            signer: keys.next().ok_or(KeyError::NotPem)?,
            retired: keys.collect(),
        })
    }

    /// A fresh key as PEM text with a line feed at its end.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn generate_pem() -> String {
        let document = Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .expect("the operating system gives randomness");
        let block = Pem::new("PRIVATE KEY", document.as_ref());
        pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
    }

    /// The public keys as an RFC 7517 set, signer first, for `/.well-known/jwks.json`.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.all().map(SigningKey::jwk).collect::<Vec<_>>() })
    }

    /// The key that signs cursors: the same on every replica that signs with the same key.
    pub fn cursor_key(&self) -> [u8; 32] {
        self.signer.cursor_key
    }

    /// The keys that seal secrets kept in the database, the one that seals first; all of them open.
    pub(crate) fn secret_keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.all().map(|key| &key.secret_key)
    }

    /// The key that signs new tokens.
    pub(super) fn signer(&self) -> &SigningKey {
        &self.signer
    }

    /// The key of that id. Ids are compared as text and lead nowhere else.
    pub(super) fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.all().find(|key| key.kid == kid)
    }

    fn all(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.signer).chain(&self.retired)
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.all().map(|key| &key.kid))
            .finish()
    }
}

/// Why a signing key is refused. Positions count the PEM blocks from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but blanks.
    #[error("the signing key is empty")]
    Empty,
    /// No PEM block, or a damaged one.
    #[error("the signing key is not PEM text that starts with -----BEGIN PRIVATE KEY-----")]
    NotPem,
    /// RSA, another curve, a public, an encrypted or a cut key.
    #[error(
        "signing key {position} is not an unencrypted Ed25519 private key (PKCS#8); \
         `openssl genpkey -algorithm ed25519` makes one"
    )]
    NotEd25519 {
        /// Which block.
        position: usize,
    },
    /// An example from a standard, or a seed of one repeated byte.
    #[error("signing key {position} is a sample key that everybody knows; make your own")]
    Sample {
        /// Which block.
        position: usize,
    },
    /// The same key twice.
    #[error("signing key {position} stands in the list already")]
    Repeated {
        /// The second of the two.
        position: usize,
    },
}

/// One key pair and what is derived from it. Not to be printed.
pub(super) struct SigningKey {
    /// The RFC 7638 thumbprint.
    pub(super) kid: String,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    cursor_key: [u8; 32],
    secret_key: [u8; 32],
    /// The public key, base64url.
    x: String,
}

impl SigningKey {
    fn jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self.x,
            "kid": self.kid,
            "alg": "EdDSA",
            "use": "sig",
        })
    }
}

fn read_block(block: &Pem, position: usize) -> Result<SigningKey, KeyError> {
    let refused = KeyError::NotEd25519 { position };
    if block.tag() != "PRIVATE KEY" {
        return Err(refused);
    }
    let pair = Ed25519KeyPair::from_pkcs8(block.contents()).map_err(|_| refused)?;
    let seed: Curve25519SeedBin = pair
        .seed()
        .and_then(|seed| seed.as_be_bytes())
        .map_err(|_| refused)?;
    let public = pair.public_key().as_ref();
    let x = URL_SAFE_NO_PAD.encode(public);
    if PUBLISHED.contains(&x.as_str()) || is_one_byte_repeated(seed.as_ref()) {
        return Err(KeyError::Sample { position });
    }
    Ok(SigningKey {
        kid: thumbprint(&x),
        encoding: EncodingKey::from_ed_der(block.contents()),
        decoding: DecodingKey::from_ed_der(public),
        cursor_key: derive(CURSOR_LABEL, seed.as_ref()),
        secret_key: derive(SECRET_LABEL, seed.as_ref()),
        x,
    })
}

fn is_one_byte_repeated(seed: &[u8]) -> bool {
    seed.windows(2).all(|pair| pair[0] == pair[1])
}

/// RFC 7638: SHA-256 over the required members in the order of their names, without blanks.
fn thumbprint(x: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

fn derive(label: &[u8], seed: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(seed).expect("HMAC takes keys of any length");
    mac.update(label);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
    };

    /// The PKCS#8 version 1 wrapping of an Ed25519 seed, RFC 8410 section 7.
    fn pem_of_seed(seed: [u8; 32]) -> String {
        let mut der = URL_SAFE_NO_PAD.decode("MC4CAQAwBQYDK2VwBCIEIA").unwrap();
        der.extend(seed);
        pem::encode(&Pem::new("PRIVATE KEY", der))
    }

    fn kids(keys: &SigningKeys) -> Vec<&str> {
        keys.all().map(|key| key.kid.as_str()).collect()
    }

    #[test]
    fn a_generated_key_can_be_read_back_and_no_two_are_alike() {
        let (one, two) = (SigningKeys::generate_pem(), SigningKeys::generate_pem());

        assert!(one.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(one.ends_with("-----END PRIVATE KEY-----\n"));
        assert_ne!(one, two);
        assert!(SigningKeys::from_pem(&one).is_ok());
    }

    #[test]
    fn the_first_key_signs_and_all_are_published() {
        let (new, old) = (SigningKeys::generate_pem(), SigningKeys::generate_pem());
        let both = SigningKeys::from_pem(&format!("{new}# until Friday\n{old}")).unwrap();
        let (new, old) = (
            SigningKeys::from_pem(&new).unwrap(),
            SigningKeys::from_pem(&old).unwrap(),
        );

        let jwks = both.jwks();

        assert_eq!(kids(&both), [kids(&new), kids(&old)].concat());
        assert_eq!(both.signer().kid, new.signer().kid);
        assert_eq!(jwks["keys"][0], new.jwks()["keys"][0]);
        assert_eq!(jwks["keys"][1], old.jwks()["keys"][0]);
    }

    #[test]
    fn a_published_key_holds_these_members_and_no_private_one() {
        let keys = SigningKeys::from_pem(&pem_of_seed(*b"0123456789abcdef0123456789abcdef"));
        let jwks = keys.unwrap().jwks();

        assert_eq!(
            jwks,
            json!({"keys": [{
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "I7xUkSwebpLEqGglyGfif_3FVb_71CRPF6Jqv__ull0",
                "kid": "QRwHsy6Q0IljlE6Q5SqBOVRAsQ3VHAaQvrNXWv05-Lo",
                "alg": "EdDSA",
                "use": "sig",
            }]})
        );
    }

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037() {
        let kid = thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");

        assert_eq!(kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn the_cursor_key_follows_the_signing_key_and_nothing_else() {
        let (new, old) = (SigningKeys::generate_pem(), SigningKeys::generate_pem());
        let cursor_key = |pem: &str| SigningKeys::from_pem(pem).unwrap().cursor_key();

        assert_eq!(cursor_key(&new), cursor_key(&format!("{new}{old}")));
        assert_ne!(cursor_key(&new), cursor_key(&old));
    }

    #[test]
    fn printing_the_keys_shows_their_ids_only() {
        let keys = SigningKeys::from_pem(&SigningKeys::generate_pem()).unwrap();

        assert_eq!(format!("{keys:?}"), format!("[{:?}]", keys.signer().kid));
    }

    #[test]
    fn a_key_that_keeps_no_secret_is_refused() {
        let other = KeyError::NotEd25519 { position: 1 };
        let sample = KeyError::Sample { position: 1 };
        let good = SigningKeys::generate_pem();
        let cases = [
            ("empty", String::new(), KeyError::Empty),
            ("blank", " \r\n\t".to_owned(), KeyError::Empty),
            ("a word", "secret".to_owned(), KeyError::NotPem),
            ("cut", good[..good.len() - 20].to_owned(), KeyError::NotPem),
            ("RSA", rsa_pem(), other),
            (
                "RSA, old form",
                rsa_pem().replace("PRIVATE", "RSA PRIVATE"),
                other,
            ),
            ("P-256", p256_pem(), other),
            ("public", good.replace("PRIVATE", "PUBLIC"), other),
            (
                "encrypted",
                good.replace("PRIVATE", "ENCRYPTED PRIVATE"),
                other,
            ),
            (
                "bare seed",
                block("PRIVATE KEY", b"0123456789abcdef0123456789abcdef"),
                other,
            ),
            ("no content", block("PRIVATE KEY", b""), other),
            ("zeroes", pem_of_seed([0; 32]), sample),
            ("one letter", pem_of_seed([b'a'; 32]), sample),
            ("RFC 8032", pem_of_seed(rfc_8032_seed()), sample),
            ("twice", good.repeat(2), KeyError::Repeated { position: 2 }),
            (
                "second bad",
                good.clone() + &pem_of_seed([0; 32]),
                KeyError::Sample { position: 2 },
            ),
        ];

        for (name, pem, expected) in cases {
            assert_eq!(SigningKeys::from_pem(&pem).err(), Some(expected), "{name}");
        }
    }

    fn block(tag: &str, contents: &[u8]) -> String {
        pem::encode(&Pem::new(tag, contents))
    }

    fn rsa_pem() -> String {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'static> = pair.as_der().unwrap();
        block("PRIVATE KEY", der.as_ref())
    }

    fn p256_pem() -> String {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        block("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref())
    }

    fn rfc_8032_seed() -> [u8; 32] {
        let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
        URL_SAFE_NO_PAD.decode(d).unwrap().try_into().unwrap()
    }
}
