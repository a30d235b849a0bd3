use super::*;

fn code<A: OnAxis>(code: &str) -> Code<A> {
    code.parse().unwrap()
}

fn region(name: &str) -> RegionCode {
    code(name)
}

#[test]
fn all_taxonomies_and_mappings_are_in_order() {
    if let Err(faults) = check() {
        panic!("{faults}");
    }
}

#[test]
fn every_axis_is_as_broad_as_a_hub_needs() {
    let leaves = |axis| {
        let taxonomy = taxonomy(axis);
        (0u16..)
            .zip(taxonomy.terms())
            .filter(|(index, _)| taxonomy.children(*index).is_empty())
            .count()
    };

    assert!(leaves(Axis::Sectors) >= 150);
    assert!(leaves(Axis::Modalities) >= 60);
    assert!(leaves(Axis::Indications) >= 120);
    assert!(leaves(Axis::Capabilities) >= 60);
    assert!(leaves(Axis::Stages) >= 70);
    assert!(leaves(Axis::Regions) >= 4_000);
}

#[test]
fn every_term_has_both_labels_and_stands_below_its_parent() {
    for taxonomy in Axis::ALL.map(taxonomy) {
        for (index, term) in (0u16..).zip(taxonomy.terms()) {
            assert!(!term.label.en.is_empty() && !term.label.ja.is_empty());
            assert_eq!(taxonomy.find(&term.code), Some(index));
            if let Some(parent) = term.parent {
                assert!(parent < index, "{}", term.code);
                assert_eq!(taxonomy.depth(parent) + 1, term.depth);
            }
        }
    }
}

#[test]
fn sectors_have_three_levels() {
    for sector in SectorCode::all() {
        let has_children = !taxonomy(Axis::Sectors).children(sector.index()).is_empty();
        assert_eq!(has_children, sector.term().depth < 2, "{sector}");
    }
}

#[test]
fn taiwan_and_hong_kong_bear_the_names_their_people_use() {
    let label = |code| {
        let label = region(code).label();
        (label.en.as_str(), label.ja.as_str())
    };

    assert_eq!(label("TW"), ("Taiwan", "台湾"));
    assert_eq!(label("HK"), ("Hong Kong", "香港"));
    assert_eq!(label("JP-27"), ("Osaka", "大阪府"));
    assert_eq!(label("US-CA"), ("California", "カリフォルニア州"));
}

#[test]
fn what_is_on_the_list_of_countries_is_nobodys_province() {
    let taiwans = RegionCode::all().filter(|region| region.label().ja.contains("台湾"));

    assert_eq!(taiwans.collect::<Vec<_>>(), [region("TW")]);
    assert_eq!(region_of_iso("CN-TW"), Some(region("TW")));
    assert_eq!(region_of_iso("CN-HK"), Some(region("HK")));
    assert!(!region("TW").is_within(region("CN")));
}

#[test]
fn osaka_is_within_kansai_japan_and_asia() {
    let osaka = region("JP-27");

    for around in ["kansai", "keihanshin", "JP", "030", "142", "apac", "001"] {
        assert!(osaka.is_within(region(around)), "{around}");
    }
    assert!(!osaka.is_within(region("kanto")));
    assert!(!region("JP").is_within(osaka));
}

#[test]
fn containment_grows_with_the_distance() {
    let check = |place, target, expect| {
        assert_eq!(
            containment(region(place), region(target)),
            expect,
            "{place} for {target}"
        );
    };

    check("JP-27", "JP-27", Containment::Same);
    check("JP-27", "kansai", Containment::Within);
    check("nakanoshima", "142", Containment::Within);
    check("JP-27", "JP-26", Containment::SameArea);
    check("kansai", "JP-27", Containment::SameArea);
    check("HK", "CN-GD", Containment::SameArea);
    check("JP-27", "JP-13", Containment::SameCountry);
    check("JP", "JP-13", Containment::SameCountry);
    check("bay_area", "greater_boston", Containment::SameCountry);
    check("JP-27", "KR-11", Containment::SameSubregion);
    check("DE", "AT-9", Containment::SameSubregion);
    check("JP-27", "SG", Containment::SameContinent);
    check("142", "JP", Containment::SameContinent);
    check("JP-27", "US-CA", Containment::Elsewhere);
}

