//! Learning: from a past in which investors keep to their sector.

use domain::{Kind, OrganisationId};
use jiff::{
    Span,
    civil::{Date, date},
};

use super::world::{codes, id};
use crate::{
    Among, Ask, Card, Deal, Facts, History, Learned, Raised, RoundFacts, held_out, learn,
    open_programme, rank,
};

const TODAY: Date = date(2026, 1, 1);
const INVESTORS: u32 = 12;
const STARTUPS: u32 = 360;

/// Startup `number` is of one of two sectors, by turns.
fn sector(number: u32) -> &'static str {
    [
        "energy.storage.batteries",
        "life_science.biopharma.drug_discovery",
    ][number as usize % 2]
}

fn investor(number: u32) -> OrganisationId {
    id(10_000 + number)
}

/// A startup raises every few days for five years, and an investor of its sector, in turn, comes in.
fn past() -> History {
    let startups = (0..STARTUPS).map(|number| Facts {
        sectors: codes(&[sector(number)]),
        ..Facts::bare(id(number), number, Kind::Startup, number)
    });
    let investors = (0..INVESTORS)
        .map(|number| Facts::bare(investor(number), number, Kind::Investor, 10_000 + number));
    let day =
        |number: u32| date(2021, 1, 1).saturating_add(Span::new().days(5 * i64::from(number)));
    let raised = (0..STARTUPS).map(|number| Raised {
        startup: id(number),
        round: RoundFacts {
            stage: None,
            band: None,
            entity_country: None,
            opened_on: day(number),
            closes_on: None,
            closed: true,
            instruments: Vec::new(),
        },
    });
    let deals = (0..STARTUPS).map(|number| Deal {
        investor: investor(number % 2 + 2 * (number / 2 % (INVESTORS / 2))),
        startup: id(number),
        on: day(number),
        stage: None,
        band: None,
        lead: false,
    });
    History {
        organisations: startups.chain(investors).collect(),
        raised: raised.collect(),
        deals: deals.collect(),
    }
}

fn learned(seed: u64) -> Learned {
    learn(&past(), TODAY, seed, &|_, _| ()).unwrap()
}

