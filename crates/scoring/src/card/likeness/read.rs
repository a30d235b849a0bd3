//! Likeness as a card's text states it. Every check is made while the text is read, so that an error knows its line.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};

use super::{ANY, CELL_MAX, Likeness, Table};
use crate::factors::similar::Respect;

impl<'de> Deserialize<'de> for Likeness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Likeness, D::Error> {
        deserializer.deserialize_map(Respects)
    }
}

/// Reads an object in which no name stands twice; `read` takes the value of each.
fn each_once<'de, M: MapAccess<'de>>(
    mut map: M,
    mut read: impl FnMut(&str, &mut M) -> Result<(), M::Error>,
) -> Result<(), M::Error> {
    let mut names: Vec<String> = Vec::new();
    while let Some(name) = map.next_key::<String>()? {
        if names.contains(&name) {
            return Err(M::Error::custom(format!("`{name}` stands twice")));
        }
        read(&name, &mut map)?;
        names.push(name);
    }
    Ok(())
}

struct Respects;

impl<'de> Visitor<'de> for Respects {
    type Value = Likeness;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from what deals are alike in to cells")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Likeness, M::Error> {
        let mut likeness = Likeness::nothing();
        each_once(map, |name, map| {
            let mut all = Respect::ALL.into_iter();
            let respect = all.find(|respect| respect.name() == name);
            let respect = respect
                .ok_or_else(|| M::Error::custom(format!("deals are not alike in `{name}`")))?;
            let table = &mut likeness.tables[respect as usize];
            map.next_value_seed(Rows { respect, table })
        })?;
        Ok(likeness)
    }
}

/// Reads what may be asked for in a respect.
struct Rows<'a> {
    respect: Respect,
    table: &'a mut Table,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an object from what is asked for in `{}` to cells",
            self.respect.name()
        )
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        let Rows { respect, table } = self;
        each_once(map, |name, map| {
            let row = match name {
                ANY => 0,
                name => 1 + place::<M::Error>(respect.asked(), respect, name)?,
            };
            let row = &mut table.cells[row * table.columns..][..table.columns];
            map.next_value_seed(Cells { respect, row })
        })
    }
}

/// Reads what a deal may be in a respect.
struct Cells<'a> {
    respect: Respect,
    row: &'a mut [i32],
}

impl<'de> DeserializeSeed<'de> for Cells<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an object from the `{}` of a deal to a number",
            self.respect.name()
        )
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        let Cells { respect, row } = self;
        each_once(map, |name, map| {
            let cell = &mut row[place::<M::Error>(respect.of_deal(), respect, name)?];
            *cell = map.next_value()?;
            if (-CELL_MAX..=CELL_MAX).contains(cell) {
                return Ok(());
            }
            Err(M::Error::custom(format!(
                "{cell} thousandths of a doubling are not between -{CELL_MAX} and {CELL_MAX}"
            )))
        })
    }
}

fn place<E: Error>(names: &[&str], respect: Respect, name: &str) -> Result<usize, E> {
    let found = names.iter().position(|known| *known == name);
    found.ok_or_else(|| E::custom(format!("`{}` of a deal is never `{name}`", respect.name())))
}
