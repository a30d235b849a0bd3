//! One worked example: what a founder reads about an investor.

use domain::{Condition, InvestorTerms, Kind, Language, Mandate, Strength};
use jiff::civil::date;

use super::world::{Question, TODAY, cheques, codes, criterion, id, language, mandate, mandate_id};
use crate::{Card, Deal, Explanation, Facts, Market, RoundFacts, explain, score};

/// Kim makes iPS-derived cells in Osaka and raises a seed round; Ada invests in life science in Japan.
fn market() -> Market {
    let kim = Facts {
        sectors: codes(&["life_science.biopharma.regenerative_medicine"]),
        home: Some("JP-27".parse().unwrap()),
        languages: vec![language("ja"), language("en")],
        rounds: vec![RoundFacts {
            stage: Some("financing.seed".parse().unwrap()),
            band: Some(domain::AmountBand::From500K),
            entity_country: None,
            opened_on: date(2026, 2, 1),
            closes_on: None,
            closed: false,
            instruments: vec![domain::Instrument::JKiss],
        }],
        ..Facts::bare(id(1), 0, Kind::Startup, 1)
    };
    let past = Facts {
        sectors: codes(&["life_science.biopharma.regenerative_medicine"]),
        home: Some("JP-26".parse().unwrap()),
        ..Facts::bare(id(3), 0, Kind::Startup, 3)
    };
    let lead = Mandate {
        terms: Some(InvestorTerms {
            first_cheque: Some(cheques(50_000_000)),
            instruments: vec![domain::Instrument::PreferredShares],
            ..InvestorTerms::default()
        }),
        ..mandate(vec![
            criterion(Strength::Must, Condition::Sectors(codes(&["life_science"]))),
            criterion(
                Strength::Prefer,
                Condition::Stages(codes(&["financing.pre_series_a"])),
            ),
            criterion(Strength::Prefer, Condition::Regions(codes(&["JP"]))),
        ])
    };
    let ada = Facts {
        home: Some("JP-13".parse().unwrap()),
        languages: vec![language("ja-JP")],
        mandates: vec![(mandate_id(7), lead)],
        ..Facts::bare(id(2), 0, Kind::Investor, 2)
    };
    let deal = |investor, startup, on| Deal {
        investor: id(investor),
        startup: id(startup),
        on,
        stage: Some("financing.seed".parse().unwrap()),
        band: None,
        lead: false,
    };
    let deals = [
        deal(2, 3, date(2025, 4, 1)),
        deal(2, 3, date(2026, 3, 1)),
        deal(4, 5, date(2025, 4, 1)),
    ];
    Market::build(vec![kim, past, ada], &deals, TODAY)
}

fn explanation() -> Explanation {
    let question = Question::open();
    let ask = question.ask(id(1), Kind::Investor);
    explain(&market(), Card::default_card(), &ask, id(2)).unwrap()
}

/// One line per contribution that has points.
fn told(language: Language) -> String {
    let explanation = explanation();
    let parts = explanation.contributions.iter();
    let lines = parts
        .filter(|part| part.points != 0)
        .map(|part| format!("{:>6} {}", part.points, part.text(language)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_founder_reads_why_an_investor_fits_in_english() {
    insta::assert_snapshot!(told(Language::En), @r"
    -690 They made 1 investment since 2025, the last in 2025-04; weighed by age they count 0.5.
     660 They look for Life science, which covers your Regenerative medicine, cell and gene therapy.
     600 They look for Japan, where you are (Osaka).
     400 Your round, USD 500,000 to 1 million, fits their first cheques, USD 500,000 to 10 million.
     300 They look for Pre-series A, close to your Seed.
     150 You can meet in Japanese.
     140 Their record: 1 of 1 investment in Japan, 1.0 times the market's share (smoothed).
      90 Their record: 1 of 1 investment in Seed, 1.0 times the market's share (smoothed).
      48 Their record: 1 of 1 investment in Regenerative medicine, cell and gene therapy, 1.0 times the market's share (smoothed).
    -100 Your round issues J-KISS, which the investor does not buy.
    -100 Not stated on one side: country of the entity.
    -300 They joined 1 Seed round in Regenerative medicine, cell and gene therapy in Japan since 2025. Weighed by place, sector, stage, size and age, 0.0 of 1 investment count as like this one.
    ");
}

#[test]
fn a_founder_reads_why_an_investor_fits_in_japanese() {
    insta::assert_snapshot!(told(Language::Ja), @r"
    -690 相手は2025年以降に1件投資しており、直近は2025年4月です（新しさで重み付けすると0.5件分）。
     660 相手の希望条件「ライフサイエンス」に、貴社の「再生医療・細胞・遺伝子治療」が当てはまります。
     600 相手の希望地域「日本」に、貴社の所在地「大阪府」が含まれます。
     400 貴社の調達額（50万〜100万米ドル）は、相手の初回投資額（50万〜1000万米ドル）の範囲に収まります。
     300 相手の希望条件「プレシリーズA」は、貴社の「シード」に近い条件です。
     150 日本語で面談できます。
     140 相手の投資1件のうち1件が「日本」で、市場全体に占める割合の1.0倍です（平滑化後）。
      90 相手の投資1件のうち1件が「シード」で、市場全体に占める割合の1.0倍です（平滑化後）。
      48 相手の投資1件のうち1件が「再生医療・細胞・遺伝子治療」で、市場全体に占める割合の1.0倍です（平滑化後）。
    -100 貴社の調達の発行形態（J-KISS）に、投資側は対応していません。
    -100 いずれかの側に記載がありません（法人の所在国）。
    -300 相手は2025年以降、「日本」・「再生医療・細胞・遺伝子治療」・「シード」のラウンド1件に投資しています。場所・分野・段階・規模・時期で重み付けすると、投資1件のうち0.0件分が今回に近い案件です。
    ");
}

#[test]
fn a_good_pair_scores_high_and_a_stored_explanation_reads_the_same() {
    let explanation = explanation();

    let stored = serde_json::to_string(&explanation).unwrap();
    let read: Explanation = serde_json::from_str(&stored).unwrap();

    assert!((0.7..0.95).contains(&score(explanation.matched.points)));
    assert_eq!(read, explanation);
    let texts = |explanation: &Explanation| {
        let parts = explanation.contributions.iter();
        parts
            .map(|part| part.text(Language::Ja).to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&read), texts(&explanation));
}

#[test]
fn what_is_loudest_is_read_first_and_what_speaks_against_says_so() {
    use crate::Speaks;
    let explanation = explanation();
    let told = explanation.clone().telling().contributions;

    let loudness: Vec<i32> = told.iter().map(|part| part.beyond.abs()).collect();
    assert!(loudness.is_sorted_by(|a, b| a >= b), "{loudness:?}");
    let sum: i32 = told.iter().map(|part| part.points).sum();
    assert_eq!(sum, explanation.matched.points);
    assert_eq!(told[0].speaks(), Speaks::For);
    assert_eq!(told.last().unwrap().speaks(), Speaks::Neither);
    assert!(
        told.iter()
            .all(|part| part.level_name != "unknown" || part.points != 0)
    );
}