#[test]
fn clinical_research_and_clinical_trials_are_different_steps() {
    for ladder in ["therapeutics", "regenerative"] {
        let research: StageCode = code(&format!("{ladder}.clinical_research"));
        let trial: StageCode = code(&format!("{ladder}.trial_phase_1"));

        assert!(research.label().ja.starts_with("臨床研究"));
        assert!(trial.label().ja.starts_with("治験"));
        assert_eq!(research.ladder_distance(trial), Some(1));
    }
}

#[test]
fn rungs_of_one_ladder_are_in_order_and_ladders_do_not_compare() {
    let stage = |name| code::<Stage>(name);
    let (seed, series_a) = (stage("financing.seed"), stage("financing.series_a"));

    assert!(seed < series_a);
    assert_eq!(seed.ladder_distance(series_a), Some(2));
    assert_eq!(seed.ladder_distance(stage("devices.prototype")), None);
    assert_eq!(seed.ladder_distance(stage("financing")), None);
    assert_eq!(seed.ladder(), stage("financing"));
    assert_eq!(
        taxonomy(Axis::Stages).ladders().next(),
        Some(seed.ladder().index())
    );
}

#[test]
fn tree_distance_counts_steps_through_the_nearest_common_term() {
    let check = |a, b, expect| {
        let (a, b): (SectorCode, SectorCode) = (code(a), code(b));
        assert_eq!(a.tree_distance(b), expect);
        assert_eq!(b.tree_distance(a), expect);
    };

    check("energy.storage.batteries", "energy.storage.batteries", 0);
    check("energy.storage.batteries", "energy.storage", 1);
    check("energy.storage.batteries", "energy.storage.hydrogen", 2);
    check("energy.storage.batteries", "energy.generation.solar", 4);
    check("energy", "robotics", 2);
    check(
        "energy.storage.batteries",
        "robotics.drones.aerial_drones",
        6,
    );
}

