//! A market after some of its organisations changed: what they do not touch is shared.

use std::sync::Arc;

use domain::OrganisationId;

use super::{Columns, Market, Organisation, Row, Rows, Slot, all};
use crate::{Facts, aim::Aim, index::Values, parallel};

/// An organisation under one of its mandates, or under none: a row of the index.
type Side<'a> = (Row<'a>, Option<&'a Aim>);

impl Market {
    /// This market after some organisations changed or, where there are no facts, went away.
    ///
    /// Its lists are those of a market built anew from all facts and the same deals, as long as it
    /// [is whole](Market::is_whole).
    #[must_use]
    pub fn with(&self, changes: Vec<(OrganisationId, Option<Facts>)>) -> Market {
        let mut next = self.clone();
        let of = |facts| Arc::new(Organisation::of(facts, self.as_of, &self.records));
        let changes = parallel::map(changes, |(id, facts)| (id, facts.map(of)));
        let changed = changes
            .into_iter()
            .filter_map(|(id, organisation)| next.put(id, organisation));
        let changed = crate::sorted(changed.collect());
        let fits = |&number: &u32| {
            let row = next.numbered(number);
            row.is_none_or(|row| next.columns.hold(row.organisation))
        };
        if changed.iter().all(fits) {
            next.index_again(&changed);
        } else {
            // A region or language that nobody named before has no place in the columns.
            let columns = Columns::of(all(&next.organisations), &next.records);
            next.columns = Arc::new(columns);
            next.index_all();
        }
        next
    }

    /// A market in which these, which it holds, are what `facts` say, for what is read pair by pair: for trying what
    /// another fact would change. Its lists, and what the records hold of them, stay as they are.
    pub(crate) fn tried(&self, facts: Vec<Facts>) -> Market {
        let mut next = self.clone();
        for facts in facts.into_iter().filter(|facts| self.holds(facts.id)) {
            let organisation = Organisation::of(facts, self.as_of, &self.records);
            next.put(organisation.id, Some(Arc::new(organisation)));
        }
        next
    }

    /// Has an organisation be this, or be gone; its number, where there is or was one.
    fn put(&mut self, id: OrganisationId, organisation: Option<Arc<Organisation>>) -> Option<u32> {
        let known = self.number(id);
        self.is_whole &= match (known, &organisation) {
            (Some(number), Some(now)) => {
                let before = self.numbered(number);
                let reads_same =
                    before.is_some_and(|before| before.organisation.described == now.described);
                reads_same || !self.records.describe(number)
            }
            _ => !self.records.count(id, known),
        };
        let number = match known {
            Some(number) => number,
            None if organisation.is_none() => return None,
            None => {
                let next = u32::try_from(self.organisations.len()).expect("fewer than 2^32");
                self.numbers.add(id, next);
                self.organisations.push(Slot::default());
                next
            }
        };
        if organisation.is_none() {
            self.numbers.remove(id, number);
        }
        let slot = self.organisations.at_mut(number as usize);
        let now = organisation.clone();
        let before = std::mem::replace(&mut slot.organisation, organisation);
        self.link(number, before.as_deref(), now.as_deref());
        Some(number)
    }

    /// Writes down of whose house an organisation is and whom it is never shown to, in place of what it was before.
    fn link(&mut self, number: u32, before: Option<&Organisation>, now: Option<&Organisation>) {
        let house = |of: Option<&Organisation>| of.and_then(|of| of.house);
        if house(before) != house(now) {
            if let Some(house) = house(before) {
                self.houses.remove(house, number);
            }
            if let Some(house) = house(now) {
                self.houses.add(house, number);
            }
        }
        let blocked =
            |of: Option<&'_ Organisation>| of.map(|of| of.blocked.to_vec()).unwrap_or_default();
        let (before, now) = (blocked(before), blocked(now));
        for &gone in before.iter().filter(|id| !now.contains(id)) {
            self.blocked_by.remove(gone, number);
        }
        for &new in now.iter().filter(|id| !before.contains(id)) {
            self.blocked_by.add(new, number);
        }
    }

    /// Writes the rows of some organisations anew, behind all others: those they had are gone. So few blocks are written,
    /// whoever changes.
    fn index_again(&mut self, changed: &[u32]) {
        let mut next_row = self.index.rows();
        let mut changes: Vec<(u32, Option<Side<'_>>)> = Vec::new();
        let mut rows_of: Vec<Rows> = Vec::with_capacity(changed.len());
        for &number in changed {
            changes.extend(self.rows_of(number).iter().map(|&at| (at, None)));
            let mut rows = Rows::default();
            if let Some(row) = self.numbered(number).filter(|row| !row.is_hidden()) {
                for aim in row.organisation.sides() {
                    changes.push((next_row, Some((row, aim))));
                    rows.push(next_row);
                    next_row += 1;
                }
            }
            rows_of.push(rows);
        }
        let fill = |&(row, aim): &Side<'_>, values: &mut Values| {
            self.fill(row, aim, values);
        };
        self.index = self.index.with(&changes, fill);
        for (&number, rows) in changed.iter().zip(rows_of) {
            self.organisations.at_mut(number as usize).rows = rows;
        }
        let is_crowded = |&&number: &&u32| self.records.partners.is_crowded(number as usize);
        let moved: Vec<u32> = changed.iter().filter(is_crowded).copied().collect();
        if !moved.is_empty() {
            let others = self.crowded.iter().copied();
            let others = others.filter(|of| moved.binary_search(&of.number).is_err());
            let now = moved.iter().flat_map(|&number| self.crowded_rows(number));
            self.crowded = others.chain(now).collect();
        }
    }
}
