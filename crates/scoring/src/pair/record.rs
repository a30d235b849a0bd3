//! What the investing side's record says of a startup and its round.

use domain::taxonomy::Axis;
use serde_json::{Value, json};

use super::{Sink, decimal};
use crate::{
    ask::{Question, Speaks},
    factor::Factor,
    factors::{UNKNOWN, activity, kinds, partners, raise, share, usual},
    market::Row,
    record::{Alike, Around, Aspect, Choices, Column, Records, Target, Term},
};

/// Respects that give one contribution each.
const SINGLE: [(Factor, Aspect); 6] = [
    (Factor::RecordStage, Aspect::Stage),
    (Factor::RecordAmount, Aspect::Amount),
    (Factor::RecordCountry, Aspect::Country),
    (Factor::RecordSubdivision, Aspect::Subdivision),
    (Factor::RecordArea, Aspect::Area),
    (Factor::RecordCity, Aspect::City),
];

/// Respects that are shared out over labels.
const SHARED_OUT: [(Factor, Aspect); 2] = [
    (Factor::RecordSector, Aspect::Sector),
    (Factor::RecordTopic, Aspect::Topic),
];

/// The factors that read records.
pub(super) fn weigh(question: &Question<'_>, they: Row<'_>, sink: &mut impl Sink) {
    let (holder, startup) = question.record(they);
    let pair = Pair {
        question,
        records: question.market.records(),
        target: startup.target(),
        holder,
        startup,
        own: question.me.id() == holder.id(),
    };
    pair.weigh_holder(sink);
    for (factor, aspect) in SHARED_OUT {
        pair.weigh_labels(factor, aspect, sink);
    }
    for (factor, aspect) in SINGLE {
        pair.weigh_label(factor, aspect, sink);
    }
    pair.weigh_similar(sink);
    pair.weigh_partners(sink);
    pair.weigh_round(sink);
}

struct Pair<'a> {
    question: &'a Question<'a>,
    records: &'a Records,
    target: Target<'a>,
    /// Whose record speaks.
    holder: Row<'a>,
    /// Of whom.
    startup: Row<'a>,
    /// Whether the record is the asker's.
    own: bool,
}

