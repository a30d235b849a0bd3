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
     660 They look for Life science, which covers your Regenerative medicine, cell and gene therapy.
     300 They look for Pre-series A, close to your Seed.
     600 They look for Japan, which covers your Osaka.
     400 The size of the round fits the first cheques.
    -100 The investor does not buy what the round issues.
    -100 Not stated on one side: country of the entity.
    -690 They made 1 investments; weighed by age they count 0.5.
      48 They made 1 of 1 investments in Regenerative medicine, cell and gene therapy: 1.0 times the market's share.
      90 They made 1 of 1 investments in Seed: 1.0 times the market's share.
     140 They made 1 of 1 investments in Japan: 1.0 times the market's share.
    -300 Of 1 investments 0.0 count as like this one by place, sector, stage, size and age.
     150 Both can meet in one language (ja).
    ");
}

#[test]
fn a_founder_reads_why_an_investor_fits_in_japanese() {
    insta::assert_snapshot!(told(Language::Ja), @r"
     660 相手の希望条件「ライフサイエンス」に、貴社の「再生医療・細胞・遺伝子治療」が当てはまります。
     300 相手の希望条件「プレシリーズA」は、貴社の「シード」に近い条件です。
     600 相手の希望条件「日本」に、貴社の「大阪府」が当てはまります。
     400 調達額は初回投資額の範囲に収まります。
    -100 投資家は、この調達の発行形態に対応していません。
    -100 いずれかの側に記載がありません（法人の所在国）。
    -690 相手の投資実績は1件で、新しさで重み付けすると0.5件分です。
      48 相手の投資1件のうち1件が「再生医療・細胞・遺伝子治療」で、市場全体の割合の1.0倍です。
      90 相手の投資1件のうち1件が「シード」で、市場全体の割合の1.0倍です。
     140 相手の投資1件のうち1件が「日本」で、市場全体の割合の1.0倍です。
    -300 相手の投資1件のうち、場所・分野・段階・規模・時期を勘案すると0.0件分が今回に近い案件です。
     150 共通の言語（ja）で面談できます。
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
            .map(|part| part.text(Language::Ja))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&read), texts(&explanation));
}
