//! The report as a table: one line for each organisation, for a spreadsheet.

use domain::Language;
use jiff::tz::TimeZone;

use super::{Counted, Counts, region, sectors};
use crate::routes::me::OrganisationRef;

/// Spreadsheets read UTF-8 by it.
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) fn of(counts: &Counts<'_>, language: Language) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    text.push_str("id,name,kind,sectors,region,registered_on,new,places,requests\r\n");
    for one in &counts.organisations {
        let cells = cells(counts, one, language);
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn cells(counts: &Counts<'_>, one: &Counted<'_>, language: Language) -> [String; 9] {
    let organisation = &one.listed.organisation;
    let known = OrganisationRef::of(counts.snapshot, organisation.id, language);
    let sectors: Vec<String> = sectors(one.listed).into_iter().flatten().collect();
    let registered = organisation.created_at.to_zoned(TimeZone::UTC).date();
    [
        organisation.id.to_string(),
        known.map(|known| known.name).unwrap_or_default(),
        organisation.kind.code().to_owned(),
        sectors.join(" "),
        region(one.listed).unwrap_or_default(),
        registered.to_string(),
        one.is_new.to_string(),
        one.places.to_string(),
        one.requests.to_string(),
    ]
}

/// A cell in quotes. What a spreadsheet would compute begins with an apostrophe, so that it stays text.
fn quoted(cell: &str) -> String {
    let computes = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if computes { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}
