//! Why a pair has its points, or why it is not on the list.

use std::{borrow::Cow, cmp::Reverse};

use domain::{Kind, Language, OrganisationId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Ask, Band, Card, KeptOff, Market, Match,
    ask::Question,
    card::Section,
    factor::{FACTORS, Factor},
    kinds::KindSet,
    pair::{self, Sink},
    rank,
    rules::{self, Passing},
    text::{self, Reason},
};

/// A match with everything its points come from; kept with a request, it can be shown and added up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The match.
    #[serde(rename = "match")]
    pub matched: Match,
    /// What its points are called.
    #[serde(default = "possible")]
    pub band: Band,
    /// Its parts: their points add up to the match's. The loudest first, of equal ones in the order of the factors.
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
    /// Its points beyond those of a pair of which nothing is known: how loudly it speaks, and for or against.
    #[serde(default)]
    pub beyond: i32,
    /// Why, as a code: `their_mandate_names_it`.
    pub code: Cow<'static, str>,
    /// What it rests on: labels, counts.
    pub evidence: Value,
}

/// Whether a part speaks for a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaks {
    /// It gives more than if nothing were known.
    For,
    /// It gives less.
    Against,
    /// It gives the same.
    Neither,
}

/// The band of what was kept before there were bands.
fn possible() -> Band {
    Band::Possible
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
    /// With the parts to be read alone: those that have points or speak for or against, with labels of a factor of which the
    /// same is said in one part; its evidence then has a list for the label. The others are worth nothing, so that the sum
    /// is the same.
    #[must_use]
    pub fn telling(self) -> Explanation {
        let mut told: Vec<Contribution> = Vec::with_capacity(self.contributions.len());
        for part in self.contributions.into_iter().filter(Contribution::tells) {
            match told.iter_mut().find(|before| before.says_the_same(&part)) {
                Some(before) => before.join(part),
                None => told.push(part),
            }
        }
        told.sort_by_key(|part| Reverse(part.beyond.abs()));
        Explanation {
            contributions: told,
            ..self
        }
    }

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
    /// Whether it has points or speaks for or against.
    fn tells(&self) -> bool {
        self.points != 0 || self.beyond != 0
    }

    /// Whether it speaks for the pair.
    pub fn speaks(&self) -> Speaks {
        match self.beyond {
            1.. => Speaks::For,
            0 => Speaks::Neither,
            ..0 => Speaks::Against,
        }
    }

    /// The member of the evidence that names the asker's label of a factor that is shared out.
    fn named(&self) -> Option<&'static str> {
        let of = |evidence: &Value, member: &str| !evidence[member].is_null();
        ["mine", "label"]
            .into_iter()
            .find(|member| of(&self.evidence, member))
            .filter(|_| Factor::from_name(&self.factor).is_some_and(Factor::is_shared_out))
    }

    /// Whether the two differ in the asker's label alone.
    fn says_the_same(&self, other: &Contribution) -> bool {
        if (&self.factor, self.level) != (&other.factor, other.level) {
            return false;
        }
        self.named().is_some_and(|name| {
            other.named() == Some(name) && self.evidence_but(name).eq(other.evidence_but(name))
        })
    }

    fn evidence_but(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        let members = self.evidence.as_object().into_iter().flatten();
        members.filter(move |(member, _)| *member != name)
    }

    /// Takes in another part that says the same.
    fn join(&mut self, mut other: Contribution) {
        let Some(name) = self.named() else { return };
        self.share += other.share;
        self.points += other.points;
        self.beyond += other.beyond;
        let mut labels = match self.evidence[name].take() {
            Value::Array(labels) => labels,
            label => vec![label],
        };
        labels.push(other.evidence[name].take());
        self.evidence[name] = labels.into();
    }

    /// One sentence for a reader of `language`, made from the code and the evidence alone.
    pub fn text(&self, language: Language) -> Reason<'_> {
        Reason {
            part: self,
            language,
        }
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

/// The parts of one pair's points, the loudest first; or what keeps the pair off the asker's list.
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
    let question = Question::new(market, card, ask).ok_or(KeptOff::NotAvailable)?;
    explain_one(&question, card, counterpart, Told::Everything)
}

/// The list of [`rank`](crate::rank()), each of its matches explained by what is [`telling`](Explanation::telling); the
/// question is made ready once.
pub struct Explained<'a> {
    question: Option<Question<'a>>,
    card: &'a Card,
}

impl<'a> Explained<'a> {
    /// A list as it may be asked for.
    pub fn new(market: &'a Market, card: &'a Card, ask: &'a Ask<'a>) -> Explained<'a> {
        Explained {
            question: Question::new(market, card, ask),
            card,
        }
    }

    /// As [`rank`](crate::rank()).
    pub fn rank(&self, after: Option<(i32, u32, OrganisationId)>, k: usize) -> Vec<Match> {
        let question = self.question.as_ref();
        question.map_or_else(Vec::new, |question| rank::best(question, after, k))
    }

    /// Why a counterpart has its points, or what keeps it off the list.
    ///
    /// # Errors
    /// As [`explain`].
    pub fn tell(&self, counterpart: OrganisationId) -> Result<Explanation, KeptOff> {
        let question = self.question.as_ref().ok_or(KeptOff::NotAvailable)?;
        let explained = explain_one(question, self.card, counterpart, Told::Telling)?;
        Ok(explained.telling())
    }
}

/// Which parts are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Everything,
    /// Those that have points or speak for or against.
    Telling,
}

fn explain_one(
    question: &Question<'_>,
    card: &Card,
    counterpart: OrganisationId,
    told: Told,
) -> Result<Explanation, KeptOff> {
    let they = question.market.find(counterpart);
    let they = they.ok_or(KeptOff::NotAvailable)?;
    let mut passing = Passing::default();
    rules::judge(question, they, &mut passing)?;
    if !they.kinds().meets(KindSet::of(&[question.ask.kind])) {
        return Err(KeptOff::KindTable);
    }
    let (matched, (mine, theirs)) = rank::best_match(question, they, &passing);
    let mut parts = Parts::new(question.section, told);
    pair::weigh_profiles(question, they, &mut parts);
    pair::weigh_mandates(question, they, mine, theirs, &mut parts);
    Ok(Explanation {
        band: card.band_in(question.section, matched.points),
        matched,
        contributions: parts.finish(),
    })
}

/// Collects contributions.
struct Parts<'a> {
    section: &'a Section,
    told: Told,
    levels: [u8; FACTORS],
    found: Vec<(Factor, Contribution)>,
}

impl<'a> Parts<'a> {
    fn new(section: &'a Section, told: Told) -> Parts<'a> {
        Parts {
            section,
            told,
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
        let mut parts: Vec<Contribution> = single.chain(tables).collect();
        parts.sort_by_key(|part| Reverse(part.beyond.abs()));
        parts
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
        beyond: points,
        code: text::TOGETHER.into(),
        evidence: json!({"factors": [first, second], "levels": [x, y]}),
    }
}

impl Sink for Parts<'_> {
    fn take(&mut self, factor: Factor, level: u8, share: u8, evidence: impl FnOnce() -> Value) {
        self.levels[factor as usize] = level;
        let points = rank::part(self.section.points(factor, level), share);
        let beyond = points - rank::part(self.section.plain(factor), share);
        if self.told == Told::Telling && points == 0 && beyond == 0 {
            return;
        }
        let part = Contribution {
            factor: factor.name().into(),
            level,
            level_name: factor.levels()[usize::from(level)].into(),
            share,
            points,
            beyond,
            code: text::code(factor, level).into(),
            evidence: evidence(),
        };
        self.found.push((factor, part));
    }
}