impl Pair<'_> {
    /// What the investing side is, whoever is looked at.
    fn weigh_holder(&self, sink: &mut impl Sink) {
        let (records, row, own) = (self.records, self.holder.at(), self.own);
        let (deals, weight) = (records.deals(row), records.weight(row));
        let recent = activity::recent(deals, weight);
        sink.whole(Factor::Activity, recent, || {
            let tenths = 10 * weight / activity::ONE;
            let told = records.past.told(row);
            json!({
                "deals": deals, "recent": decimal(tenths), "own": own,
                "since": told.map(|told| told.first.year()), "last": told.map(|told| told.last),
            })
        });
        let all = activity::all(deals);
        sink.whole(Factor::Deals, all, || json!({"deals": deals, "own": own}));
        let size = records.round_size(row);
        sink.whole(
            Factor::RoundSize,
            size,
            || json!({"size": usual::dollars(size), "own": own}),
        );
        let syndicate = records.syndicate(row);
        sink.whole(
            Factor::Syndicate,
            syndicate,
            || json!({"count": usual::investors(syndicate), "own": own}),
        );
        let incubates = kinds::also_incubates(self.holder.kinds());
        sink.whole(Factor::AlsoIncubates, incubates, || json!({"own": own}));
    }

    fn weigh_labels(&self, factor: Factor, aspect: Aspect, sink: &mut impl Sink) {
        let terms = aspect.asked(&self.target);
        if terms.is_empty() || self.records.deals(self.holder.at()) == 0 {
            return sink.whole(factor, UNKNOWN, || self.evidence(aspect, None));
        }
        for (index, &term) in terms.iter().enumerate() {
            let share = share::share(index, terms.len());
            if share > 0 {
                let level = self.level(aspect, term);
                sink.take(factor, level, share, || {
                    self.evidence(aspect, Some((index, term)))
                });
            }
        }
    }

    fn weigh_label(&self, factor: Factor, aspect: Aspect, sink: &mut impl Sink) {
        let term = aspect.asked(&self.target).first().copied();
        let level = term.map_or(UNKNOWN, |term| self.level(aspect, term));
        sink.whole(factor, level, || {
            self.evidence(aspect, term.map(|term| (0, term)))
        });
    }

    fn level(&self, aspect: Aspect, term: Term) -> u8 {
        if let Speaks::Theirs(asked) = &self.question.speaks {
            let mut columns = asked.columns[aspect as usize].iter();
            if let Some(column) = columns.find(|column: &&Column| column.term == term) {
                return column.levels[self.holder.at()];
            }
        }
        self.choices(aspect).level(self.holder.at(), term)
    }

    fn choices(&self, aspect: Aspect) -> &Choices {
        self.records.choices(aspect)
    }

    fn weigh_similar(&self, sink: &mut impl Sink) {
        let row = self.holder.at();
        let past = &self.records.past;
        let sums = match &self.question.speaks {
            Speaks::Theirs(asked) => past.similar(row, &asked.likeness),
            Speaks::Mine { .. } => past.similar_to(row, &self.target),
        };
        let known = self.records.deals(row) > 0;
        let level = |level: u8| if known { level } else { UNKNOWN };
        let (own, deals) = (self.own, self.records.deals(row));
        sink.whole(Factor::Similar, level(sums.here()), || {
            let alike = self.alike(past.alike(row, &self.target, false));
            json!({"similar": decimal(sums.tenths()), "deals": deals, "own": own, "alike": alike})
        });
        sink.whole(
            Factor::SimilarAnywhere,
            level(sums.anywhere()),
            || {
                let alike = self.alike(past.alike(row, &self.target, true));
                json!({"similar": decimal(sums.tenths_anywhere()), "deals": deals, "own": own, "alike": alike})
            },
        );
    }

    /// What the deals have in common that are most like the round.
    fn alike(&self, alike: Option<Alike>) -> Option<Value> {
        let alike = alike?;
        let places = self.target.places;
        let place = alike.place.and_then(|place| match place {
            Around::Country(country) => Some(country.code().to_owned()),
            Around::Area => {
                let around =
                    places.and_then(|places| places.area.as_ref().or(places.subdivision.as_ref()));
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
            Speaks::Theirs(asked) => asked.shared[holder],
            Speaks::Mine { shared } => {
                let partners = found.investors(startup).iter();
                partners.map(|&row| shared[row as usize]).sum()
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

    /// What the startup's round is, whoever looks at it.
    fn weigh_round(&self, sink: &mut impl Sink) {
        let target = &self.target;
        let stage = raise::stage(target.stage);
        sink.whole(
            Factor::RaiseStage,
            stage,
            || json!({"axis": Axis::Stages, "label": target.stage}),
        );
        let amount = raise::amount(target.band);
        sink.whole(
            Factor::RaiseAmount,
            amount,
            || json!({"round": target.band}),
        );
        let row = self.startup.at();
        let rounds = self.records.past.rounds(row);
        sink.whole(
            Factor::RaiseRounds,
            raise::rounds(rounds),
            || json!({"count": rounds}),
        );
        let earlier = self.records.partners.investors(row).len();
        sink.whole(
            Factor::RaiseInvestors,
            raise::investors(earlier),
            || json!({"count": earlier}),
        );
        for (factor, aspect) in [
            (Factor::MarketSector, Aspect::Sector),
            (Factor::MarketCountry, Aspect::Country),
            (Factor::MarketArea, Aspect::Area),
        ] {
            let terms = aspect.asked(target);
            let share = |term: &Term| raise::market_share(self.choices(aspect).market(*term));
            let level = terms.iter().map(share).max().unwrap_or(UNKNOWN);
            sink.whole(factor, level, || self.label(aspect, 0));
        }
    }

    /// Deals with the label among those whose label is known, and the lift over the market.
    fn evidence(&self, aspect: Aspect, label: Option<(usize, Term)>) -> Value {
        let Some((index, term)) = label else {
            return json!({"own": self.own});
        };
        let mut evidence = self.label(aspect, index);
        let own = self.choices(aspect).own(self.holder.at(), term);
        let times = self.choices(aspect).lift_tenths(self.holder.at(), term);
        evidence["deals"] = (own.with / crate::factors::lift::DEAL).into();
        evidence["of"] = own.of.into();
        evidence["times"] = times.map(decimal).into();
        evidence["own"] = self.own.into();
        evidence
    }

    /// The label that is asked for, and on which axis where it stands on one.
    fn label(&self, aspect: Aspect, index: usize) -> Value {
        let target = &self.target;
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