#[test]
fn a_code_travels_as_its_string() {
    let codes: Vec<RegionCode> = serde_json::from_str(r#"["JP-27","kansai"]"#).unwrap();

    assert_eq!(
        serde_json::to_string(&codes).unwrap(),
        r#"["JP-27","kansai"]"#
    );
}

#[test]
fn an_unknown_code_is_refused_by_name() {
    let refused = SectorCode::try_from("sorcery").unwrap_err();
    let in_json = serde_json::from_str::<StageCode>(r#""financing.sorcery""#).unwrap_err();

    assert_eq!(refused.to_string(), "`sorcery` is not a code of sectors");
    assert!(
        in_json
            .to_string()
            .contains("`financing.sorcery` is not a code of stages")
    );
    assert!(
        "x".repeat(1_000_000)
            .parse::<RegionCode>()
            .unwrap_err()
            .code
            .len()
            == 64
    );
}

#[test]
fn venture_categories_lead_to_sectors_however_they_are_written() {
    let sector = |name| sector_of_category(name).map(Code::code);

    assert_eq!(sector("games_video"), Some("games"));
    assert_eq!(sector("Curated Web"), Some("consumer.social.web_services"));
    assert_eq!(sector("curated-web"), sector("Curated Web"));
    assert_eq!(sector("ＳａａＳ"), Some("software.enterprise"));
    assert_eq!(sector("Biotechnology"), Some("life_science.biopharma"));
    assert_eq!(sector("other"), None);
}

#[test]
fn common_venture_categories_are_all_known() {
    let names = "web software mobile biotech medical health cleantech enterprise ecommerce advertising games_video \
        semiconductor hardware network_hosting consulting analytics finance travel education social news photo_video \
        music fashion hospitality nanotech security messaging real_estate search transportation sports manufacturing \
        automotive local legal pets nonprofit design public_relations government";

    for name in names.split_whitespace() {
        assert!(sector_of_category(name).is_some(), "{name}");
    }
}

#[test]
fn round_names_lead_to_financing_stages() {
    let stage = |name| stage_of_name(name).map(Code::code);

    assert_eq!(stage("シード"), Some("financing.seed"));
    assert_eq!(stage("アーリー"), Some("financing.series_a"));
    assert_eq!(stage("ﾐﾄﾞﾙ"), Some("financing.series_b"));
    assert_eq!(stage("レイター"), Some("financing.series_c"));
    assert_eq!(stage("series-a"), stage("Series A"));
    assert_eq!(stage("series_c_plus"), stage("Series C+"));
    assert_eq!(stage("private_equity"), Some("financing.growth"));
    assert_eq!(stage("other"), None);
}

#[test]
fn the_four_phases_cover_the_ladder_up_to_listing_without_a_gap() {
    let mut next: StageCode = code("financing.pre_seed");

    for phase in phases() {
        assert_eq!(phase.first, next);
        assert!(phase.first <= phase.last);
        next = Code::from_index(phase.last.index() + 1).unwrap();
    }
    assert_eq!(next, code("financing.public"));
}

#[test]
fn iso_codes_are_read_in_every_common_spelling() {
    assert_eq!(region_of_country_alpha3("JPN"), Some(region("JP")));
    assert_eq!(region_of_country_alpha3("usa"), Some(region("US")));
    assert_eq!(region_of_country_alpha3("twn"), Some(region("TW")));
    assert_eq!(region_of_country_alpha3("JP"), None);
    assert_eq!(region_of_iso("us-ca"), Some(region("US-CA")));
    assert_eq!(region_of_iso("UK"), Some(region("GB")));
    assert_eq!(region_of_iso("US-PR"), Some(region("PR")));
    assert_eq!(region_of_iso("XX"), None);
}

#[test]
fn a_broken_file_is_described_line_by_line() {
    let entry = |code: &str, parent: Option<&str>, ja: &str| tree::Entry {
        code: code.into(),
        label: Label {
            en: "Word".into(),
            ja: ja.into(),
        },
        parent: parent.map(str::to_owned),
        also_in: Vec::new(),
        level: None,
    };

    let entries = vec![
        entry("a", None, "語"),
        entry("a", None, "語"),
        entry("b.c", Some("b"), "語"),
        entry("d", None, " "),
    ];
    let (taxonomy, faults) = Taxonomy::build(Axis::Sectors, entries);

    assert_eq!(taxonomy.terms().len(), 1);
    let list = Faults(faults).to_string();
    assert!(list.contains("sectors: `a` is there twice"));
    assert!(list.contains("sectors: `b.c` has the parent `b`, which does not stand above it"));
    assert!(list.contains("sectors: `d` lacks a label"));
}

#[test]
fn the_view_shows_code_parent_labels_and_place() {
    let view = |axis, code: &str| {
        let index = taxonomy(axis).find(code).unwrap();
        serde_json::to_value(TermView::of(axis, index)).unwrap()
    };

    assert_eq!(
        view(Axis::Stages, "financing.seed"),
        serde_json::json!({
            "code": "financing.seed",
            "parent": "financing",
            "label": {"en": "Seed", "ja": "シード"},
            "depth": 1,
            "ordinal": 1,
        })
    );
    assert_eq!(
        view(Axis::Regions, "JP-27")["areas"],
        serde_json::json!(["kansai", "keihanshin", "apac"])
    );
}

#[test]
fn the_example_in_each_code_type_is_a_code() {
    fn check<A: OnAxis>() {
        let example = A::DESCRIPTION.rsplit('`').nth(1).unwrap();
        assert!(example.parse::<Code<A>>().is_ok(), "{example}");
    }

    check::<Sector>();
    check::<Modality>();
    check::<Indication>();
    check::<Capability>();
    check::<Stage>();
    check::<Region>();
}

#[test]
fn a_document_with_codes_has_a_schema() {
    #[derive(utoipa::ToSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Profile {
        home: RegionCode,
        sectors: Vec<SectorCode>,
    }

    let mut schemas = Vec::new();
    <Profile as utoipa::ToSchema>::schemas(&mut schemas);

    let names: Vec<&str> = schemas.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["RegionCode", "SectorCode"]);
}
