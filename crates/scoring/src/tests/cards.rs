//! Cards: what they refuse, and on which line.

use domain::Kind;

use crate::{Card, score};

const DEFAULT: &str = include_str!("../../cards/default.json");

/// The default card with one piece of its text replaced is refused on the piece's line for `why`.
#[track_caller]
fn refuses(from: &str, to: &str, why: &str) {
    let at = DEFAULT.find(from).expect("the piece stands in the card");
    let line = DEFAULT[..at].lines().count();

    let error = Card::parse(&DEFAULT.replacen(from, to, 1)).unwrap_err();

    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(error.line(), line, "{error}");
}

#[test]
fn the_default_card_is_in_order_and_no_probability() {
    let card = Card::default_card();

    assert!(!card.is_calibrated());
    assert_eq!(card.predicts(), None);
    assert_eq!(card.hash().len(), 64);
}

#[test]
fn a_card_that_is_wrong_names_the_line_and_what_is_wrong() {
    refuses(
        "\"stage.mine_in",
        "\"stage.miner_in",
        "there is no factor `stage.miner_in_their_mandate`",
    );
    refuses(
        "\"inside\"",
        "\"outside\"",
        "`cheque.mine_in_their_range` has no level `outside`",
    );
    refuses(
        "\"pair\": 0",
        "\"pair\": 20001",
        "not between -20000 and 20000",
    );
    refuses("\"pair\": 0", "\"pair\": 0.5", "invalid type");
    refuses("\"within\": 900", "\"within\": 901", "not a multiple of 12");
    refuses("\"far\": -700, ", "", "lacks level `far`");
    refuses(
        "\"far\": -700, ",
        "\"far\": 1, \"far\": 1, ",
        "level `far` stands twice",
    );
    refuses(
        "\"modality.in_common\"",
        "\"base\": {\"pair\": 0}, \"modality.in_common\"",
        "factor `base` stands twice",
    );
    refuses(
        "{\"unknown\": -100, \"none\": -100",
        "{\"unknown\": 200, \"none\": -100",
        "more than -100, the median of the known levels",
    );
    refuses(
        "\"calibrated\": false",
        "\"calibrated\": nearly",
        "expected",
    );
}

#[test]
fn a_card_must_state_every_factor_and_not_contradict_itself() {
    let without = DEFAULT.replacen("\"base\": {\"pair\": 0},", "", 1);
    let calibrated = DEFAULT.replacen("\"calibrated\": false", "\"calibrated\": true", 1);
    let shared = DEFAULT.replacen(
        "\"factors\"",
        "\"tables\": [{\"factors\": [\"base\", \"sector.in_common\"], \"cells\": {}}], \"factors\"",
        1,
    );

    for (text, why) in [
        (without, "the default lacks factor `base`"),
        (calibrated, "a calibrated card says what it `predicts`"),
        (shared, "`sector.in_common` is shared out over labels"),
    ] {
        let error = Card::parse(&text).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn what_makes_deals_alike_is_refused_by_its_line_too() {
    refuses(
        "\"earlier_rounds\": {}",
        "\"later_rounds\": {}",
        "deals are not alike in `later_rounds`",
    );
    refuses(
        "\"investors\": {}",
        "\"investors\": {\"any\": {\"many\": 1}}",
        "`investors` of a deal is never `many`",
    );
    refuses(
        "\"investors\": {}",
        "\"investors\": {\"seed\": {\"one\": 30001}}",
        "30001 thousandths of a doubling are not between -30000 and 30000",
    );
    refuses(
        "\"field\": {}",
        "\"field\": {\"any\": {\"fintech\": 1, \"fintech\": 2}}",
        "`fintech` stands twice",
    );
    let without = DEFAULT.replacen("\"likeness\"", "\"unlikeness\"", 1);
    assert!(Card::parse(&without).is_err());
}

#[test]
fn what_makes_deals_alike_is_part_of_a_card() {
    let other = DEFAULT.replacen("\"field\": {}", "\"field\": {\"any\": {\"fintech\": 7}}", 1);
    let other = Card::parse(&other).unwrap();

    let differences = Card::default_card().differences(&other);

    assert_ne!(other.hash(), Card::default_card().hash());
    let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["likeness: field any → fintech: 0 -> 7"]);
}

#[test]
fn a_section_may_say_otherwise_what_makes_deals_alike() {
    let own =
        "\"sections\": [\n    {\n      \"likeness\": {\"field\": {\"any\": {\"fintech\": 7}}},";
    let other = DEFAULT.replacen("\"sections\": [\n    {", own, 1);
    let other = Card::parse(&other).unwrap();

    let differences = Card::default_card().differences(&other);

    assert_ne!(other.hash(), Card::default_card().hash());
    let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        shown.contains(
            &"startup asks for investor: likeness: field any → fintech: 0 -> 7".to_owned()
        ),
        "{shown:?}"
    );
    assert!(
        shown
            .iter()
            .all(|line| line.starts_with("startup asks for investor: likeness: "))
    );
}

#[test]
fn the_hash_of_a_card_follows_its_content_and_not_its_spacing() {
    let spaced = Card::parse(&DEFAULT.replace("{\"", "{  \"")).unwrap();
    let other = Card::parse(&DEFAULT.replacen("{\"pair\": 0}", "{\"pair\": 1}", 1)).unwrap();

    assert_eq!(spaced.hash(), Card::default_card().hash());
    assert_ne!(other.hash(), Card::default_card().hash());
}

#[test]
fn a_card_that_states_a_hash_is_refused_on_that_line_unless_its_content_has_it() {
    let stating = |hash: &str| {
        let stated = format!("\"calibrated\": false,\n  \"hash\": \"{hash}\"");
        Card::parse(&DEFAULT.replacen("\"calibrated\": false", &stated, 1))
    };
    let hash = Card::default_card().hash();

    let changed = stating(&hash.replace(['0', '1'], "2")).unwrap_err();

    assert_eq!(stating(hash).unwrap().hash(), hash);
    assert_eq!(changed.line(), 4);
    assert!(changed.to_string().contains("its content has"), "{changed}");
    assert!(changed.to_string().ends_with("at line 4"), "{changed}");
}

#[test]
fn a_section_overrides_what_it_names_and_nothing_else() {
    use crate::factor::Factor;
    let card = Card::default_card();
    let section = card.section(Some(Kind::Startup), Kind::Investor);
    let default = card.section(Some(Kind::Investor), Kind::Startup);

    let cell = |factor| (section.points(factor, 1), default.points(factor, 1));

    assert_ne!(cell(Factor::Activity).0, cell(Factor::Activity).1);
    assert_eq!(cell(Factor::SectorMine).0, cell(Factor::SectorMine).1);
}

#[test]
fn a_score_lies_between_nothing_and_one_and_half_way_at_no_points() {
    assert!((score(0) - 0.5).abs() < 1e-12);
    assert!(score(-20_000) > 0.0 && score(-20_000) < 0.001);
    assert!(score(1_000) < score(1_001) && score(20_000) <= 1.0);
}
