//! `nakodo match-all` on the databases that a hub runs on.

use std::process::Command;

use domain::Kind;
use serde_json::json;
use testkit::{on_both, process::program};

#[test]
fn the_file_holds_for_everybody_the_list_that_they_see() {
    on_both(|hub| {
        for home in ["JP-27", "JP-13", "US-CA", "DE"] {
            let like = json!({"names": {"en": format!("Investor of {home}")}, "home": home});
            hub.organisation_like(Kind::Investor, &like);
        }
        let founders = [hub.founder("Kim"), hub.founder("Lee")];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lists.csv");

        let done = Command::new(program())
            .args(["match-all", "--kind=investor", "--k=3", "--out"])
            .arg(&file)
            .args(["--database-url", hub.database_url()])
            .env_clear()
            .output()
            .unwrap();

        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        let text = std::fs::read_to_string(&file).unwrap();
        let mut rows: Vec<&str> = text.lines().skip(1).collect();
        let mut seen = Vec::new();
        for founder in &founders {
            let asker = founder.organisation();
            let list = founder.get(&format!(
                "/v1/organisations/{asker}/matches?kind=investor&limit=3"
            ));
            let list = list.assert_status(200);
            for (rank, item) in (1..).zip(list.body["items"].as_array().unwrap()) {
                let other = item["organisation"]["id"].as_str().unwrap();
                let points = &item["points"];
                seen.push(format!("{asker},{rank},{other},{points},"));
            }
        }
        rows.sort_unstable();
        seen.sort_unstable();
        assert_eq!((rows.len(), seen.len()), (6, 6), "{text}");
        for (row, seen) in rows.iter().zip(&seen) {
            assert!(row.starts_with(seen.as_str()), "{row} is not {seen}");
        }
    });
}
