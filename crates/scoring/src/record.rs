//! Track records: what each organisation invested in, beside what the market did.

use domain::{RegionCode, SectorCode, StageCode, taxonomy::RegionLevel};
use jiff::civil::Date;

use crate::{
    Deal,
    factors::{
        UNKNOWN, activity,
        lift::{self, Share, Shrinkage},
    },
    ragged::Ragged,
};

/// What a deal was about, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target<'a> {
    pub(crate) sectors: &'a [SectorCode],
    pub(crate) home: Option<RegionCode>,
}

/// The records of all rows, and the market's.
#[derive(Debug)]
pub(crate) struct Records {
    deals: Vec<u32>,
    weights: Vec<u64>,
    pub(crate) sectors: Choices,
    pub(crate) stages: Choices,
    pub(crate) regions: Choices,
    pub(crate) countries: Choices,
}

impl Records {
    /// The records before `as_of`. `row` finds an investor's row, `target` what is known of a startup.
    pub(crate) fn build<'a>(
        rows: usize,
        deals: &[Deal],
        as_of: Date,
        row: impl Fn(&Deal) -> Option<usize>,
        target: impl Fn(&Deal) -> Target<'a>,
    ) -> Records {
        let mut counts = vec![0; rows];
        let mut weights = vec![0; rows];
        let [mut sectors, mut stages, mut regions, mut countries] = [const { Vec::new() }; 4];
        for deal in deals {
            let Some(age) = activity::age(deal.on, as_of) else {
                continue;
            };
            let (row, target) = (row(deal), target(deal));
            if let Some(row) = row {
                counts[row] += 1;
                weights[row] += activity::weight(age);
            }
            sectors.push((row, sector_terms(target.sectors)));
            stages.push((row, deal.stage.map(StageCode::index).into_iter().collect()));
            regions.push((row, target.home.map_or_else(Vec::new, region_terms)));
            let country = target.home.and_then(country_of);
            countries.push((row, country.map(RegionCode::index).into_iter().collect()));
        }
        Records {
            deals: counts,
            weights,
            sectors: Choices::of(rows, Shrinkage::SECTOR, &sectors),
            stages: Choices::of(rows, Shrinkage::STAGE, &stages),
            regions: Choices::of(rows, Shrinkage::REGION, &regions),
            countries: Choices::of(rows, Shrinkage::COUNTRY, &countries),
        }
    }

    /// Deals of `row`.
    pub(crate) fn deals(&self, row: usize) -> u32 {
        self.deals[row]
    }

    /// Deals of `row`, each decayed by its age, in parts of [`activity::ONE`].
    pub(crate) fn weight(&self, row: usize) -> u64 {
        self.weights[row]
    }
}

/// The sectors and all they lie in, each once.
fn sector_terms(sectors: &[SectorCode]) -> Vec<u16> {
    let around = |sector: &SectorCode| sector.term().ancestors.iter().copied();
    let mut terms: Vec<u16> = sectors.iter().flat_map(around).collect();
    terms.extend(sectors.iter().map(|sector| sector.index()));
    crate::sorted(terms)
}

/// The region and all it lies in.
fn region_terms(home: RegionCode) -> Vec<u16> {
    let mut terms = home.term().ancestors.to_vec();
    terms.push(home.index());
    terms
}

/// The country that `region` is or lies in.
pub(crate) fn country_of(region: RegionCode) -> Option<RegionCode> {
    let around = region.term().ancestors.iter().copied();
    std::iter::once(region.index())
        .chain(around)
        .filter_map(RegionCode::from_index)
        .find(|region| region.term().level == Some(RegionLevel::Country))
}

/// How often each row, and the market, chose each term of one axis.
#[derive(Debug)]
pub(crate) struct Choices {
    shrinkage: Shrinkage,
    /// Deals by term, all investors together.
    market: Vec<u32>,
    /// Deals whose term is known, all investors together.
    market_of: u32,
    /// By row: its deals whose term is known.
    known: Vec<u32>,
    /// By row: the level of a term it never chose though the market did.
    never: Vec<u8>,
    /// By row: the terms it chose, in order.
    chosen: Ragged<Chosen>,
    /// By term: the rows that chose it, with its level there.
    by_term: Ragged<(u32, u8)>,
}

