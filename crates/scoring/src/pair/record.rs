//! What the investing side's record says of a startup and its round.

use domain::taxonomy::Axis;
use serde_json::{Value, json};

use super::{Sink, decimal};
use crate::{
    ask::{Question, Speaks},
    factor::Factor,
    factors::{UNKNOWN, activity, kinds, partners, raise, share, usual},
    market::{Organisation, Row},
    record::{Alike, Around, Aspect, Choices, Place, Records},
};

/// Respects that give one contribution each.
pub(crate) const SINGLE: [(Factor, Aspect); 6] = [
    (Factor::RecordStage, Aspect::Stage),
    (Factor::RecordAmount, Aspect::Amount),
    (Factor::RecordCountry, Aspect::Country),
    (Factor::RecordSubdivision, Aspect::Subdivision),
    (Factor::RecordArea, Aspect::Area),
    (Factor::RecordCity, Aspect::City),
];

/// Respects that are shared out over labels.
pub(crate) const SHARED_OUT: [(Factor, Aspect); 2] = [
    (Factor::RecordSector, Aspect::Sector),
    (Factor::RecordTopic, Aspect::Topic),
];

/// The factors that read records.
pub(super) fn weigh(question: &Question<'_>, they: Row<'_>, sink: &mut impl Sink) {
    let pair = Pair::of(question, they);
    pair.weigh_holder(sink);
    pair.weigh_choices(sink);
    pair.weigh_similar(sink);
    pair.weigh_partners(sink);
    pair.weigh_round(sink);
}

/// What the investing side is, whoever is looked at.
pub(crate) fn holder_levels(records: &Records, row: usize, holder: &Organisation) -> [Level; 5] {
    let (deals, weight) = (records.deals(row), records.weight(row));
    [
        (Factor::Activity, activity::recent(deals, weight)),
        (Factor::Deals, activity::all(deals)),
        (Factor::RoundSize, records.round_size(row)),
        (Factor::Syndicate, records.syndicate(row)),
        (Factor::AlsoIncubates, kinds::also_incubates(holder.kinds)),
    ]
}

/// What the startup's round is, whoever looks at it.
pub(crate) fn round_levels(records: &Records, row: usize, startup: &Organisation) -> [Level; 7] {
    let target = startup.target();
    let investors = records.partners.investors(row).len();
    [
        (Factor::RaiseStage, raise::stage(target.stage)),
        (Factor::RaiseAmount, raise::amount(target.band)),
        (Factor::RaiseRounds, raise::rounds(records.past.rounds(row))),
        (Factor::RaiseInvestors, raise::investors(investors)),
        (
            Factor::MarketSector,
            startup.market_share(records, Aspect::Sector),
        ),
        (
            Factor::MarketCountry,
            startup.market_share(records, Aspect::Country),
        ),
        (
            Factor::MarketArea,
            startup.market_share(records, Aspect::Area),
        ),
    ]
}

/// A factor and its level.
pub(crate) type Level = (Factor, u8);

struct Pair<'a> {
    question: &'a Question<'a>,
    records: &'a Records,
    /// Whose record speaks.
    holder: Row<'a>,
    /// Of whom.
    startup: Row<'a>,
    /// Whether the record is the asker's.
    own: bool,
}

impl<'a> Pair<'a> {
    fn of(question: &'a Question<'_>, they: Row<'a>) -> Pair<'a> {
        let (holder, startup) = question.record(they);
        Pair {
            question,
            records: question.market.records(),
            own: question.me.id() == holder.id(),
            holder,
            startup,
        }
    }

    fn weigh_holder(&self, sink: &mut impl Sink) {
        let (records, row, own) = (self.records, self.holder.at(), self.own);
        let (deals, weight) = (records.deals(row), records.weight(row));
        for (factor, level) in holder_levels(records, row, self.holder.organisation) {
            sink.whole(factor, level, || match factor {
                Factor::Activity => {
                    let tenths = 10 * weight / activity::ONE;
                    let told = records.past.told(row);
                    json!({
                        "deals": deals, "recent": decimal(tenths), "own": own,
                        "since": told.map(|told| told.first.year()), "last": told.map(|told| told.last),
                    })
                }
                Factor::Deals => json!({"deals": deals, "own": own}),
                Factor::RoundSize => json!({"size": usual::dollars(level), "own": own}),
                Factor::Syndicate => json!({"count": usual::investors(level), "own": own}),
                _ => json!({"own": own}),
            });
        }
    }

    fn weigh_choices(&self, sink: &mut impl Sink) {
        for (factor, aspect) in SHARED_OUT {
            self.weigh_labels(factor, aspect, sink);
        }
        for (factor, aspect) in SINGLE {
            self.weigh_label(factor, aspect, sink);
        }
    }

    fn weigh_labels(&self, factor: Factor, aspect: Aspect, sink: &mut impl Sink) {
        let places = self.startup.organisation.asked(aspect);
        if places.is_empty() || self.records.deals(self.holder.at()) == 0 {
            return sink.whole(factor, UNKNOWN, || self.evidence(aspect, None));
        }
        for (index, &place) in places.iter().enumerate() {
            let share = share::share(index, places.len());
            if share > 0 {
                let level = self.level(aspect, place);
                sink.take(factor, level, share, || {
                    self.evidence(aspect, Some((index, place)))
                });
            }
        }
    }

    fn weigh_label(&self, factor: Factor, aspect: Aspect, sink: &mut impl Sink) {
        let place = self.startup.organisation.asked(aspect).first().copied();
        let level = place.map_or(UNKNOWN, |place| self.level(aspect, place));
        sink.whole(factor, level, || {
            self.evidence(aspect, place.map(|place| (0, place)))
        });
    }

    fn level(&self, aspect: Aspect, place: Place) -> u8 {
        self.choices(aspect).level(self.holder.at(), place)
    }

    fn choices(&self, aspect: Aspect) -> &'a Choices {
        self.records.choices(aspect)
    }

