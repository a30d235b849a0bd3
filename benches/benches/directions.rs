//! One direction of a pair off, on a hub's own data: what stays of the first places, and how often the other side agrees.
//!
//! ```sh
//! nakodo serve --demo --data-dir DIR        # once, then stop it
//! cargo bench -p benches --bench directions -- sqlite://DIR/nakodo.db
//! ```
//!
//! Without a database it only asserts that the cards are what they are said to be.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::collections::{HashMap, HashSet};

use api::{Clock, live::Snapshot};
use domain::{Kind, OrganisationId};
use scoring::{Among, Ask, Card};
use store::{Store, StoreError};

/// How many places are looked at.
const FIRST: [usize; 2] = [3, 10];

/// What the asker looks for.
const MINE: [&str; 7] = [
    "sector.theirs_in_my_mandate",
    "modality.theirs_in_my_mandate",
    "indication.theirs_in_my_mandate",
    "stage.theirs_in_my_mandate",
    "region.theirs_in_my_mandate",
    "cheque.theirs_in_my_range",
    "needs.mine_met",
];

/// What the counterpart looks for.
const THEIRS: [&str; 9] = [
    "sector.mine_in_their_mandate",
    "modality.mine_in_their_mandate",
    "indication.mine_in_their_mandate",
    "stage.mine_in_their_mandate",
    "region.mine_in_their_mandate",
    "cheque.mine_in_their_range",
    "needs.theirs_met",
    "instrument.accepted",
    "entity_country.accepted",
];

type Lists = HashMap<OrganisationId, Vec<OrganisationId>>;

fn main() {
    let by_hand = || Card::parse(Card::DEFAULT_TEXT).expect("the card that ships");
    let cards = [
        (
            "without what the asker looks for",
            without(by_hand(), &MINE),
        ),
        (
            "without what the counterpart looks for",
            without(by_hand(), &THEIRS),
        ),
        ("both directions", by_hand()),
    ];
    let hashes: HashSet<&str> = cards.iter().map(|(_, card)| card.hash()).collect();
    assert_eq!(hashes.len(), cards.len(), "each is a card of its own");
    let Some(url) = std::env::args().find(|arg| arg.contains("://")) else {
        return;
    };
    let store = Store::open(&url, 1).expect("the database opens");
    let snapshot = store
        .read(|conn| Snapshot::read(conn, Clock::Machine.now()))
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
        .indexed();
    for first in FIRST {
        let whole = lists(&snapshot, &cards[2].1, first);
        for (name, card) in &cards {
            let found = lists(&snapshot, card, first);
            let stays = share(&found, |asker, other| whole[&asker].contains(&other));
            let agrees = share(&found, |asker, other| {
                whole.get(&other).is_some_and(|list| list.contains(&asker))
            });
            println!(
                "{name}, {} lists: of the first {first} {:.1} % are there with both, {:.1} % have the asker in theirs",
                found.len(),
                100.0 * stays,
                100.0 * agrees
            );
        }
    }
}

fn without(card: Card, factors: &[&str]) -> Card {
    factors.iter().fold(card, |card, factor| {
        card.without(factor).expect("a factor of this name")
    })
}

/// The first of every startup that asks for investors, and of every investor that asks for startups.
fn lists(snapshot: &Snapshot, card: &Card, first: usize) -> Lists {
    let programme = &snapshot.hub().expect("a hub").programme;
    let askers = snapshot.organisations().filter(|listed| listed.is_listed());
    let lists = askers.filter_map(|listed| {
        let kind = match listed.organisation.kind {
            Kind::Startup => Kind::Investor,
            Kind::Investor => Kind::Startup,
            _ => return None,
        };
        let ask = Ask {
            asker: listed.organisation.id,
            kind,
            mandate: None,
            purpose: None,
            table: programme,
            members: None,
            cooling: &HashSet::new(),
            among: Among::Strangers,
        };
        let found = scoring::rank(snapshot.market(), card, &ask, None, first);
        let others = found.into_iter().map(|found| found.organisation);
        Some((listed.organisation.id, others.collect()))
    });
    lists.collect()
}

/// The share of places for which it holds.
fn share(lists: &Lists, holds: impl Fn(OrganisationId, OrganisationId) -> bool) -> f64 {
    let places = || {
        let lists = lists.iter();
        lists.flat_map(|(&asker, others)| others.iter().map(move |&other| (asker, other)))
    };
    let held = places()
        .filter(|&(asker, other)| holds(asker, other))
        .count();
    let all = u32::try_from(places().count()).expect("few places");
    f64::from(u32::try_from(held).expect("few places")) / f64::from(all.max(1))
}
