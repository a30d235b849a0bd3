//! Track records: whose, of when, and beside which market.

use domain::Kind;
use jiff::civil::date;

use super::world::{Question, TODAY, codes, id};
use crate::{Card, Deal, Facts, KeptOff, Market, Places, explain, rank, rank_by_rows};

fn startup(number: u32, sector: &str) -> Facts {
    Facts {
        sectors: codes(&[sector]),
        ..Facts::bare(id(number), 0, Kind::Startup, number)
    }
}

fn investor(number: u32) -> Facts {
    Facts::bare(id(number), 0, Kind::Investor, number)
}

fn deal(investor: u32, startup: u32, on: jiff::civil::Date) -> Deal {
    Deal {
        investor: id(investor),
        startup: id(startup),
        on,
        stage: None,
        band: None,
        lead: false,
    }
}

const ENERGY: &str = "energy.storage.batteries";
const PHARMA: &str = "life_science.biopharma.drug_discovery";

/// Two investors: 11 invests in energy, 12 in pharma.
fn market() -> Market {
    let facts = vec![
        startup(1, ENERGY),
        startup(2, PHARMA),
        startup(3, ENERGY),
        startup(4, PHARMA),
        investor(11),
        investor(12),
    ];
    let deals: Vec<Deal> = (1..=9)
        .flat_map(|day| {
            let on = date(2026, 3, day);
            [deal(11, 3, on), deal(12, 4, on)]
        })
        .collect();
    Market::build(facts, &deals, TODAY)
}

#[test]
fn a_founder_finds_first_who_invests_in_such_startups() {
    let (market, question) = (market(), Question::open());
    let first = |asker| {
        let ask = question.ask(id(asker), Kind::Investor);
        rank(&market, Card::default_card(), &ask, None, 1)[0].organisation
    };

    assert_eq!(first(1), id(11));
    assert_eq!(first(2), id(12));
}

#[test]
fn an_investor_finds_first_the_startups_its_own_record_speaks_for() {
    let (market, question) = (market(), Question::open());
    let ask = question.ask(id(12), Kind::Startup);

    let list = rank(&market, Card::default_card(), &ask, None, 1);

    assert_eq!(list[0].organisation, id(2));
}

#[test]
fn who_invested_before_needs_no_introduction_and_is_told_so() {
    let (market, question) = (market(), Question::open());
    let told = |asker, kind, other| {
        let ask = question.ask(id(asker), kind);
        explain(&market, Card::default_card(), &ask, id(other)).map(|_| ())
    };

    assert_eq!(told(12, Kind::Startup, 4), Err(KeptOff::AlreadyInvested));
    assert_eq!(told(4, Kind::Investor, 12), Err(KeptOff::AlreadyInvested));
    assert_eq!(told(2, Kind::Investor, 12), Ok(()));
}

#[test]
fn a_deal_of_the_day_itself_or_later_does_not_count() {
    let facts = || vec![startup(1, ENERGY), investor(11)];
    let late = [deal(11, 1, TODAY), deal(11, 1, date(2027, 1, 1))];
    let with = Market::build(facts(), &late, TODAY);
    let without = Market::build(facts(), &[], TODAY);
    let question = Question::open();
    let ask = question.ask(id(1), Kind::Investor);

    let told = |market| explain(market, Card::default_card(), &ask, id(11)).unwrap();

    assert_eq!(told(&with), told(&without));
    assert_eq!(with.statistics(), without.statistics());
}

#[test]
fn to_be_near_may_tell_more_where_little_of_the_market_is() {
    let at = |number, area: &str| Facts {
        home: Some("JP".parse().unwrap()),
        places: Places {
            area: Some(area.to_owned()),
            ..Places::default()
        },
        ..startup(number, ENERGY)
    };
    let mut facts = vec![
        at(1, "wide"),
        at(2, "remote"),
        at(3, "wide"),
        at(4, "remote"),
        investor(11),
        investor(12),
        investor(13),
    ];
    facts.extend((21..29).map(|number| at(number, "wide")));
    let on = date(2026, 3, 1);
    // Of ten deals one is in the remote area.
    let deals = [deal(11, 3, on), deal(12, 4, on)].into_iter();
    let deals: Vec<Deal> = deals
        .chain((21..29).map(|number| deal(13, number, on)))
        .collect();
    let market = Market::build(facts, &deals, TODAY);
    let default = include_str!("../../cards/default.json");
    let card =
        |cells: &str| Card::parse(&default.replacen("\"place_by_area\": {}", cells, 1)).unwrap();
    let by_area = "\"place_by_area\": {\"from_0.062\": {\"area\": 2000}}";
    let similar = |card: &Card, asker, other| {
        let question = Question::open();
        let ask = question.ask(id(asker), Kind::Investor);
        let told = explain(&market, card, &ask, id(other)).unwrap();
        let mut parts = told.contributions.iter();
        let part = parts.find(|part| part.factor == "track_record.similar");
        part.unwrap().points
    };

    let (plain, by_area) = (card("\"place_by_area\": {}"), card(by_area));

    assert_eq!(similar(&plain, 1, 11), similar(&plain, 2, 12));
    assert_eq!(similar(&by_area, 1, 11), similar(&plain, 1, 11));
    assert!(similar(&by_area, 2, 12) > similar(&plain, 2, 12));
}

#[test]
fn of_startups_that_many_invested_in_it_counts_how_many_did_after_a_change_too() {
    let crowd = |startup: u32, many: u32| {
        let investors = 2_000..2_000 + many;
        investors.map(move |investor| deal(investor, startup, date(2026, 3, 1)))
    };
    // One startup is the asker's, the others are somebody's who has nothing to do with it.
    let others =
        (50..850).map(|startup| deal(3_001 - u32::from(startup == 50), startup, date(2026, 3, 1)));
    let deals: Vec<Deal> = crowd(1, 16).chain(crowd(2, 60)).chain(others).collect();
    let startups = [1, 2].into_iter().chain(50..850);
    let startups = startups.map(|number| startup(number, ENERGY));
    let investors = (2_000..2_060).chain([3_000, 3_001]).map(investor);
    let before = Market::build(startups.chain(investors).collect(), &deals, TODAY);
    let question = Question::open();
    let ask = question.ask(id(3_000), Kind::Startup);
    let card = Card::default_card();

    let after = before.with(vec![(id(2), Some(startup(2, PHARMA)))]);

    let points = |market: &Market| {
        let list = rank(market, card, &ask, None, 999);
        assert_eq!(list, rank_by_rows(market, card, &ask, None, 999));
        [1, 2].map(|number| {
            let found = list.iter().find(|found| found.organisation == id(number));
            found.expect("both are listed").points
        })
    };
    let [few, many] = points(&before);
    assert!(few > many, "{few} {many}");
    points(&after);
    points(&after.with(vec![(id(1), Some(startup(1, PHARMA)))]));
}
