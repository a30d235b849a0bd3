//! What every database holds from the start.

use domain::{Id, Programme, ReviewPolicy, Texts};
use jiff::Timestamp;
use store::{Conn, StoreError, programmes};

/// Makes the programme that holds every reviewed organisation, unless it is there.
///
/// # Errors
/// [`StoreError::Duplicate`] if another process made it just now; in PostgreSQL that ends the transaction.
pub(crate) fn lay(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    match programmes::find_by_code(conn, Programme::HUB) {
        Err(StoreError::NotFound(_)) => {}
        found => return found.map(|_| ()),
    }
    let hub = programmes::Stored {
        id: Id::from_uuid(api::uuid_at(now)),
        code: Programme::HUB.to_owned(),
        version: 1,
        programme: Programme {
            name: Texts {
                en: "Hub".parse().ok(),
                ja: "拠点".parse().ok(),
                original: None,
            },
            review: ReviewPolicy::Always,
            deadlines: domain::Deadlines::default(),
            checklist: Vec::new(),
            kind_table: Vec::new(),
            cooling_days: 180,
            booking: domain::Booking::default(),
        },
    };
    programmes::insert(conn, &hub, None, now)
}
