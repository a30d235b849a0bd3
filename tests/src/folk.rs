//! People, past the API.

use api::auth::passwords::{self, Cost, Password};
use domain::{EmailAddress, Language, Noun, Person, PersonId};
use jiff::Timestamp;
use store::{Conn, StoreError, journal, people};

use crate::hub::PASSWORD;

/// Somebody called so who can sign in with [`PASSWORD`]; their address.
pub(crate) fn insert(
    conn: &mut Conn,
    id: PersonId,
    name: &str,
    admin: bool,
    now: Timestamp,
) -> Result<String, StoreError> {
    let email = format!("{}@people.example", name.to_lowercase().replace(' ', "."));
    let person = Person {
        id,
        email: email.parse::<EmailAddress>().expect("an address"),
        name: name.parse().expect("a name"),
        language: Language::En,
        phone: Some("+81-6-0000-0000".parse().expect("a telephone number")),
        version: 1,
    };
    let password = Password::new(PASSWORD).expect("a password");
    let hash = passwords::hash(&password, Cost::TEST);
    people::insert(conn, &person, Some(&hash), admin, now)?;
    journal::insert_note(conn, Noun::Person, id.uuid())?;
    Ok(email)
}
