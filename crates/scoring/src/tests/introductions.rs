//! Learning from introductions: investors say yes to their own sector.

use domain::{Kind, OrganisationId};
use jiff::{
    Span,
    civil::{Date, date},
};

use super::world::{codes, id};
use crate::{
    Card, Facts, Introduction, Learned, Market, TooLittle, learn_introductions, open_programme,
};

const STARTUPS: u32 = 200;
const INVESTORS: u32 = 40;

fn sector(number: u32) -> &'static str {
    [
        "energy.storage.batteries",
        "life_science.biopharma.drug_discovery",
    ][number as usize % 2]
}

fn investor(number: u32) -> OrganisationId {
    id(10_000 + number)
}

fn market(day: Date) -> Market {
    let startups = (0..STARTUPS).map(|number| Facts {
        sectors: codes(&[sector(number)]),
        ..Facts::bare(id(number), number, Kind::Startup, number)
    });
    let investors = (0..INVESTORS).map(|number| Facts {
        sectors: codes(&[sector(number)]),
        ..Facts::bare(investor(number), number, Kind::Investor, 10_000 + number)
    });
    Market::build(startups.chain(investors).collect(), &[], day)
}

/// Each startup asks two investors, a week after the one before: that of its sector accepts, the other declines; of every
/// fifth it is the other way round.
fn introductions(startups: u32) -> Vec<Introduction> {
    let asked = |number: u32, other: u32| Introduction {
        asker: id(number),
        asker_kind: Kind::Startup,
        counterpart: investor((number + other) % INVESTORS),
        kind: Kind::Investor,
        on: date(2021, 1, 1).saturating_add(Span::new().days(7 * i64::from(number))),
        accepted: other.is_multiple_of(2) != number.is_multiple_of(5),
    };
    let both = |number| {
        [
            asked(number, 2 * (number / 7)),
            asked(number, 2 * (number / 7) + 1),
        ]
    };
    (0..startups).flat_map(both).collect()
}

fn learned(startups: u32, seed: u64) -> Result<Learned, TooLittle> {
    let programme = open_programme();
    let (all, card) = (introductions(startups), Card::default_card());
    learn_introductions(&market, &programme, &all, card, seed, &|_, _| ())
}

#[test]
fn whom_investors_say_yes_to_is_learned_and_measured_on_what_came_last() {
    let once = learned(STARTUPS, 1).unwrap();

    let section = |card: &Card| {
        let section = card.section(Some(Kind::Startup), Kind::Investor);
        let factor = crate::factor::Factor::SectorCommon;
        let level = |name| section.points(factor, factor.level(name).unwrap());
        level("same") - level("elsewhere")
    };
    assert!(section(&once.card) > 1_000, "{}", section(&once.card));
    assert_eq!(once.text, learned(STARTUPS, 1).unwrap().text);
    assert!(once.card.is_calibrated());
    for told in [
        "startup asks for investor: 200 accepted, 200 declined",
        "probability   expected   observed",
        "sector.in_common",
        "in force",
        "not learned from",
    ] {
        assert!(once.report.contains(told), "{told}\n{}", once.report);
    }
    let elsewhere = once.card.section(Some(Kind::University), Kind::Corporate);
    assert_eq!(
        elsewhere,
        Card::default_card().section(Some(Kind::University), Kind::Corporate)
    );
}

#[test]
fn too_few_introductions_teach_nothing_and_it_says_how_many_are_needed() {
    let told = learned(119, 1).unwrap_err().to_string();

    assert!(told.contains("needs 120 accepted introductions"), "{told}");
    assert!(
        told.contains("119 where startup asks for investor"),
        "{told}"
    );
    assert!(
        learned(0, 1)
            .unwrap_err()
            .to_string()
            .ends_with("there are none")
    );
    assert!(learned(120, 1).is_ok());
}
