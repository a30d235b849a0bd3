//! Names on block lists, and who goes by them: kept from one snapshot to the next, so that nobody who is renamed has all
//! organisations looked through.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use domain::{OrganisationId, fold_name};
use rpds::HashTrieMapSync;

use super::listed::Listed;

/// What is known of each name that is on a block list, by its folded spelling.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched(HashMap<String, Name>);

#[derive(Clone, Debug, Default)]
struct Name {
    /// Whose block lists hold it.
    watching: BTreeSet<OrganisationId>,
    /// Those that take part and go by it.
    named: BTreeSet<OrganisationId>,
}

impl Watched {
    pub(super) fn of(all: &HashTrieMapSync<OrganisationId, Arc<Listed>>) -> Watched {
        let mut watched = Watched::default();
        for listed in all.values() {
            watched.watch(listed);
        }
        if !watched.0.is_empty() {
            for listed in all.values() {
                watched.name(listed);
            }
        }
        watched
    }

    /// What is known after some changed: each before, where it was there, and now. `all` are looked through where a name is
    /// on a block list for the first time.
    pub(super) fn after<'a>(
        self: &Arc<Watched>,
        changed: impl Iterator<Item = (Option<&'a Listed>, &'a Listed)> + Clone,
        all: impl Iterator<Item = &'a Listed>,
    ) -> Arc<Watched> {
        let mut sides = changed
            .clone()
            .flat_map(|(before, now)| before.into_iter().chain([now]));
        if !sides.any(|listed| self.is_about(listed)) {
            return self.clone();
        }
        let mut next = Watched::clone(self);
        let mut new: HashSet<String> = HashSet::new();
        for (before, now) in changed {
            if let Some(before) = before {
                next.forget(before);
            }
            new.extend(next.watch(now));
            next.name(now);
        }
        next.0.retain(|_, name| !name.watching.is_empty());
        if !new.is_empty() {
            for listed in all {
                let found = names(listed).filter(|name| new.contains(name));
                next.enter(listed, found);
            }
        }
        Arc::new(next)
    }

    /// Those that take part and go by this name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = OrganisationId> {
        let found = self.0.get(&fold_name(name)).into_iter();
        found.flat_map(|name| name.named.iter().copied())
    }

    /// Those on whose block lists others are by name than before. Some more than once.
    pub(super) fn moved(self: &Arc<Watched>, before: &Arc<Watched>) -> Vec<OrganisationId> {
        if Arc::ptr_eq(self, before) {
            return Vec::new();
        }
        let then = |name: &String| before.0.get(name).map(|name| &name.named);
        let moved = self.0.iter();
        let moved = moved.filter(|(name, now)| then(name) != Some(&now.named));
        moved
            .flat_map(|(_, name)| &name.watching)
            .copied()
            .collect()
    }

    /// Whether it has names on its block list, or goes by one that is on another's.
    fn is_about(&self, listed: &Listed) -> bool {
        let is_watched = || names(listed).any(|name| self.0.contains_key(&name));
        !listed.block_list.names.is_empty() || !self.0.is_empty() && is_watched()
    }

    /// Writes down the names on its block list; those that are on none before.
    fn watch(&mut self, listed: &Listed) -> Vec<String> {
        let mut new = Vec::new();
        for name in &listed.block_list.names {
            let name = fold_name(name.as_str());
            if !self.0.contains_key(&name) {
                new.push(name.clone());
            }
            let watching = &mut self.0.entry(name).or_default().watching;
            watching.insert(listed.organisation.id);
        }
        new
    }

    /// Writes down which of the names it goes by.
    fn name(&mut self, listed: &Listed) {
        self.enter(listed, names(listed));
    }

    fn enter(&mut self, listed: &Listed, names: impl Iterator<Item = String>) {
        for name in names {
            if let Some(name) = self.0.get_mut(&name) {
                name.named.insert(listed.organisation.id);
            }
        }
    }

    /// Takes it off all names, whether it watches them or goes by them.
    fn forget(&mut self, listed: &Listed) {
        let id = listed.organisation.id;
        for name in &listed.block_list.names {
            if let Some(name) = self.0.get_mut(&fold_name(name.as_str())) {
                name.watching.remove(&id);
            }
        }
        for name in names(listed) {
            if let Some(name) = self.0.get_mut(&name) {
                name.named.remove(&id);
            }
        }
    }
}

/// Every spelling of the name of one that takes part, folded.
fn names(listed: &Listed) -> impl Iterator<Item = String> {
    let profile = listed.profile.as_ref().filter(|_| listed.is_matched());
    let names = profile
        .into_iter()
        .flat_map(|kept| kept.document.names.all());
    names.map(fold_name)
}
