//! A benchmark in small: what the command reads, prints and writes.

use std::{fmt::Write as _, fs, path::Path};

use tempfile::TempDir;

use super::{EvaluateArgs, Task, run};

/// Two cities; investors I1 and I2 keep to the first, I3 and I4 to the second.
fn bench() -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("windows/w")).unwrap();
    let (mut startups, mut rounds, mut deals) = (
        "startup_id,sector,country,state,region,city,tags\n".to_owned(),
        "round_id,startup_id,date,stage,amount_usd\n".to_owned(),
        "round_id,startup_id,investor_id,date\n".to_owned(),
    );
    for number in 1..=20 {
        let (city, investors) = if number % 2 == 0 {
            ("Boston", [1, 2])
        } else {
            ("Austin", [3, 4])
        };
        writeln!(startups, "S{number},biotech,USA,X,{city},{city},Cells").unwrap();
        writeln!(
            rounds,
            "R{number},S{number},2011-0{}-01,seed,1000000",
            1 + number % 9
        )
        .unwrap();
        for investor in investors {
            writeln!(
                deals,
                "R{number},S{number},I{investor},2011-0{}-01",
                1 + number % 9
            )
            .unwrap();
        }
    }
    startups += "S21,biotech,USA,X,Boston,Boston,Cells\nS22,biotech,USA,X,Austin,Austin,\n";
    for (name, text) in [
        ("startups_world_nc.csv", startups),
        ("rounds.csv", rounds),
        ("investments.csv", deals),
        (
            "investors.csv",
            "investor_id,kind\nI1,org\nI2,accelerator\nI3,org\nI4,accelerator\n".to_owned(),
        ),
    ] {
        pack(&path(&format!("{name}.gz")), &text);
    }
    for (name, text) in [
        (
            "candidates",
            "investor_id,kind\nI1,org\nI2,accelerator\nI3,org\nI4,accelerator\n",
        ),
        (
            "queries",
            "round_id,startup_id,date,stage,amount_usd,cold,lifesci,nonus\nR21,S21,2012-01-01,seed,900000,1,1,0\n\
             R22,S22,2012-02-01,seed,,1,1,0\n",
        ),
        (
            "qrels",
            "round_id,investor_id,cross_border\nR21,I1,0\nR21,I2,0\nR22,I4,1\n",
        ),
        ("exclude_prior_investors", "round_id,investor_id\nR22,I3\n"),
    ] {
        fs::write(path(&format!("windows/w/{name}.csv")), text).unwrap();
    }
    folder
}

fn pack(path: &Path, text: &str) {
    let mut packed =
        flate2::write::GzEncoder::new(fs::File::create(path).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    packed.finish().unwrap();
}

/// The report, the run and the run for TREC.
fn evaluated(folder: &Path, task: Task) -> [String; 3] {
    let file = |name: &str| Some(folder.join(name));
    fs::write(folder.join("card.json"), scoring::Card::DEFAULT_TEXT).unwrap();
    let report = run(&EvaluateArgs {
        bench: folder.to_owned(),
        window: "w".into(),
        task,
        card: file("card.json"),
        price: None,
        without: Vec::new(),
        run: file("run.csv"),
        trec: file("run.txt"),
    });
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    [report.unwrap(), read("run.csv"), read("run.txt")]
}

#[test]
fn a_startup_finds_first_who_invests_in_its_city_and_none_that_it_has() {
    let folder = bench();

    let [report, run, trec] = evaluated(folder.path(), Task::Investors);

    assert!(report.contains("n=    2  recall20 1.000"), "{report}");
    assert!(
        report.contains("cross-border investor  n=    1"),
        "{report}"
    );
    let first: Vec<&str> = run.lines().filter(|line| line.starts_with("R21")).collect();
    assert_eq!(first.len(), 4);
    assert!(
        first[0].starts_with("R21,I1,") || first[0].starts_with("R21,I2,"),
        "{first:?}"
    );
    assert!(!run.contains("R22,I3"));
    assert!(trec.starts_with("R21 Q0 I") && trec.lines().count() == run.lines().count() - 1);
}

#[test]
fn an_investor_finds_first_the_startup_of_its_city() {
    let folder = bench();

    let [report, run, _] = evaluated(folder.path(), Task::Startups);

    assert!(
        report.starts_with("investors              n=    3  recall20 1.000"),
        "{report}"
    );
    let first = run.lines().find(|line| line.contains(",I4,")).unwrap();
    assert!(first.starts_with("R22,"), "{first}");
}

#[test]
fn accelerators_are_ranked_among_themselves() {
    let folder = bench();

    let [report, run, _] = evaluated(folder.path(), Task::Accelerators);

    assert!(
        report.contains("mrr 1.000") && report.contains("hit1 1.000"),
        "{report}"
    );
    assert!(!run.contains(",I1,") && run.contains("R21,I2,"));
}

#[test]
fn a_missing_file_a_bad_card_and_an_unknown_window_are_named() {
    let folder = bench();
    let args = |window: &str, card: &str| EvaluateArgs {
        bench: folder.path().to_owned(),
        window: window.into(),
        task: Task::Investors,
        card: Some(folder.path().join(card)),
        price: None,
        without: Vec::new(),
        run: None,
        trec: None,
    };
    fs::write(folder.path().join("bad.json"), "{\n\"name\": 1}").unwrap();

    let said = |args: &EvaluateArgs| format!("{:#}", run(args).unwrap_err());

    assert!(said(&args("w", "bad.json")).contains("line 2"));
    assert!(said(&args("w", "none.json")).contains("none.json cannot be read"));
    assert!(said(&args("x", "bad.json")).contains("candidates.csv cannot be opened"));
}

#[test]
fn a_factor_can_be_left_out_and_a_calibrated_card_is_held_against_what_came() {
    let folder = bench();
    let calibrated = scoring::Card::DEFAULT_TEXT.replacen(
        "\"calibrated\": false",
        "\"calibrated\": true, \"predicts\": \"the investor comes in\"",
        1,
    );
    fs::write(folder.path().join("card.json"), calibrated).unwrap();
    let report = |without: &[&str]| {
        let places = ["area", "city", "country", "similar", "subdivision"];
        let places = places.map(|place| format!("track_record.{place}"));
        let without = match without {
            ["places"] => places.to_vec(),
            other => other.iter().map(|name| (*name).to_owned()).collect(),
        };
        run(&EvaluateArgs {
            bench: folder.path().to_owned(),
            window: "w".into(),
            task: Task::Investors,
            card: Some(folder.path().join("card.json")),
            price: None,
            without,
            run: None,
            trec: None,
        })
    };

    let (whole, without) = (report(&[]).unwrap(), report(&["places"]).unwrap());

    let measures = |report: &str| report.lines().next().unwrap().to_owned();
    assert_ne!(measures(&whole), measures(&without));
    assert!(whole.contains("log-loss a thousand pairs"), "{whole}");
    let unknown = report(&["track_record.country_club"]).unwrap_err();
    assert!(format!("{unknown:#}").contains("no factor `track_record.country_club`"));
}
