//! People, their memberships and staff grants.

use diesel::prelude::*;
use domain::{
    Language, Noun, OrganisationId, Person, PersonId, PersonStatus, Principal, ProgrammeId, Role,
};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    schema::{memberships, people, staff_grants},
    types::{Instant, Uid},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = people)]
struct PersonRow {
    id: Uid,
    email: String,
    name: String,
    language: String,
    phone: Option<String>,
    version: i32,
}

impl TryFrom<PersonRow> for Person {
    type Error = StoreError;
    fn try_from(row: PersonRow) -> Result<Person, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::Person);
        Ok(Person {
            id: row.id.into(),
            email: row.email.parse().map_err(|_| corrupt())?,
            name: row.name.parse().map_err(|_| corrupt())?,
            language: language_of(&row.language),
            phone: match row.phone {
                Some(phone) => Some(phone.parse().map_err(|_| corrupt())?),
                None => None,
            },
            version: row.version.cast_unsigned(),
        })
    }
}

fn language_of(code: &str) -> Language {
    if code == "ja" {
        Language::Ja
    } else {
        Language::En
    }
}

const fn code_of(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Ja => "ja",
    }
}

/// The person with this id.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: PersonId) -> Result<Person, StoreError> {
    on!(
        conn,
        people::table
            .find(Uid::from(id))
            .select(PersonRow::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::Person))?
    .try_into()
}

/// The person with this address and the hash of their password.
pub fn find_by_email(
    conn: &mut Conn,
    email: &str,
) -> Result<Option<(Person, Option<String>)>, StoreError> {
    let found = on!(
        conn,
        people::table
            .filter(people::email.eq(email))
            .select((PersonRow::as_select(), people::password_hash))
            .first::<(PersonRow, Option<String>)>(conn)
            .optional()
    )?;
    found
        .map(|(row, hash)| Ok((row.try_into()?, hash)))
        .transpose()
}

/// A new person.
///
/// # Errors
/// [`StoreError::Duplicate`] if somebody has the address.
pub fn insert(
    conn: &mut Conn,
    person: &Person,
    password_hash: Option<&str>,
    admin: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        people::id.eq(Uid::from(person.id)),
        people::email.eq(person.email.as_str()),
        people::name.eq(person.name.as_str()),
        people::language.eq(code_of(person.language)),
        people::phone.eq(person.phone.as_ref().map(domain::Line::as_str)),
        people::password_hash.eq(password_hash),
        people::admin.eq(admin),
        people::status.eq(PersonStatus::Active.code()),
        people::generation.eq(0_i64),
        people::created_at.eq(Instant::from(now)),
        people::version.eq(1),
    );
    on!(
        conn,
        diesel::insert_into(people::table).values(row).execute(conn)
    )?;
    Ok(())
}

/// Keeps name, language and telephone of the person, whose version rises by one.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `person.version`.
pub fn save(conn: &mut Conn, person: &Person) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(people::table.find(Uid::from(person.id)))
            .filter(people::version.eq(person.version.cast_signed()))
            .set((
                people::name.eq(person.name.as_str()),
                people::language.eq(code_of(person.language)),
                people::phone.eq(person.phone.as_ref().map(domain::Line::as_str)),
                people::version.eq(people::version + 1),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Person))
}

/// A new password; every token issued before is void.
pub fn save_password(conn: &mut Conn, id: PersonId, hash: &str) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(people::table.find(Uid::from(id)))
            .set((
                people::password_hash.eq(hash),
                people::generation.eq(people::generation + 1),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Person))
}

/// Voids every token issued before.
pub fn save_next_generation(conn: &mut Conn, id: PersonId) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(people::table.find(Uid::from(id)))
            .set(people::generation.eq(people::generation + 1))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Person))
}

/// Whether the person may sign in.
pub fn save_status(conn: &mut Conn, id: PersonId, status: PersonStatus) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(people::table.find(Uid::from(id)))
            .set((
                people::status.eq(status.code()),
                people::generation.eq(people::generation + 1),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Person))
}

/// How many people there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(on!(conn, people::table.count().get_result(conn))?)
}

/// What the person may do.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such person.
pub fn find_principal(conn: &mut Conn, id: PersonId) -> Result<Principal, StoreError> {
    let mut found = principals(conn, Some(id))?;
    found.pop().ok_or(StoreError::NotFound(Noun::Person))
}

/// What everybody may do, by id. Bounded by the people of one hub.
pub fn list_principals(conn: &mut Conn) -> Result<Vec<Principal>, StoreError> {
    principals(conn, None)
}

