//! What an organisation under one of its mandates holds, column by column.

use domain::{Kind, Strength};

use super::{Columns, Terms, about, demand, each_index, supply};
use crate::{
    aim::Aim,
    factor::Factor,
    factors::{activity, topic},
    index::{Nested, Values},
    kinds::KindSet,
    market::{Axis, OpenRound, Organisation, Row},
    pair::record::{holder_levels, round_levels},
    record::{Aspect, Partners, Records},
};

impl Columns {
    /// Writes an organisation under one of its mandates, or under none.
    pub(crate) fn fill(&self, records: &Records, row: Row<'_>, aim: Option<&Aim>, to: &mut Values) {
        (to.owner, to.tie_key) = (row.number(), row.tie_key());
        let organisation = row.organisation;
        self.fill_profile(organisation, to);
        self.fill_kinds(organisation, to);
        self.fill_record(records, row, to);
        self.fill_asked(organisation, to);
        to.set_number(self.number(Factor::Load), organisation.load);
        to.set_number(self.number(Factor::Exposure), organisation.exposure);
        match aim {
            Some(aim) => self.fill_mandate(aim, to),
            None => self.fill_bare(organisation, to),
        }
        self.fill_terms(organisation, aim, to);
    }

    /// What it is, by axis.
    fn fill_profile(&self, of: &Organisation, to: &mut Values) {
        let column = |axis: Axis| self.is[axis as usize].0;
        put(to, column(Axis::Sectors), each_index(&of.sectors));
        put(to, column(Axis::Modalities), each_index(&of.modalities));
        put(to, column(Axis::Indications), each_index(&of.indications));
        put(to, column(Axis::Stages), each_index(&of.stages));
        put(
            to,
            column(Axis::Regions),
            self.each_place(of.home.as_slice()),
        );
        put(to, column(Axis::Offers), each_index(&of.offers));
        put(to, column(Axis::Needs), each_index(&of.needs));
        let spoken = self.spoken(of.languages.iter().copied());
        put(to, column(Axis::Languages), spoken);
    }

    fn fill_kinds(&self, organisation: &Organisation, to: &mut Values) {
        for kind in organisation.kinds.iter() {
            let [acts, opted_in, offers] = self.acts[kind as usize];
            to.flags.push(acts);
            to.flags.extend(organisation.opted_in.then_some(opted_in));
            let has_offers = !organisation.offers.is_empty();
            to.flags.extend(has_offers.then_some(offers));
        }
    }

    fn fill_record(&self, records: &Records, row: Row<'_>, to: &mut Values) {
        let (at, organisation) = (row.at(), row.organisation);
        let holder = holder_levels(records, at, organisation);
        let round = round_levels(records, at, organisation);
        let investors = records.partners.investors(at).len().min(Partners::CROWD);
        to.set_number(self.investors, u8::try_from(investors).expect("few"));
        let left = activity::left(records.deals(at), records.weight(at));
        to.set_number(self.left, left);
        for (factor, level) in holder.into_iter().chain(round) {
            to.set_number(self.number(factor), level);
        }
        for aspect in Aspect::ALL {
            let choices = records.choices(aspect);
            let never = choices.never(at);
            to.set_number(self.never(aspect), never);
            let is_asked =
                |place| aspect != Aspect::Topic || choices.is_known(place, topic::DEALS_MIN);
            let chosen = choices.chosen_by(at);
            let is_told = |level| level != never || aspect.mentions_all();
            let told = chosen.filter(|&(place, level)| is_told(level) && is_asked(place));
            to.exceptions
                .extend(told.map(|(place, level)| (self.term(aspect, place), level)));
        }
    }

    /// The flags of what a mandate is about, of those in this place.
    fn fill_about(&self, aim: &Aim, place: usize, to: &mut Values) {
        for kind in Kind::ALL {
            for purpose in [None, Some(aim.purpose)] {
                if aim.is_about(KindSet::of(&[kind]), purpose) {
                    to.flags.push(self.about[about(kind, purpose)][place]);
                }
            }
        }
    }

    fn fill_mandate(&self, aim: &Aim, to: &mut Values) {
        self.fill_about(aim, 0, to);
        to.flags
            .extend(aim.is_intricate().then_some(self.intricate));
        for criterion in &aim.rules {
            let (axis, codes) = self.named(&criterion.on);
            let (demands, must) = self.must[axis as usize];
            if criterion.strength == Strength::Avoid {
                put(to, self.avoid[axis as usize], codes);
            } else if !to.flags.contains(&demands) {
                to.flags.push(demands);
                put(to, must, codes);
            }
        }
    }

    fn fill_bare(&self, organisation: &Organisation, to: &mut Values) {
        to.flags.push(self.bare);
        for aim in &organisation.aims {
            self.fill_about(aim, 1, to);
        }
    }

    /// What a mandate wants and accepts, or what is read in its stead.
    fn fill_terms(&self, organisation: &Organisation, aim: Option<&Aim>, to: &mut Values) {
        if let Some(aim) = aim {
            let [sectors, modalities, indications, stages] = self.wanted;
            put(to, sectors, each_index(&aim.sectors));
            put(to, modalities, each_index(&aim.modalities));
            put(to, indications, each_index(&aim.indications));
            put(to, stages, each_index(&aim.stages));
            put(to, self.targets, self.each_place(&aim.regions));
            if let Some((least, greatest)) = aim.cheques {
                put(to, self.cheques, least as u16..=greatest as u16);
            }
            let accepted = aim.instruments.iter().map(|&code| code as u16);
            put(to, self.instruments.column, accepted.map(Terms::accepted));
            let accepted = aim
                .entity_countries
                .iter()
                .filter_map(|&code| self.country(code));
            let terms = self.entity_countries;
            put(to, terms.column, accepted.map(Terms::accepted));
        }
        let speaks = aim.is_some_and(|aim| !aim.regions.is_empty());
        let home = if speaks {
            Some(self.home_of(None))
        } else {
            organisation.home.and_then(|home| self.region(home))
        };
        put(to, self.home, home);
        put(to, self.supply, each_index(supply(organisation, aim)));
        put(to, self.demand, each_index(demand(organisation, aim)));
        if let Some(round) = &organisation.round {
            self.fill_round(round, aim.is_none(), to);
        }
    }

    fn fill_round(&self, round: &OpenRound, bare: bool, to: &mut Values) {
        put(to, self.band, round.band.map(|band| band as u16));
        let issued = |terms: Terms, code| {
            if bare {
                terms.issued_bare(code)
            } else {
                terms.issued(code)
            }
        };
        let instruments = round.instruments.iter().map(|&code| code as u16);
        let codes = instruments.map(|code| issued(self.instruments, code));
        put(to, self.instruments.column, codes);
        let country = round.entity_country.and_then(|code| self.country(code));
        let codes = country.map(|code| issued(self.entity_countries, code));
        put(to, self.entity_countries.column, codes);
    }
}

fn put(to: &mut Values, column: Nested, codes: impl IntoIterator<Item = u16>) {
    to.codes
        .extend(codes.into_iter().map(|code| (column, code)));
}