    fn weigh_similar(&self, sink: &mut impl Sink) {
        let (past, row) = (&self.records.past, self.holder.at());
        let startup = self.startup.organisation;
        let sought = startup.sought(self.records, self.startup.at());
        let (own, deals) = (self.own, self.records.deals(row));
        let sum = past.similar(row, &sought, self.question.likeness);
        let level = if deals > 0 { sum.level() } else { UNKNOWN };
        sink.whole(Factor::Similar, level, || {
            let target = self.startup.organisation.target();
            let alike = self.alike(past.alike(row, &target));
            json!({"similar": decimal(sum.tenths()), "deals": deals, "own": own, "alike": alike})
        });
    }

    /// What the deals have in common that are most like the round.
    fn alike(&self, alike: Option<Alike>) -> Option<Value> {
        let alike = alike?;
        let places = &self.startup.organisation.places;
        let place = alike.place.and_then(|place| match place {
            Around::Country(country) => Some(country.code().to_owned()),
            Around::Area => {
                let around = places.area.as_ref().or(places.subdivision.as_ref());
                around.map(|name| named(name).to_owned())
            }
        });
        let told = alike.told;
        Some(json!({
            "deals": told.deals, "led": told.led, "since": told.first.year(),
            "sector": alike.sector, "stage": alike.stage, "place": place,
        }))
    }

    fn weigh_partners(&self, sink: &mut impl Sink) {
        let found = &self.records.partners;
        let (holder, startup) = (self.holder.at(), self.startup.at());
        let sum = match &self.question.speaks {
            Speaks::Theirs { shared } => {
                let holder = u32::try_from(holder).expect("fewer than 2^32 rows");
                shared.find(holder).unwrap_or(0)
            }
            Speaks::Mine { shared } => {
                let partners = found.investors(startup).iter();
                partners.filter_map(|&row| shared.find(row)).sum()
            }
        };
        let shared = found.shared(holder, startup, sum);
        let evidence = || {
            let tenths = |parts: u64| decimal(10 * parts / partners::ONE);
            json!({
                "earlier": shared.earlier, "share": tenths(shared.sum), "expected": tenths(shared.expected),
                "own": self.own,
            })
        };
        sink.whole(Factor::Partners, partners::shared(shared), evidence);
        sink.whole(Factor::PartnerLift, partners::lift(shared), evidence);
    }

    fn weigh_round(&self, sink: &mut impl Sink) {
        let (records, row) = (self.records, self.startup.at());
        let target = self.startup.organisation.target();
        for (factor, level) in round_levels(records, row, self.startup.organisation) {
            sink.whole(factor, level, || match factor {
                Factor::RaiseStage => json!({"axis": Axis::Stages, "label": target.stage}),
                Factor::RaiseAmount => json!({"round": target.band}),
                Factor::RaiseRounds => json!({"count": records.past.rounds(row)}),
                Factor::RaiseInvestors => json!({"count": records.partners.investors(row).len()}),
                Factor::MarketSector => self.label(Aspect::Sector, 0),
                Factor::MarketCountry => self.label(Aspect::Country, 0),
                _ => self.label(Aspect::Area, 0),
            });
        }
    }

    /// Deals with the label among those whose label is known, and the lift over the market.
    fn evidence(&self, aspect: Aspect, label: Option<(usize, Place)>) -> Value {
        let Some((index, place)) = label else {
            return json!({"own": self.own});
        };
        let mut evidence = self.label(aspect, index);
        let own = self.choices(aspect).own(self.holder.at(), place);
        let times = self.choices(aspect).lift_tenths(self.holder.at(), place);
        evidence["deals"] = (own.with / crate::factors::lift::DEAL).into();
        evidence["of"] = own.of.into();
        evidence["times"] = times.map(decimal).into();
        evidence["own"] = self.own.into();
        evidence
    }

    /// The label that is asked for, and on which axis where it stands on one.
    fn label(&self, aspect: Aspect, index: usize) -> Value {
        let target = self.startup.organisation.target();
        let place = |name: Option<&String>| {
            let name = name.map(|name| named(name));
            json!({"axis": Axis::Regions, "label": name})
        };
        match aspect {
            Aspect::Sector => json!({"axis": Axis::Sectors, "label": target.sectors.get(index)}),
            Aspect::Topic => json!({"label": self.startup.topic(index)}),
            Aspect::Stage => json!({"axis": Axis::Stages, "label": target.stage}),
            Aspect::Country => json!({"axis": Axis::Regions, "label": target.country}),
            Aspect::Subdivision => place(target.places.and_then(|p| p.subdivision.as_ref())),
            Aspect::Area => place(target.places.and_then(|p| p.area.as_ref())),
            Aspect::City => place(target.places.and_then(|p| p.city.as_ref())),
            Aspect::Amount => json!({"round": target.band}),
        }
    }
}

/// The name of a place without the country that parts it from its namesakes.
fn named(place: &str) -> &str {
    place.rsplit('/').next().unwrap_or(place)
}
