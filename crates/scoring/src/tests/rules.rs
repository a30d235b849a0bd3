//! Rules: who is kept off a list, and what the asker is told.

use std::collections::HashSet;

use domain::{Condition, Criterion, InvestorTerms, Kind, Language, Mandate, Strength};
use jiff::civil::date;

use super::world::{
    Question, TODAY, codes, criterion, id, language, mandate, mandate_id, open_programme, programme,
};
use crate::{Ask, Card, Facts, KeptOff, Market, Whose, explain, rank};

/// Kim's startup in Osaka and Ada's fund.
fn kim() -> Facts {
    Facts {
        sectors: codes(&["life_science.biopharma.drug_discovery"]),
        home: Some("JP-27".parse().unwrap()),
        ..Facts::bare(id(1), 0, Kind::Startup, 1)
    }
}

fn ada(mandates: Vec<Mandate>) -> Facts {
    Facts {
        mandates: (1..).map(mandate_id).zip(mandates).collect(),
        ..Facts::bare(id(2), 0, Kind::Investor, 2)
    }
}

fn energy(strength: Strength) -> Criterion {
    criterion(strength, Condition::Sectors(codes(&["energy"])))
}

fn private(criterion: Criterion) -> Criterion {
    Criterion {
        private: true,
        ..criterion
    }
}

/// What keeps Ada off Kim's list; the list agrees.
fn kept_off(facts: Vec<Facts>, question: &Question) -> Option<KeptOff> {
    let market = Market::build(facts, &[], TODAY);
    let ask = question.ask(id(1), Kind::Investor);
    let card = Card::default_card();
    let reason = explain(&market, card, &ask, id(2)).err();

    let listed = !rank(&market, card, &ask, None, 10).is_empty();

    assert_eq!(listed, reason.is_none());
    reason
}

#[track_caller]
fn check(mandates: Vec<Mandate>, expect: Option<KeptOff>) {
    assert_eq!(
        kept_off(vec![kim(), ada(mandates)], &Question::open()),
        expect
    );
}

#[test]
fn a_must_that_is_not_met_and_an_avoid_that_is_keep_a_pair_off() {
    let whose = Whose::Theirs;
    let pharma = Condition::Sectors(codes(&["life_science"]));
    let asia = Condition::Regions(codes(&["JP", "SG"]));
    let english = Condition::Languages(vec![language("en")]);

    check(vec![], None);
    check(vec![mandate(vec![])], None);
    check(vec![mandate(vec![energy(Strength::Prefer)])], None);
    check(vec![mandate(vec![energy(Strength::Avoid)])], None);
    check(vec![mandate(vec![criterion(Strength::Must, asia)])], None);
    check(
        vec![mandate(vec![energy(Strength::Must)])],
        Some(KeptOff::Must {
            whose,
            axis: "sectors",
        }),
    );
    check(
        vec![mandate(vec![criterion(Strength::Avoid, pharma)])],
        Some(KeptOff::Avoid {
            whose,
            axis: "sectors",
        }),
    );
    check(
        vec![mandate(vec![criterion(Strength::Must, english)])],
        Some(KeptOff::Must {
            whose,
            axis: "languages",
        }),
    );
}

#[test]
fn one_mandate_that_lets_a_pair_pass_is_enough_and_one_that_does_not_count_is_none() {
    let strict = mandate(vec![energy(Strength::Must)]);
    let off = Mandate {
        active: false,
        ..strict.clone()
    };
    let over = Mandate {
        until: Some(date(2026, 3, 31)),
        ..strict.clone()
    };
    let about_others = Mandate {
        kinds: vec![Kind::University],
        ..strict.clone()
    };

    check(vec![strict, mandate(vec![])], None);
    check(vec![off, over, about_others], None);
}

#[test]
fn an_investor_that_makes_no_new_investments_is_kept_off() {
    let terms = |terms| Mandate {
        terms: Some(terms),
        ..mandate(vec![])
    };
    let stopped = InvestorTerms {
        actively_investing: Some(false),
        ..InvestorTerms::default()
    };
    let until = |last| InvestorTerms {
        deployable_until: Some(last),
        ..InvestorTerms::default()
    };

    check(vec![terms(stopped)], Some(KeptOff::NotInvesting));
    check(
        vec![terms(until(date(2026, 3, 31)))],
        Some(KeptOff::NotInvesting),
    );
    check(vec![terms(until(TODAY))], None);
}

