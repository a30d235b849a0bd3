//! Seats: how many requests of an organisation wait for an answer in a programme. Each has one; the schema gives no seat
//! away twice.

use diesel::prelude::*;
use domain::{MeetingRequestId, OrganisationId, ProgrammeId};

use crate::{
    Conn, StoreError, on,
    schema::{organisations, request_seats},
    types::Uid,
};

/// Has everybody else who asks for the organisation wait until this transaction is over. SQLite has one writer anyway.
pub fn lock(conn: &mut Conn, organisation: OrganisationId) -> Result<(), StoreError> {
    if let Conn::Pg(conn) = conn {
        organisations::table
            .find(Uid::from(organisation))
            .select(organisations::version)
            .for_no_key_update()
            .first::<i32>(&mut **conn)
            .optional()?;
    }
    Ok(())
}

/// The seats that are taken, the lowest first.
pub fn list(
    conn: &mut Conn,
    programme: ProgrammeId,
    organisation: OrganisationId,
) -> Result<Vec<i32>, StoreError> {
    Ok(on!(
        conn,
        request_seats::table
            .filter(request_seats::programme_id.eq(Uid::from(programme)))
            .filter(request_seats::organisation_id.eq(Uid::from(organisation)))
            .order(request_seats::seat)
            .select(request_seats::seat)
            .load(conn)
    )?)
}

/// The requests that have a seat, by seat.
pub fn list_requests(
    conn: &mut Conn,
    programme: ProgrammeId,
    organisation: OrganisationId,
) -> Result<Vec<MeetingRequestId>, StoreError> {
    let rows: Vec<Uid> = on!(
        conn,
        request_seats::table
            .filter(request_seats::programme_id.eq(Uid::from(programme)))
            .filter(request_seats::organisation_id.eq(Uid::from(organisation)))
            .order(request_seats::seat)
            .select(request_seats::request_id)
            .load(conn)
    )?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Gives a request a seat.
///
/// # Errors
/// [`StoreError::Duplicate`] if the seat is taken.
pub fn insert(
    conn: &mut Conn,
    (programme, organisation): (ProgrammeId, OrganisationId),
    seat: i32,
    request: MeetingRequestId,
) -> Result<(), StoreError> {
    let row = (
        request_seats::programme_id.eq(Uid::from(programme)),
        request_seats::organisation_id.eq(Uid::from(organisation)),
        request_seats::seat.eq(seat),
        request_seats::request_id.eq(Uid::from(request)),
    );
    on!(
        conn,
        diesel::insert_into(request_seats::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Gives the seat of a request back, if it has one.
pub fn delete(conn: &mut Conn, request: MeetingRequestId) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::delete(
            request_seats::table.filter(request_seats::request_id.eq(Uid::from(request)))
        )
        .execute(conn)
    )?;
    Ok(())
}
