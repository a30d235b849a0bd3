//! The contract that is committed is the one that the handlers keep.

use std::{fs, path::Path};

#[test]
fn the_committed_contract_is_that_of_the_handlers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api-spec/openapi.json");

    let contract = api::contract().to_pretty_json().unwrap();

    let committed = fs::read_to_string(file).unwrap();
    assert!(
        committed == format!("{contract}\n"),
        "write it anew: `just spec`"
    );
}
