//! The rules of a question as what a plan demands of a row.

use domain::{OrganisationId, Strength};

use crate::{
    Among,
    aim::Aim,
    ask::Question,
    index::{Plan, Test},
    kinds::KindSet,
    market::{Axis, Columns, about},
    rules,
};

/// The rules that no mandate of the asker changes.
pub(super) fn add(question: &Question<'_>, plan: &mut Plan) {
    let columns = question.market.columns();
    plan.require(&[Test::Has(columns.acts[question.ask.kind as usize][0])]);
    add_kinds(question, plan);
    add_about(question, plan);
    for axis in Axis::ALL {
        let mine = columns.codes(axis, question.me.organisation);
        let (demands, must) = columns.must[axis as usize];
        let met = mine.iter().map(|&code| Test::Near(must, code, 1));
        let met: Vec<Test> = met.chain([Test::Lacks(demands)]).collect();
        plan.require(&met);
        for &code in &mine {
            plan.require(&[Test::Far(columns.avoid[axis as usize], code, 1)]);
        }
    }
    plan.exclude(kept_off(question));
    if let Some(members) = question.ask.members {
        plan.among(rows(question, members.iter().copied()));
    }
}

/// What one mandate of the asker, if it has any, demands and excludes.
pub(super) fn add_mandate(columns: &Columns, mine: Option<&Aim>, plan: &mut Plan) {
    for criterion in mine.into_iter().flat_map(|aim| &aim.rules) {
        let (axis, codes) = columns.named(&criterion.on);
        let (column, within) = columns.is[axis as usize];
        if criterion.strength == Strength::Avoid {
            for code in codes {
                plan.require(&[Test::Far(column, code, within)]);
            }
        } else {
            let near = codes
                .into_iter()
                .map(|code| Test::Near(column, code, within));
            plan.require(&near.collect::<Vec<_>>());
        }
    }
}

/// The kinds that the programme brings the asker together with.
fn add_kinds(question: &Question<'_>, plan: &mut Plan) {
    let (table, acts) = (&question.table, &question.market.columns().acts);
    let flags = |kinds: KindSet, way: usize| kinds.iter().map(move |kind| acts[kind as usize][way]);
    let i_offer = !question.me.offers().is_empty();
    let offering = flags(table.offers, if i_offer { 0 } else { 2 });
    let open = flags(table.open, 0).chain(flags(table.opted_in, 1));
    plan.require(&open.chain(offering).map(Test::Has).collect::<Vec<_>>());
}

/// Rows of mandates about the asker, and the rows without where none is.
fn add_about(question: &Question<'_>, plan: &mut Plan) {
    let columns = question.market.columns();
    let about = question.me.kinds().iter();
    let about = about.map(|kind| columns.about[about_of(kind, question)]);
    let mut speaks = vec![Test::Has(columns.bare)];
    for [is_about, some_is] in about {
        speaks.push(Test::Has(is_about));
        plan.require(&[Test::Lacks(some_is)]);
    }
    plan.require(&speaks);
}

fn about_of(kind: domain::Kind, question: &Question<'_>) -> usize {
    about(kind, question.ask.purpose)
}

/// The rows of single organisations that a rule keeps off.
fn kept_off(question: &Question<'_>) -> Vec<u32> {
    let (market, me) = (question.market, question.me);
    let mut numbers = vec![me.number()];
    numbers.extend(me.house().into_iter().flat_map(|house| market.house(house)));
    numbers.extend(market.blocking(me.id()));
    let named = me.blocked().iter().chain(question.ask.cooling);
    numbers.extend(named.filter_map(|&id| market.number(id)));
    if question.ask.among == Among::Strangers {
        let partners = &market.records().partners;
        numbers.extend(partners.investors(me.at()));
        numbers.extend(partners.startups(me.at()));
    }
    let rows = numbers.iter().flat_map(|&number| market.rows_of(number));
    let mut rows: Vec<u32> = rows.copied().collect();
    let stops = |&(_, aim): &(u32, &Aim)| !rules::passes(aim, me);
    rows.extend(market.intricate().filter(stops).map(|(row, _)| row));
    rows
}

/// The rows of these organisations.
fn rows(question: &Question<'_>, of: impl Iterator<Item = OrganisationId>) -> Vec<u32> {
    let market = question.market;
    of.filter_map(|id| market.number(id))
        .flat_map(|number| market.rows_of(number).iter().copied())
        .collect()
}