fn principals(conn: &mut Conn, only: Option<PersonId>) -> Result<Vec<Principal>, StoreError> {
    type Row = (Uid, String, i64, bool);
    let only = only.map(Uid::from);
    let rows: Vec<Row> = on!(conn, {
        let mut query = people::table
            .select((
                people::id,
                people::status,
                people::generation,
                people::admin,
            ))
            .order(people::id)
            .into_boxed();
        if let Some(id) = only {
            query = query.filter(people::id.eq(id));
        }
        query.load(conn)
    })?;
    let roles: Vec<(Uid, Uid, String)> = on!(conn, {
        let mut query = memberships::table
            .select((
                memberships::person_id,
                memberships::organisation_id,
                memberships::role,
            ))
            .order((memberships::person_id, memberships::organisation_id))
            .into_boxed();
        if let Some(id) = only {
            query = query.filter(memberships::person_id.eq(id));
        }
        query.load(conn)
    })?;
    let grants: Vec<(Uid, Uid)> = on!(conn, {
        let mut query = staff_grants::table
            .select((staff_grants::person_id, staff_grants::programme_id))
            .order((staff_grants::person_id, staff_grants::programme_id))
            .into_boxed();
        if let Some(id) = only {
            query = query.filter(staff_grants::person_id.eq(id));
        }
        query.load(conn)
    })?;
    let mut principals: Vec<Principal> = rows
        .into_iter()
        .map(|(id, status, generation, admin)| Principal {
            person: id.into(),
            status: match status.as_str() {
                "active" => PersonStatus::Active,
                "suspended" => PersonStatus::Suspended,
                _ => PersonStatus::Erased,
            },
            generation,
            admin,
            memberships: Vec::new(),
            staff_of: Vec::new(),
        })
        .collect();
    let mut place = std::collections::HashMap::new();
    for (index, principal) in principals.iter().enumerate() {
        place.insert(Uid::from(principal.person), index);
    }
    for (person, organisation, role) in roles {
        if let Some(&index) = place.get(&person) {
            let role = if role == "owner" {
                Role::Owner
            } else {
                Role::Member
            };
            principals[index]
                .memberships
                .push((organisation.into(), role));
        }
    }
    for (person, programme) in grants {
        if let Some(&index) = place.get(&person) {
            principals[index].staff_of.push(programme.into());
        }
    }
    Ok(principals)
}

/// The members of an organisation with their roles, by id.
pub fn list_members(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<(Person, Role)>, StoreError> {
    let rows: Vec<(PersonRow, String)> = on!(
        conn,
        memberships::table
            .inner_join(people::table)
            .filter(memberships::organisation_id.eq(Uid::from(organisation)))
            .order(memberships::person_id)
            .limit(1000)
            .select((PersonRow::as_select(), memberships::role))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(row, role)| {
            let role = if role == "owner" {
                Role::Owner
            } else {
                Role::Member
            };
            Ok((row.try_into()?, role))
        })
        .collect()
}

/// Ties the person to the organisation, or changes the role.
pub fn insert_membership(
    conn: &mut Conn,
    person: PersonId,
    organisation: OrganisationId,
    role: Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        memberships::person_id.eq(Uid::from(person)),
        memberships::organisation_id.eq(Uid::from(organisation)),
        memberships::role.eq(role.code()),
        memberships::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(memberships::table)
            .values(row)
            .on_conflict((memberships::person_id, memberships::organisation_id))
            .do_update()
            .set(memberships::role.eq(role.code()))
            .execute(conn)
    )?;
    Ok(())
}

/// Unties the person from the organisation.
///
/// # Errors
/// [`StoreError::NotFound`] if they were not tied.
pub fn delete_membership(
    conn: &mut Conn,
    person: PersonId,
    organisation: OrganisationId,
) -> Result<(), StoreError> {
    let gone = on!(
        conn,
        diesel::delete(memberships::table.find((Uid::from(person), Uid::from(organisation))))
            .execute(conn)
    )?;
    one(gone, StoreError::NotFound(Noun::Membership))
}

/// Makes the person staff of the programme.
pub fn insert_staff_grant(
    conn: &mut Conn,
    person: PersonId,
    programme: ProgrammeId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        staff_grants::person_id.eq(Uid::from(person)),
        staff_grants::programme_id.eq(Uid::from(programme)),
        staff_grants::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(staff_grants::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(())
}

/// Takes the person off the programme's staff.
///
/// # Errors
/// [`StoreError::NotFound`] if they were not on it.
pub fn delete_staff_grant(
    conn: &mut Conn,
    person: PersonId,
    programme: ProgrammeId,
) -> Result<(), StoreError> {
    let gone = on!(
        conn,
        diesel::delete(staff_grants::table.find((Uid::from(person), Uid::from(programme))))
            .execute(conn)
    )?;
    one(gone, StoreError::NotFound(Noun::StaffGrant))
}

/// `otherwise`, unless exactly one row changed.
pub(crate) fn one(changed: usize, otherwise: StoreError) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(otherwise) }
}
