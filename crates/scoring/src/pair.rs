//! One pair: the level of every factor, with its evidence. Lists and explanations both read it, so they cannot differ.

pub(crate) mod record;

use domain::{
    RegionCode,
    taxonomy::{Axis, Code, OnAxis},
};
use serde_json::{Value, json};

use crate::{
    aim::Aim,
    ask::Question,
    factor::Factor,
    factors::{UNKNOWN, accepted, cheque, exposure, home, language, share, stage, tree},
    market::{OpenRound, Row, demand, supply},
};

/// Takes what is found out about a pair, one contribution after the other.
pub(crate) trait Sink {
    /// `factor` is at `level` for a `share` of it in twelfths. The evidence is made only when it is called for.
    fn take(&mut self, factor: Factor, level: u8, share: u8, evidence: impl FnOnce() -> Value);

    /// A factor that is not shared out.
    fn whole(&mut self, factor: Factor, level: u8, evidence: impl FnOnce() -> Value) {
        self.take(factor, level, 12, evidence);
    }
}

/// The factors that no mandate changes.
pub(crate) fn weigh_profiles(question: &Question<'_>, they: Row<'_>, sink: &mut impl Sink) {
    let me = question.me;
    sink.whole(Factor::Base, 0, || json!({}));
    in_common(sink, Factor::SectorCommon, me.sectors(), they.sectors());
    in_common(
        sink,
        Factor::ModalityCommon,
        me.modalities(),
        they.modalities(),
    );
    in_common(
        sink,
        Factor::IndicationCommon,
        me.indications(),
        they.indications(),
    );
    record::weigh(question, they, sink);
    let (level, shared) = language::level(me.languages(), they.languages());
    sink.whole(
        Factor::Language,
        level,
        || json!({"language": shared.as_ref().map(language::Spoken::text)}),
    );
    weigh_prices(they, sink);
}

/// What asks for others' sake: how much they were asked already, and how often they are listed.
fn weigh_prices(they: Row<'_>, sink: &mut impl Sink) {
    sink.whole(Factor::Load, they.load(), || json!({}));
    let level = they.exposure();
    sink.whole(
        Factor::Exposure,
        level,
        || json!({"times": exposure::times(level)}),
    );
}

/// The factors of a pair under one mandate of each side, where it has one about the other.
pub(crate) fn weigh_mandates(
    question: &Question<'_>,
    they: Row<'_>,
    mine: Option<&Aim>,
    theirs: Option<&Aim>,
    sink: &mut impl Sink,
) {
    weigh_labels(question.me, they, mine, theirs, sink);
    weigh_regions(question, they, mine, theirs, sink);
    weigh_needs(question.me, they, mine, theirs, sink);
    weigh_terms(question.me, they, mine, theirs, sink);
}

fn weigh_labels(
    me: Row<'_>,
    they: Row<'_>,
    mine: Option<&Aim>,
    theirs: Option<&Aim>,
    sink: &mut impl Sink,
) {
    macro_rules! axis {
        ($labels:ident, $in_theirs:ident, $in_mine:ident) => {
            let wanted = theirs.map_or(&[][..], |aim| &aim.$labels);
            in_their_mandate(sink, Factor::$in_theirs, me.$labels(), wanted);
            let wanted = mine.map_or(&[][..], |aim| &aim.$labels);
            in_my_mandate(sink, Factor::$in_mine, they.$labels(), wanted);
        };
    }
    axis!(sectors, SectorMine, SectorTheirs);
    axis!(modalities, ModalityMine, ModalityTheirs);
    axis!(indications, IndicationMine, IndicationTheirs);
    let wanted = theirs.map_or(&[][..], |aim| &aim.stages);
    let (level, found) = stage::best_of(me.stages(), wanted);
    sink.whole(Factor::StageMine, level, || match found {
        Some((label, wanted)) => evidence(Some(label), Some(wanted)),
        None => evidence::<domain::taxonomy::Stage>(None, None),
    });
    let wanted = mine.map_or(&[][..], |aim| &aim.stages);
    let (level, found) = stage::best_of(they.stages(), wanted);
    sink.whole(Factor::StageTheirs, level, || match found {
        Some((label, wanted)) => evidence(Some(wanted), Some(label)),
        None => evidence::<domain::taxonomy::Stage>(None, None),
    });
}

/// Each of my labels beside the nearest of theirs.
fn in_common<A: OnAxis>(
    sink: &mut impl Sink,
    factor: Factor,
    mine: &[Code<A>],
    theirs: &[Code<A>],
) {
    let nearest = |label| tree::best_label(theirs, label);
    share_out(sink, factor, (mine, theirs.is_empty()), nearest);
}

/// Each of my labels in their mandate.
fn in_their_mandate<A: OnAxis>(
    sink: &mut impl Sink,
    factor: Factor,
    mine: &[Code<A>],
    wanted: &[Code<A>],
) {
    let nearest = |label| tree::best_wanted(label, wanted);
    share_out(sink, factor, (mine, wanted.is_empty()), nearest);
}

