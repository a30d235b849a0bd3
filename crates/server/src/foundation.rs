//! What every database holds from the start.

use domain::{Id, Programme, ReviewPolicy, Texts};
use jiff::Timestamp;
use store::{Conn, StoreError, programmes};

/// What staff tick until they choose otherwise; none is required. `PUT /v1/programmes/{id}` changes it.
const CHECKLIST: &str = include_str!("checklist.json");

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
            checklist: serde_json::from_str(CHECKLIST).expect("a test reads the same text"),
            kind_table: Vec::new(),
            cooling_days: 180,
            manners: domain::Manners::default(),
            booking: domain::Booking::default(),
        },
    };
    programmes::insert(conn, &hub, None, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_hub_asks_staff_five_things_in_both_languages_and_requires_none() {
        let items: Vec<domain::CheckItem> = serde_json::from_str(CHECKLIST).unwrap();

        let codes: Vec<&str> = items.iter().map(|item| item.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "conflict_of_interest",
                "antisocial_forces",
                "terms_accepted",
                "export_control",
                "foreign_exchange_act"
            ]
        );
        assert!(items.iter().all(|item| !item.required));
        assert!(
            items
                .iter()
                .all(|item| item.label.en.is_some() && item.label.ja.is_some())
        );
    }
}