/// The levels of one term by row.
pub(crate) struct Column {
    pub(crate) term: u16,
    pub(crate) levels: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Chosen {
    term: u16,
    level: u8,
    deals: u32,
}

impl Choices {
    fn of(rows: usize, shrinkage: Shrinkage, deals: &[(Option<usize>, Vec<u16>)]) -> Choices {
        let width = deals.iter().flat_map(|(_, terms)| terms).max();
        let mut market = vec![0; width.map_or(0, |&term| usize::from(term) + 1)];
        let mut market_of = 0;
        let mut known = vec![0; rows];
        let mut chosen = vec![Vec::<u16>::new(); rows];
        for (row, terms) in deals.iter().filter(|(_, terms)| !terms.is_empty()) {
            market_of += 1;
            for &term in terms {
                market[usize::from(term)] += 1;
            }
            if let &Some(row) = row {
                known[row] += 1;
                chosen[row].extend(terms);
            }
        }
        let level = |own, market| lift::level(own, market, shrinkage);
        let cell = |(terms, &of): (Vec<u16>, &u32)| {
            let runs = runs(terms).into_iter();
            let market = &market;
            runs.map(move |(term, with)| Chosen {
                term,
                level: level(
                    Share { with, of },
                    Share {
                        with: market[usize::from(term)],
                        of: market_of,
                    },
                ),
                deals: with,
            })
        };
        // Without own deals the market's share falls out of the lift: any will do.
        let any = Share { with: 1, of: 1 };
        let never = known.iter().map(|&of| level(Share { with: 0, of }, any));
        let never = never.collect();
        let chosen = Ragged::collect(chosen.into_iter().zip(&known).map(cell));
        Choices {
            by_term: by_term(rows, market.len(), &chosen),
            never,
            chosen,
            shrinkage,
            market_of,
            known,
            market,
        }
    }

    /// The level of `term` in the record of `row`.
    pub(crate) fn level(&self, row: usize, term: u16) -> u8 {
        if self.market(term).with == 0 {
            return UNKNOWN;
        }
        self.chosen(row, term)
            .map_or(self.never[row], |chosen| chosen.level)
    }

    /// The level of `term` in the record of every row: one byte each, read in order by a list over all rows.
    pub(crate) fn column(&self, term: u16) -> Column {
        if self.market(term).with == 0 {
            return Column {
                term,
                levels: vec![UNKNOWN; self.never.len()],
            };
        }
        let mut levels = self.never.clone();
        let rows = self.by_term.row(usize::from(term));
        for &(row, level) in rows {
            levels[row as usize] = level;
        }
        Column { term, levels }
    }

    /// Deals of `row` with `term`, of those whose term is known.
    pub(crate) fn own(&self, row: usize, term: u16) -> Share {
        Share {
            with: self.chosen(row, term).map_or(0, |chosen| chosen.deals),
            of: self.known[row],
        }
    }

    /// Deals of the market with `term`, of those whose term is known.
    pub(crate) fn market(&self, term: u16) -> Share {
        Share {
            with: self.market.get(usize::from(term)).copied().unwrap_or(0),
            of: self.market_of,
        }
    }

    /// The lift of `term` in the record of `row` in tenths, rounded down; none where it is unknown.
    pub(crate) fn lift_tenths(&self, row: usize, term: u16) -> Option<u64> {
        lift::lift(self.own(row, term), self.market(term), self.shrinkage)
            .map(|(over, under)| 10 * over / under)
    }

    /// Terms that the market chose, with the number of deals.
    pub(crate) fn market_shares(&self) -> impl Iterator<Item = (u16, u32)> {
        let all = (0u16..).zip(self.market.iter().copied());
        all.filter(|&(_, deals)| deals > 0)
    }

    fn chosen(&self, row: usize, term: u16) -> Option<&Chosen> {
        let cell = self.chosen.row(row);
        let at = cell.binary_search_by_key(&term, |chosen| chosen.term);
        at.ok().map(|at| &cell[at])
    }
}

/// What was chosen, turned round.
fn by_term(rows: usize, terms: usize, chosen: &Ragged<Chosen>) -> Ragged<(u32, u8)> {
    let mut cells = vec![Vec::new(); terms];
    for row in 0..rows {
        let number = u32::try_from(row).expect("fewer than 2^32 rows");
        for choice in chosen.row(row) {
            cells[usize::from(choice.term)].push((number, choice.level));
        }
    }
    Ragged::collect(cells)
}

/// Each term once, in order, with how often it stands in `terms`.
fn runs(mut terms: Vec<u16>) -> Vec<(u16, u32)> {
    terms.sort_unstable();
    let mut runs: Vec<(u16, u32)> = Vec::new();
    for term in terms {
        match runs.last_mut() {
            Some((last, count)) if *last == term => *count += 1,
            _ => runs.push((term, 1)),
        }
    }
    runs
}
