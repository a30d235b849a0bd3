//! Links between organisations.

use diesel::prelude::*;
use domain::{Affiliation, AffiliationId, AffiliationKind, Noun, OrganisationId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::affiliations,
    types::{Instant, Uid},
};

type Row = (Uid, Uid, Uid, String);

fn stored(row: Row) -> Result<(AffiliationId, Affiliation), StoreError> {
    let (id, from, to, kind) = row;
    let kind = AffiliationKind::ALL
        .into_iter()
        .find(|known| known.code() == kind)
        .ok_or(StoreError::Corrupt(Noun::Affiliation))?;
    let affiliation = Affiliation {
        from: from.into(),
        to: to.into(),
        kind,
    };
    Ok((id.into(), affiliation))
}

/// The links that hold now, by id: all, or those of one organisation. Bounded by the organisations of one hub.
pub fn list(
    conn: &mut Conn,
    of: Option<OrganisationId>,
) -> Result<Vec<(AffiliationId, Affiliation)>, StoreError> {
    let of = of.map(Uid::from);
    let rows: Vec<Row> = on!(conn, {
        let mut query = affiliations::table
            .filter(affiliations::ended_at.is_null())
            .order(affiliations::id)
            .select((
                affiliations::id,
                affiliations::from_id,
                affiliations::to_id,
                affiliations::kind,
            ))
            .into_boxed();
        if let Some(of) = of {
            query = query.filter(affiliations::from_id.eq(of).or(affiliations::to_id.eq(of)));
        }
        query.load(conn)
    })?;
    rows.into_iter().map(stored).collect()
}

/// The links that held at `at`, by id.
pub fn list_known(conn: &mut Conn, at: Timestamp) -> Result<Vec<Affiliation>, StoreError> {
    let at = Instant::from(at);
    let rows: Vec<Row> = on!(
        conn,
        affiliations::table
            .filter(affiliations::created_at.le(at))
            .filter(
                affiliations::ended_at
                    .is_null()
                    .or(affiliations::ended_at.gt(at))
            )
            .order(affiliations::id)
            .select((
                affiliations::id,
                affiliations::from_id,
                affiliations::to_id,
                affiliations::kind,
            ))
            .load(conn)
    )?;
    rows.into_iter().map(|row| Ok(stored(row)?.1)).collect()
}

/// A new link.
///
/// # Errors
/// [`StoreError::Duplicate`] if it holds already.
pub fn insert(
    conn: &mut Conn,
    id: AffiliationId,
    affiliation: Affiliation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        affiliations::id.eq(Uid::from(id)),
        affiliations::from_id.eq(Uid::from(affiliation.from)),
        affiliations::to_id.eq(Uid::from(affiliation.to)),
        affiliations::kind.eq(affiliation.kind.code()),
        affiliations::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(affiliations::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Ends a link; the row stays.
///
/// # Errors
/// [`StoreError::NotFound`] if it does not hold.
pub fn save_ended(conn: &mut Conn, id: AffiliationId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(affiliations::table.find(Uid::from(id)))
            .filter(affiliations::ended_at.is_null())
            .set(affiliations::ended_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Affiliation))
}