#[test]
fn blocked_hidden_private_and_unknown_are_told_apart_by_nobody() {
    let question = Question::open();
    let hidden = Facts {
        hidden: true,
        ..ada(vec![])
    };
    let blocking = Facts {
        blocked: vec![id(1)],
        ..ada(vec![])
    };
    let secret = ada(vec![mandate(vec![private(energy(Strength::Must))])]);
    let two = ada(vec![
        mandate(vec![energy(Strength::Must)]),
        mandate(vec![private(energy(Strength::Must))]),
    ]);
    let strangers = Facts {
        opted_in: false,
        ..ada(vec![])
    };
    let closed = Question {
        programme: programme(),
        ..Question::open()
    };
    let fund = Facts {
        kinds: vec![Kind::Incubator],
        sectors: vec![],
        ..kim()
    };

    let answers = [
        kept_off(vec![kim(), hidden], &question),
        kept_off(vec![kim(), blocking], &question),
        kept_off(vec![kim(), secret], &question),
        kept_off(vec![kim(), two], &question),
        kept_off(vec![kim()], &question),
        kept_off(vec![fund, strangers], &closed),
    ];

    assert_eq!(answers, [Some(KeptOff::NotAvailable); 6]);
}

#[test]
fn a_public_reason_is_told_though_a_private_one_stands_beside_it() {
    let both = mandate(vec![
        private(energy(Strength::Must)),
        criterion(Strength::Must, Condition::Regions(codes(&["US"]))),
    ]);

    let (whose, axis) = (Whose::Theirs, "regions");
    check(vec![both], Some(KeptOff::Must { whose, axis }));
}

#[test]
fn one_house_a_closed_table_a_late_decline_and_other_programmes_keep_a_pair_off() {
    let sister = Facts {
        house: Some(1),
        ..ada(vec![])
    };
    let peer = Facts {
        kinds: vec![Kind::Startup, Kind::Investor],
        ..ada(vec![])
    };
    let open = Question::open();
    let cooling = Question {
        cooling: HashSet::from([id(2)]),
        ..Question::open()
    };

    assert_eq!(
        kept_off(vec![kim(), sister], &open),
        Some(KeptOff::OwnHouse)
    );
    assert_eq!(
        kept_off(vec![kim(), ada(vec![])], &cooling),
        Some(KeptOff::Cooling)
    );
    let default = Question {
        programme: programme(),
        ..Question::open()
    };
    assert_eq!(kept_off(vec![kim(), peer], &default), None);

    let market = Market::build(vec![kim(), ada(vec![])], &[], TODAY);
    let (members, programme, nobody) = (HashSet::from([id(1)]), open_programme(), HashSet::new());
    let ask = Ask {
        members: Some(&members),
        table: &programme,
        cooling: &nobody,
        ..open.ask(id(1), Kind::Investor)
    };
    let reason = explain(&market, Card::default_card(), &ask, id(2)).unwrap_err();
    assert_eq!(reason, KeptOff::OutsideProgramme);
    let ask = Ask {
        mandate: Some(mandate_id(9)),
        members: None,
        ..ask
    };
    let reason = explain(&market, Card::default_card(), &ask, id(2)).unwrap_err();
    assert_eq!(reason, KeptOff::NoMandate);
}

#[test]
fn a_startup_sees_a_manufacturer_only_where_one_of_them_offers_something() {
    let maker = |offers: &[&str]| Facts {
        kinds: vec![Kind::Manufacturer, Kind::Investor],
        offers: codes(offers),
        ..ada(vec![])
    };
    let university = Facts {
        kinds: vec![Kind::University],
        ..kim()
    };
    let question = Question {
        programme: programme(),
        ..Question::open()
    };

    let silent = kept_off(vec![university.clone(), maker(&[])], &question);
    let offering = kept_off(vec![university, maker(&["manufacturing.gmp"])], &question);

    assert_eq!((silent, offering), (Some(KeptOff::KindTable), None));
}

#[test]
fn every_reason_has_a_code_and_a_sentence_in_both_languages() {
    let whose = Whose::Mine;
    let must = KeptOff::Must {
        whose,
        axis: "sectors",
    };
    let avoid = KeptOff::Avoid {
        whose,
        axis: "regions",
    };

    assert_eq!(
        must.text(Language::En),
        "Your mandate asks for other sectors."
    );
    assert_eq!(
        avoid.text(Language::En),
        "Your mandate excludes these regions."
    );
    assert_eq!(
        must.text(Language::Ja),
        "貴社の希望条件の必須項目（分野）を満たしていません。"
    );
    assert_eq!(
        avoid.text(Language::Ja),
        "貴社の希望条件の除外項目（地域）に当てはまります。"
    );
    assert_eq!(KeptOff::NotAvailable.code(), "not_available");
}

#[test]
fn a_mandate_for_another_purpose_keeps_nobody_off() {
    let facts = || vec![kim(), ada(vec![mandate(vec![energy(Strength::Must)])])];
    let market = Market::build(facts(), &[], TODAY);
    let question = Question::open();
    let listed = |purpose| {
        let ask = Ask {
            purpose,
            ..question.ask(id(1), Kind::Investor)
        };
        explain(&market, Card::default_card(), &ask, id(2)).is_ok()
    };

    assert!(!listed(None));
    assert!(!listed(Some(domain::Purpose::Fundraising)));
    assert!(listed(Some(domain::Purpose::PilotCustomer)));
}
