//! How well learning works: a card learned without the last half-year, measured on it beside the one made by hand.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
};

use domain::{Kind, OrganisationId};
use jiff::civil::Date;

use super::{NothingHappened, introductions::line, learn};
use crate::{
    Among, Ask, Card, History, Market, Trial,
    history::open_programme,
    measure::{Measures, ranks},
    rank,
};

/// Below every pair that is listed.
const UNLISTED: i32 = i32::MIN;

/// What the last half-year before `day` tells of a card that was learned from those before it, by the measures of an
/// evaluation. Of all that were candidates, as in [`learn`].
///
/// # Errors
/// [`NothingHappened`].
pub fn held_out(
    history: &History,
    day: Date,
    seed: u64,
    progress: &(dyn Fn(&str, f64) + Sync),
) -> Result<String, NothingHappened> {
    let trial = history.trials(day, 1).pop().ok_or(NothingHappened(day))?;
    let learned = learn(history, trial.opens, seed, progress)?.card;
    let raised = trial.asked.iter().map(|asked| &asked.raised);
    let market = history.market(trial.opens, raised);
    let mut report = format!(
        "\nheld out: learned before {}, measured from there on\n",
        trial.opens
    );
    let all: Vec<OrganisationId> = trial
        .asked
        .iter()
        .map(|asked| asked.raised.startup)
        .collect();
    let (startups, investors) = (startups(&trial), investors(&trial, &all));
    for (which, card) in [("by hand", Card::default_card()), ("learned", &learned)] {
        progress(which, 0.0);
        for (name, questions) in [("startups", &startups), ("investors", &investors)] {
            let _ = write!(report, "{name:10}");
            line(&mut report, which, &measured(&market, card, questions));
        }
    }
    Ok(report)
}

/// Who asks for what kind; who could be listed, and who came in.
struct Asked<'a> {
    asker: OrganisationId,
    kind: Kind,
    others: &'a [OrganisationId],
    right: Vec<OrganisationId>,
}

fn startups(trial: &Trial) -> Vec<Asked<'_>> {
    let asked = trial.asked.iter().map(|asked| Asked {
        asker: asked.raised.startup,
        kind: Kind::Investor,
        others: &trial.candidates,
        right: asked.chosen.clone(),
    });
    asked.filter(|asked| !asked.right.is_empty()).collect()
}

fn investors<'a>(trial: &Trial, startups: &'a [OrganisationId]) -> Vec<Asked<'a>> {
    let mut went_into: BTreeMap<OrganisationId, Vec<OrganisationId>> = BTreeMap::new();
    for asked in &trial.asked {
        for &investor in &asked.chosen {
            went_into
                .entry(investor)
                .or_default()
                .push(asked.raised.startup);
        }
    }
    let asked = went_into.into_iter().map(|(asker, right)| Asked {
        asker,
        kind: Kind::Startup,
        others: startups,
        right,
    });
    asked.collect()
}

fn measured(market: &Market, card: &Card, questions: &[Asked<'_>]) -> Vec<Measures> {
    let programme = open_programme();
    let nobody = HashSet::new();
    let of_question = |asked: &Asked<'_>| {
        let members: HashSet<OrganisationId> = asked.others.iter().copied().collect();
        let ask = Ask {
            asker: asked.asker,
            kind: asked.kind,
            mandate: None,
            purpose: None,
            table: &programme,
            members: Some(&members),
            cooling: &nobody,
            among: Among::Strangers,
        };
        let mut points = vec![UNLISTED; asked.others.len()];
        let place = |id: &OrganisationId| asked.others.binary_search(id).ok();
        for found in rank::rank(market, card, &ask, None, points.len()) {
            if let Some(place) = place(&found.organisation) {
                points[place] = found.points;
            }
        }
        let right: Vec<usize> = asked.right.iter().filter_map(place).collect();
        Measures::of(&ranks(&points, &right))
    };
    questions.iter().map(of_question).collect()
}
