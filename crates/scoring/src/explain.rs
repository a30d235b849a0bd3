//! Why a pair has its points, or why it is not on the list.

use std::borrow::Cow;

use domain::{Kind, Language, OrganisationId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Ask, Card, KeptOff, Market, Match,
    ask::Question,
    card::Section,
    factor::{FACTORS, Factor},
    kinds::KindSet,
    market::Row,
    pair::{self, Sink},
    rank,
    rules::{self, Passing},
    text,
};

/// A match with everything its points come from; kept with a request, it can be shown and added up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The match.
    #[serde(rename = "match")]
    pub matched: Match,
    /// Its parts: their points add up to the match's.
    pub contributions: Vec<Contribution>,
}

/// A part of a match's points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The factor; two joined by ` × ` for a two-factor table.
    pub factor: Cow<'static, str>,
    /// Its level.
    pub level: u8,
    /// The level's name; two joined by ` × ` for a two-factor table.
    pub level_name: Cow<'static, str>,
    /// How much of the factor this is, in twelfths.
    pub share: u8,
    /// The cell of the level times the share.
    pub points: i32,
    /// Why, as a code: `their_mandate_names_it`.
    pub code: Cow<'static, str>,
    /// What it rests on: labels, counts.
    pub evidence: Value,
}

/// One entry of a level vector: what a card needs to find the points again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The factor.
    pub factor: Cow<'static, str>,
    /// Its level.
    pub level: u8,
    /// In twelfths.
    pub share: u8,
}

impl Explanation {
    /// The levels alone, under [`FACTORS_VERSION`](crate::FACTORS_VERSION). Two-factor tables follow from them.
    pub fn level_vector(&self) -> Vec<Level> {
        let single = |part: &&Contribution| Factor::from_name(&part.factor).is_some();
        let parts = self.contributions.iter().filter(single);
        parts
            .map(|part| Level {
                factor: part.factor.clone(),
                level: part.level,
                share: part.share,
            })
            .collect()
    }
}

impl Contribution {
    /// One sentence for a reader of `language`, made from the code and the evidence alone.
    pub fn text(&self, language: Language) -> String {
        text::contribution(self, language)
    }
}

impl Card {
    /// The points that levels are worth between an asker whose primary kind is `asker` and a counterpart asked for as
    /// `counterpart`. None where the vector names a factor or level that this version does not have.
    pub fn points_of(&self, asker: Kind, counterpart: Kind, levels: &[Level]) -> Option<i32> {
        let section = self.section(Some(asker), counterpart);
        let mut by_factor = [0; FACTORS];
        let mut points = 0;
        for part in levels {
            let factor = Factor::from_name(&part.factor)?;
            factor.levels().get(usize::from(part.level))?;
            by_factor[factor as usize] = part.level;
            points += rank::part(section.points(factor, part.level), part.share);
        }
        let tables = section.tables().iter();
        let cell = |table: &crate::card::Table| {
            table.points(table.factors.map(|factor| by_factor[factor as usize]))
        };
        Some(points + tables.map(cell).sum::<i32>())
    }
}

/// The parts of one pair's points, in the order of the factors; or what keeps the pair off the asker's list.
///
/// # Errors
/// [`KeptOff`]. An organisation that the market does not hold is [`KeptOff::NotAvailable`], as is everything that
/// nobody is told.
pub fn explain(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    counterpart: OrganisationId,
) -> Result<Explanation, KeptOff> {
    let mut answers = explain_each(market, card, ask, &[counterpart]);
    answers.pop().expect("one answer per counterpart")
}

/// [`explain`] for each of `counterparts`, in their order; for a page of a list, since the question is made ready once.
pub fn explain_each(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    counterparts: &[OrganisationId],
) -> Vec<Result<Explanation, KeptOff>> {
    let question = Question::new(market, card, ask);
    let answer = |&counterpart: &OrganisationId| {
        let question = question.as_ref().ok_or(KeptOff::NotAvailable)?;
        let they = market.find(counterpart).ok_or(KeptOff::NotAvailable)?;
        explain_one(question, they)
    };
    counterparts.iter().map(answer).collect()
}

fn explain_one(question: &Question<'_>, they: Row<'_>) -> Result<Explanation, KeptOff> {
    let mut passing = Passing::default();
    rules::judge(question, they, &mut passing)?;
    if !they.kinds().meets(KindSet::of(&[question.ask.kind])) {
        return Err(KeptOff::KindTable);
    }
    let (matched, (mine, theirs)) = rank::best_match(question, they, &passing);
    let mut parts = Parts::new(question.section);
    pair::weigh_profiles(question, they, &mut parts);
    pair::weigh_mandates(question, they, mine, theirs, &mut parts);
    Ok(Explanation {
        matched,
        contributions: parts.finish(),
    })
}

/// Collects contributions.
struct Parts<'a> {
    section: &'a Section,
    levels: [u8; FACTORS],
    found: Vec<(Factor, Contribution)>,
}

impl<'a> Parts<'a> {
    fn new(section: &'a Section) -> Parts<'a> {
        Parts {
            section,
            levels: [0; FACTORS],
            found: Vec::new(),
        }
    }

    fn finish(mut self) -> Vec<Contribution> {
        self.found.sort_by_key(|(factor, _)| *factor);
        let tables = self.section.tables().iter().map(|table| {
            let levels = table.factors.map(|factor| self.levels[factor as usize]);
            together(table.factors, levels, table.points(levels))
        });
        let single = self.found.into_iter().map(|(_, part)| part);
        single.chain(tables).collect()
    }
}

/// The part of a two-factor table.
fn together([a, b]: [Factor; 2], levels: [u8; 2], points: i32) -> Contribution {
    let [first, second] = [a, b].map(Factor::name);
    let name = |factor: Factor, level: u8| factor.levels()[usize::from(level)];
    let (x, y) = (name(a, levels[0]), name(b, levels[1]));
    Contribution {
        factor: format!("{first} × {second}").into(),
        level: levels[0],
        level_name: format!("{x} × {y}").into(),
        share: 12,
        points,
        code: text::TOGETHER.into(),
        evidence: json!({"factors": [first, second], "levels": [x, y]}),
    }
}

impl Sink for Parts<'_> {
    fn take(&mut self, factor: Factor, level: u8, share: u8, evidence: impl FnOnce() -> Value) {
        self.levels[factor as usize] = level;
        let part = Contribution {
            factor: factor.name().into(),
            level,
            level_name: factor.levels()[usize::from(level)].into(),
            share,
            points: rank::part(self.section.points(factor, level), share),
            code: text::code(factor, level).into(),
            evidence: evidence(),
        };
        self.found.push((factor, part));
    }
}
