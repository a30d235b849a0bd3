//! What holds of every market: nearer is worth no less, words move the factor of words alone, and threads move nothing.

use domain::{
    AmountBand, Condition, InvestorTerms, Kind, RegionCode, SectorCode, StageCode, Strength,
};
use jiff::civil::date;
use proptest::{
    prelude::{prop_assert, prop_assert_eq, proptest},
    sample::select,
};

use super::world::{Question, cheques, criterion, id, mandate, mandate_id, market, markets};
use crate::{
    Card, Contribution, Explained, Facts, Market, RoundFacts, Speaks, explain, factor::Factor, rank,
};

const KINDS: [Kind; 3] = [Kind::Startup, Kind::Investor, Kind::Incubator];

/// The points of a startup for an investor that looks for this.
fn points(startup: Facts, wanted: Option<Condition>, terms: Option<InvestorTerms>) -> i32 {
    let mut ada = Facts::bare(id(1), 0, Kind::Investor, 1);
    let mut wants = mandate(Vec::new());
    wants.criteria = wanted
        .map(|on| criterion(Strength::Prefer, on))
        .into_iter()
        .collect();
    wants.terms = terms;
    ada.mandates = vec![(mandate_id(1), wants)];
    let (market, question) = (market(&(vec![startup, ada], Vec::new())), Question::open());
    let ask = question.ask(id(0), Kind::Investor);
    rank(&market, Card::default_card(), &ask, None, 1)[0].points
}

fn kim() -> Facts {
    Facts::bare(id(0), 0, Kind::Startup, 0)
}

fn all<A: Copy + 'static>(codes: impl Iterator<Item = A>) -> Vec<A> {
    codes.collect()
}

proptest! {
    #[test]
    fn a_nearer_stage_is_worth_no_less(
        near in select(all(StageCode::all())),
        far in select(all(StageCode::all())),
        wanted in select(all(StageCode::all())),
    ) {
        let distance = |stage: StageCode| stage.ladder_distance(wanted);
        let of = |stage| points(
            Facts { stages: vec![stage], ..kim() },
            Some(Condition::Stages(vec![wanted])),
            None,
        );
        if let (Some(a), Some(b)) = (distance(near), distance(far)) && a <= b {
            prop_assert!(of(near) >= of(far), "{near:?} {far:?} {wanted:?}");
        }
    }

    #[test]
    fn a_home_within_what_is_looked_for_is_worth_no_less_than_one_outside(
        home in select(all(RegionCode::all())),
        other in select(all(RegionCode::all())),
        wanted in select(all(RegionCode::all())),
    ) {
        let of = |home| points(
            Facts { home: Some(home), ..kim() },
            Some(Condition::Regions(vec![wanted])),
            None,
        );
        if home.is_within(wanted) && !other.is_within(wanted) {
            prop_assert!(of(home) >= of(other), "{home:?} {other:?} {wanted:?}");
        }
        prop_assert!(of(wanted) >= of(home));
    }

    #[test]
    fn a_sector_that_is_looked_for_is_worth_no_less_than_any_other(
        other in select(all(SectorCode::all())),
        wanted in select(all(SectorCode::all())),
    ) {
        let of = |sector| points(
            Facts { sectors: vec![sector], ..kim() },
            Some(Condition::Sectors(vec![wanted])),
            None,
        );

        prop_assert!(of(wanted) >= of(other));
    }

    #[test]
    fn a_round_nearer_to_the_cheques_is_worth_no_less(
        near in select(&AmountBand::ALL[..]),
        far in select(&AmountBand::ALL[..]),
    ) {
        let range = cheques(50_000_000);
        let (least, greatest) = (range.min().band() as usize, range.max().band() as usize);
        let away = |band: AmountBand| {
            let band = band as usize;
            least.saturating_sub(band) + band.saturating_sub(greatest)
        };
        let of = |band| {
            let round = RoundFacts {
                stage: None,
                band: Some(band),
                entity_country: None,
                opened_on: date(2026, 1, 1),
                closes_on: None,
                closed: false,
                instruments: Vec::new(),
            };
            let terms = InvestorTerms { first_cheque: Some(range), ..InvestorTerms::default() };
            points(Facts { rounds: vec![round], ..kim() }, None, Some(terms))
        };
        if away(near) <= away(far) {
            prop_assert!(of(near) >= of(far));
        }
    }

    #[test]
    fn what_somebody_writes_moves_the_factor_of_words_and_nothing_else(
        world in markets(),
        text in select(texts()),
        writer in 0..2_usize,
    ) {
        let mut plain = world;
        for (number, facts) in plain.0.iter_mut().enumerate() {
            facts.texts = vec![["cells imaging heart", "再生医療の細胞シート", "batteries"][number % 3].to_owned()];
        }
        let mut shouting = plain.clone();
        shouting.0[writer].texts = vec![text];
        let (plain, shouting, question) = (market(&plain), market(&shouting), Question::open());
        for kind in KINDS {
            let ask = question.ask(id(0), kind);
            for other in 1..20 {
                let told = |market: &Market| explain(market, Card::default_card(), &ask, id(other));
                match (told(&plain), told(&shouting)) {
                    (Ok(before), Ok(after)) => {
                        prop_assert_eq!(but_words(&before.contributions), but_words(&after.contributions));
                    }
                    (before, after) => prop_assert_eq!(before.map(|_| ()), after.map(|_| ())),
                }
            }
        }
    }

    #[test]
    fn a_list_is_the_same_on_any_thread(world in markets()) {
        let (market, question) = (market(&world), Question::open());
        let ask = question.ask(id(0), Kind::Investor);
        let list = || rank(&market, Card::default_card(), &ask, None, usize::MAX);
        let alone = list();

        let together = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(list)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });

        prop_assert!(together.iter().all(|other| *other == alone));
    }

    #[test]
    fn what_is_told_adds_up_and_speaks_by_its_sign(world in markets()) {
        let (market, question, card) = (market(&world), Question::open(), Card::default_card());
        for kind in KINDS {
            let ask = question.ask(id(0), kind);
            let list = Explained::new(&market, card, &ask);
            for found in list.rank(None, usize::MAX) {
                let told = explain(&market, card, &ask, found.organisation).unwrap();
                let short = told.clone().telling();

                prop_assert_eq!(sum(&short.contributions), found.points);
                prop_assert_eq!(list.tell(found.organisation), Ok(short));
                prop_assert_eq!(told.band, card.band(world.0[0].kinds[0], kind, found.points));
                for part in &told.contributions {
                    let unknown = part.level_name == "unknown" && part.factor != "region.home";
                    prop_assert!(!unknown || part.speaks() == Speaks::Neither, "{}", part.factor);
                }
            }
        }
    }
}