/// The nearest of their labels in my mandate: a criterion is met by any of its labels, so the best one counts whole.
fn in_my_mandate<A: OnAxis>(
    sink: &mut impl Sink,
    factor: Factor,
    theirs: &[Code<A>],
    wanted: &[Code<A>],
) {
    let (level, found) = tree::best_of(theirs, wanted);
    sink.whole(factor, level, || match found {
        Some((label, wanted)) => evidence(Some(wanted), Some(label)),
        None => evidence::<A>(None, None),
    });
}

/// One contribution per label of mine with its share; one `unknown` for all where either side states nothing.
fn share_out<A: OnAxis>(
    sink: &mut impl Sink,
    factor: Factor,
    (mine, nothing_there): (&[Code<A>], bool),
    nearest: impl Fn(Code<A>) -> (u8, Option<Code<A>>),
) {
    if mine.is_empty() || nothing_there {
        return sink.whole(factor, UNKNOWN, || evidence::<A>(None, None));
    }
    for (index, &label) in mine.iter().enumerate() {
        let share = share::share(index, mine.len());
        if share > 0 {
            let (level, other) = nearest(label);
            sink.take(factor, level, share, || evidence(Some(label), other));
        }
    }
}

fn evidence<A: OnAxis>(mine: Option<Code<A>>, theirs: Option<Code<A>>) -> Value {
    json!({"axis": A::AXIS, "mine": mine, "theirs": theirs})
}

fn weigh_regions(
    question: &Question<'_>,
    they: Row<'_>,
    mine: Option<&Aim>,
    theirs: Option<&Aim>,
    sink: &mut impl Sink,
) {
    let me = question.me;
    let targets = theirs.map_or(&[][..], |aim| &aim.regions);
    let near = |target: &RegionCode| question.market.near(me.home(), Some(*target));
    let nearest = targets.iter().max_by_key(|target| near(target)).copied();
    let level = nearest.as_ref().map_or(UNKNOWN, near);
    sink.whole(Factor::RegionMine, level, || evidence(me.home(), nearest));

    let wanted = mine.map_or(&[][..], |aim| &aim.regions).iter();
    let levels = wanted.map(|&target| question.market.near(they.home(), Some(target)));
    let level = levels.max().unwrap_or(UNKNOWN);
    sink.whole(Factor::RegionTheirs, level, || evidence(None, they.home()));

    let i_target = mine.is_some_and(|mine| !mine.regions.is_empty());
    let level = if i_target || !targets.is_empty() {
        home::MANDATE_SPEAKS
    } else {
        question.market.near(they.home(), me.home())
    };
    sink.whole(Factor::RegionHome, level, || {
        evidence(me.home(), they.home())
    });
}

fn weigh_needs(
    me: Row<'_>,
    they: Row<'_>,
    mine: Option<&Aim>,
    theirs: Option<&Aim>,
    sink: &mut impl Sink,
) {
    let (wanted, offered) = (
        demand(me.organisation, mine),
        supply(they.organisation, theirs),
    );
    let nearest = |need| tree::best_label(offered, need);
    let nothing_offered = offered.is_empty();
    share_out(sink, Factor::NeedsMine, (wanted, nothing_offered), nearest);
    let (level, found) = tree::best_of(
        supply(me.organisation, mine),
        demand(they.organisation, theirs),
    );
    sink.whole(Factor::NeedsTheirs, level, || match found {
        Some((offer, need)) => evidence(Some(offer), Some(need)),
        None => evidence::<domain::taxonomy::Capability>(None, None),
    });
}

fn weigh_terms(
    me: Row<'_>,
    they: Row<'_>,
    mine: Option<&Aim>,
    theirs: Option<&Aim>,
    sink: &mut impl Sink,
) {
    for (factor, round, aim) in [
        (Factor::ChequeMine, me.round(), theirs),
        (Factor::ChequeTheirs, they.round(), mine),
    ] {
        let (band, range) = (
            round.and_then(|round| round.band),
            aim.and_then(|aim| aim.cheques),
        );
        let bounds = range.map(|(least, greatest)| [least, greatest]);
        let own = factor == Factor::ChequeMine;
        let evidence = || json!({"round": band, "cheques": bounds, "own": own});
        sink.whole(factor, cheque::level(band, range), evidence);
    }
    let deal = me.round().zip(theirs).or(they.round().zip(mine));
    let instruments = |(round, aim): (&OpenRound, &Aim)| {
        accepted::level(&round.instruments, &aim.instruments, |a, b| a == b)
    };
    let (level, instrument) = deal.map_or((UNKNOWN, None), instruments);
    let own = me.round().is_some() && theirs.is_some();
    sink.whole(
        Factor::Instrument,
        level,
        || json!({"instrument": instrument, "own": own}),
    );
    let countries = |(round, aim): (&OpenRound, &Aim)| {
        let entity = round.entity_country.as_slice();
        accepted::level(entity, &aim.entity_countries, RegionCode::is_within)
    };
    let (level, country) = deal.map_or((UNKNOWN, None), countries);
    sink.whole(
        Factor::EntityCountry,
        level,
        || json!({"axis": Axis::Regions, "label": country, "own": own}),
    );
}

/// Tenths as a decimal number in a text, so that no machine rounds it otherwise.
pub(super) fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}
