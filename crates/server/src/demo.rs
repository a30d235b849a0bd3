//! What is in a database from the start, and the fictional hub of `--demo`.

use api::auth::passwords::Cost;
use domain::{Id, Programme, ReviewPolicy, Texts};
use jiff::Timestamp;
use store::{Conn, Store, StoreError, programmes};

/// Told when the demo starts.
pub(crate) const SIGN_INS: &str = "";

/// Makes what every hub has: the programme that holds every reviewed organisation.
pub(crate) fn lay_foundation(conn: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
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
        },
    };
    programmes::insert(conn, &hub, None, now)
}

/// Fills an empty database with the fictional hub.
pub(crate) fn fill(_store: &Store, _now: Timestamp, _cost: Cost) -> anyhow::Result<()> {
    Ok(())
}
