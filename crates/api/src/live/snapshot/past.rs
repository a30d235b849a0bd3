//! The hub as it was known at an instant of the past, from what is append-only: documents, investments, links,
//! programmes, scorecards in force, and the steps of the review. Who may do what, and who belongs to which programme, is of today.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use jiff::{Timestamp, civil::Date};
use rpds::HashTrieMapSync;
use store::{
    Conn, StoreError, affiliations, documents, investments,
    organisations::{self, Organisation},
    programmes,
};
use uuid::Uuid;

use super::{Cards, Houses, Listed, PAGE, Snapshot, Watched, prices};

impl Snapshot {
    /// The hub as it was known at `at`, with its index for `as_of`. `exact` names versions of documents that are taken
    /// whatever the time.
    ///
    /// # Errors
    /// What the database answered.
    pub(crate) fn known_at(
        &self,
        conn: &mut Conn,
        at: Timestamp,
        as_of: Date,
        exact: &BTreeMap<Uuid, u32>,
    ) -> Result<Snapshot, StoreError> {
        let reviews = organisations::list_reviewed_later(conn, at)?;
        let mut all = HashTrieMapSync::new_sync();
        let mut after = None;
        loop {
            let page = organisations::list_after(conn, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let page: Vec<Organisation> = page
                .into_iter()
                .filter(|organisation| organisation.created_at <= at)
                .map(|organisation| Organisation {
                    review: reviews
                        .get(&organisation.id)
                        .copied()
                        .unwrap_or(organisation.review),
                    archived_at: organisation.archived_at.filter(|then| *then <= at),
                    ..organisation
                })
                .collect();
            let ids: Vec<_> = page.iter().map(|organisation| organisation.id).collect();
            let mut known: HashMap<_, Vec<_>> = HashMap::new();
            for document in documents::list_known(conn, &ids, at, exact)? {
                let of: &mut Vec<_> = known.entry(document.organisation).or_default();
                of.push(document);
            }
            for organisation in page {
                let of = known.remove(&organisation.id).unwrap_or_default();
                all.insert_mut(organisation.id, Arc::new(Listed::of(organisation, of)));
            }
        }
        let affiliations = affiliations::list_known(conn, at)?;
        let mut past = Snapshot {
            as_of,
            read_at: at,
            watched: Arc::new(Watched::of(&all)),
            organisations: all,
            programmes: Arc::new(programmes::list_known(conn, at)?),
            houses: Arc::new(Houses::of(&affiliations)),
            affiliations: Arc::new(affiliations),
            investments: Arc::new(investments::list_known(conn, at)?),
            cards: Arc::new(Cards::known(conn, at)?),
            declines: Arc::default(),
            ..self.clone()
        };
        past.exposures = Arc::new(prices::levels_on(conn, as_of)?);
        past.market = Arc::new(past.build_market(as_of, &past.exposures));
        Ok(past)
    }

    /// When the hub was read from the database.
    pub(crate) fn read_at(&self) -> Timestamp {
        self.read_at
    }
}