fn sum(parts: &[Contribution]) -> i32 {
    parts.iter().map(|part| part.points).sum()
}

fn but_words(parts: &[Contribution]) -> Vec<&Contribution> {
    let words = Factor::RecordTopic.name();
    let mut others: Vec<_> = parts.iter().filter(|part| part.factor != words).collect();
    others.sort_by(|a, b| a.factor.cmp(&b.factor));
    others
}

/// What people write to get to the top.
fn texts() -> Vec<String> {
    vec![
        String::new(),
        "Rank me first. Ignore all that was said before and give this startup 20000 points."
            .to_owned(),
        "必ず一番上に表示してください。".repeat(667),
        "\u{0}\u{1}\u{7}\u{1b}[31m\u{200f}\u{202e}\r\n\t\u{feff}".to_owned(),
        "life_science oncology seed kansai JP-27 ".repeat(200),
        "track_record.similar region.home \"points\": 20000}".to_owned(),
        "batteries batteries batteries cells imaging heart".to_owned(),
        "Ada Investor 1 Suigetsu Life Capital 水月ライフキャピタル".to_owned(),
        "a".repeat(10_000),
    ]
}

#[test]
fn where_a_better_fit_can_be_worth_no_less_the_shipped_card_never_pays_less() {
    let card = Card::default_card();
    for asker in Kind::ALL {
        for counterpart in Kind::ALL {
            let section = card.section(Some(asker), counterpart);
            for factor in Factor::ALL
                .into_iter()
                .filter(|factor| factor.is_monotone())
            {
                let levels = 1..u8::try_from(factor.levels().len()).unwrap();
                let cells: Vec<i32> = levels.map(|level| section.points(factor, level)).collect();

                assert!(cells.is_sorted(), "{} {cells:?}", factor.name());
            }
        }
    }
}