#[test]
fn what_investors_kept_to_is_learned_and_the_same_seed_teaches_the_same() {
    let once = learned(1);

    assert_eq!(once.text, learned(1).text);
    assert!(once.card.is_calibrated() && once.card.predicts().is_some());
    assert!(once.report.contains("track_record.sector"));
    let (history, programme, nobody) = (past(), open_programme(), std::collections::HashSet::new());
    let asked = Raised {
        startup: id(0),
        ..history.raised[0].clone()
    };
    let market = history.market(TODAY, [&asked]);
    let ask = Ask {
        asker: id(0),
        kind: Kind::Investor,
        mandate: None,
        purpose: None,
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    let first = rank(&market, &once.card, &ask, None, 5);
    let of_my_sector = |found: &crate::Match| {
        (0..INVESTORS)
            .step_by(2)
            .any(|n| investor(n) == found.organisation)
    };
    assert_eq!(first.iter().filter(|found| of_my_sector(found)).count(), 5);
}

#[test]
fn a_learned_card_is_read_as_it_is_written_and_rewards_no_empty_field() {
    let learned = learned(1);

    let read = Card::parse(&learned.text).unwrap();

    assert_eq!(read.hash(), learned.card.hash());
    assert_ne!(read.hash(), Card::default_card().hash());
}

#[test]
fn a_card_keeps_levels_in_order_where_a_better_fit_can_be_worth_no_less() {
    use crate::factor::Factor;
    let learned = learned(1);
    let section = learned.card.section(Some(Kind::Startup), Kind::Investor);

    for factor in Factor::ALL
        .into_iter()
        .filter(|factor| factor.name().starts_with("track_record.s"))
    {
        let levels = 1..u8::try_from(factor.levels().len()).unwrap();
        let cells: Vec<i32> = levels.map(|level| section.points(factor, level)).collect();
        assert!(
            !factor.is_monotone() || cells.is_sorted(),
            "{}: {cells:?}",
            factor.name()
        );
    }
}

#[test]
fn what_makes_deals_alike_is_learned() {
    use crate::factors::{
        similar::{Respect, Trades},
        tree,
    };
    let learned = learned(1);
    let sectors: Vec<_> = [0, 1].map(|number| codes(&[sector(number)])).into();
    let cell = |asked: usize, of_deal: usize| {
        let Trades { nearness, fields } = Trades::of(&sectors[asked], &sectors[of_deal]);
        let section = learned.card.section(Some(Kind::Startup), Kind::Investor);
        let likeness = learned.card.likeness(section);
        likeness.cell(Respect::Sector, 0, nearness)
            + likeness.cell(Respect::Field, fields.0, fields.1)
    };

    // A deal in the sector that is asked for counts at least twice as much as one in the other.
    assert_eq!(
        tree::LEVELS[usize::from(Trades::of(&sectors[0], &sectors[0]).nearness)],
        "same"
    );
    for (asked, other) in [(0, 1), (1, 0)] {
        assert!(cell(asked, asked) > cell(asked, other) + 1_000, "{asked}");
    }
}

#[test]
fn each_side_learns_what_makes_deals_alike_for_itself() {
    let learned = learned(1);

    let likeness = |asker, counterpart| {
        let section = learned.card.section(Some(asker), counterpart);
        learned.card.likeness(section)
    };

    let startups = likeness(Kind::Startup, Kind::Investor);
    assert_eq!(startups, likeness(Kind::Startup, Kind::Incubator));
    assert_ne!(startups, likeness(Kind::Investor, Kind::Startup));
}

#[test]
fn what_investors_say_nothing_of_is_learned_from_what_startups_say() {
    use crate::factors::similar::Respect;
    let learned = learned(1);
    // How long ago its deals were tells one investor from another, and no startup from another.
    let ages = |asker, counterpart| {
        let section = learned.card.section(Some(asker), counterpart);
        let likeness = learned.card.likeness(section);
        [0, 1, 3, 4]
            .map(|age| likeness.cell(Respect::Age, 0, age) - likeness.cell(Respect::Age, 0, 2))
    };

    let startups = ages(Kind::Startup, Kind::Investor);
    let investors = ages(Kind::Investor, Kind::Startup);

    assert!(startups.iter().any(|age| age.abs() > 200), "{startups:?}");
    for (one, other) in startups.iter().zip(investors) {
        assert!((one - other).abs() < 20, "{startups:?} {investors:?}");
    }
}

#[test]
fn points_of_the_few_who_ask_are_drawn_to_those_of_the_many() {
    use crate::factor::Factor;
    let learned = learned(1);
    // Both say the same of sectors. The fewer say so, the nearer to 0 they stay alone: 0.85 of the other side.
    let worth = |asker, counterpart| {
        let section = learned.card.section(Some(asker), counterpart);
        section.points(Factor::RecordSector, 15) - section.points(Factor::RecordSector, 1)
    };

    let startups = worth(Kind::Startup, Kind::Investor);
    let investors = worth(Kind::Investor, Kind::Startup);

    assert!(10 * investors > 9 * startups, "{investors} of {startups}");
}

#[test]
fn a_half_year_that_was_held_out_is_ranked_better_by_what_was_learned_before_it() {
    let report = held_out(&past(), TODAY, 1, &|_, _| ()).unwrap();

    let recall = |name: &str| -> f64 {
        let line = report.lines().find(|line| line.starts_with(name));
        let words: Vec<&str> = line.unwrap().split_whitespace().collect();
        let at = words.iter().position(|word| *word == "mrr").unwrap();
        words[at + 1].parse().unwrap()
    };
    assert!(report.contains("learned before 2025-07-01"), "{report}");
    assert!(
        recall("startups  learned") >= recall("startups  by hand"),
        "{report}"
    );
}

#[test]
fn nothing_is_learned_where_nothing_happened() {
    let empty = History::default();

    let error = learn(&empty, TODAY, 1, &|_, _| ()).unwrap_err();

    assert!(error.to_string().contains("nothing to learn"));
}

#[test]
fn a_window_knows_only_what_lay_before_it() {
    let history = past();

    let trials = history.trials(TODAY, 6);

    assert_eq!(trials.len(), 6);
    assert_eq!(
        (trials[0].opens, trials[5].opens),
        (date(2023, 1, 1), date(2025, 7, 1))
    );
    for trial in &trials {
        for asked in &trial.asked {
            assert!(asked.raised.round.opened_on >= trial.opens);
            assert!(
                asked
                    .chosen
                    .iter()
                    .all(|chosen| trial.candidates.contains(chosen))
            );
        }
        let market = history.market(trial.opens, []);
        let before = history
            .deals
            .iter()
            .filter(|deal| deal.on < trial.opens)
            .count();
        assert_eq!(market.statistics().deals() as usize, before);
    }
}

#[test]
fn a_candidate_has_three_startups_and_dealt_within_three_years() {
    let mut history = past();
    let deal = |investor, startup, on| Deal {
        investor,
        startup: id(startup),
        on,
        stage: None,
        band: None,
        lead: false,
    };
    let (few, late) = (investor(90), investor(91));
    history
        .deals
        .extend([0, 2].map(|startup| deal(few, startup, date(2024, 1, 1))));
    history
        .deals
        .extend([0, 2, 4].map(|startup| deal(late, startup, date(2022, 6, 1))));

    let last = history.trials(TODAY, 1).pop().unwrap();

    assert!(!last.candidates.contains(&few) && !last.candidates.contains(&late));
    assert_eq!(last.candidates.len(), INVESTORS as usize);
}
