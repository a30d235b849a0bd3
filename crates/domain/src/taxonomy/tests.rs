use super::*;

#[test]
fn all_taxonomies_and_mappings_are_in_order() {
    if let Err(faults) = check() {
        panic!("{faults}");
    }
}
