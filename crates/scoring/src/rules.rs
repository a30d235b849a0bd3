//! Rules keep a pair off the list. They never touch points, and factors never keep a pair off.

use domain::{Condition, Criterion, Language, RegionCode, Strength};
use serde::Serialize;

use crate::{
    Among,
    aim::Aim,
    ask::Question,
    factors::{language::Spoken, stage, tree},
    market::Row,
};

/// What keeps a pair off the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum KeptOff {
    /// Both are one house: the same or affiliated organisations.
    OwnHouse,
    /// The programme does not bring their kinds together.
    KindTable,
    /// One of the two invested in the other before: they need no introduction.
    AlreadyInvested,
    /// The counterpart makes no new investments.
    NotInvesting,
    /// A `must` criterion is not met.
    Must {
        /// In whose mandate.
        whose: Whose,
        /// On which axis.
        axis: &'static str,
    },
    /// An `avoid` criterion is met.
    Avoid {
        /// In whose mandate.
        whose: Whose,
        /// On which axis.
        axis: &'static str,
    },
    /// The counterpart declined lately.
    Cooling,
    /// The counterpart is not in the programme.
    OutsideProgramme,
    /// The asker has no such mandate in force about this kind.
    NoMandate,
    /// Private criterion, blocked, hidden, not opted in, unknown: nobody is told which.
    NotAvailable,
}

/// A side of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The asker's.
    Mine,
    /// The counterpart's.
    Theirs,
}

impl KeptOff {
    /// The code in snake_case.
    pub fn code(self) -> &'static str {
        match self {
            KeptOff::OwnHouse => "own_house",
            KeptOff::KindTable => "kind_table",
            KeptOff::AlreadyInvested => "already_invested",
            KeptOff::NotInvesting => "not_investing",
            KeptOff::Must { .. } => "must",
            KeptOff::Avoid { .. } => "avoid",
            KeptOff::Cooling => "cooling",
            KeptOff::OutsideProgramme => "outside_programme",
            KeptOff::NoMandate => "no_mandate",
            KeptOff::NotAvailable => "not_available",
        }
    }

    /// One sentence for a reader of `language`.
    pub fn text(self, language: Language) -> String {
        crate::text::kept_off(self, language)
    }
}

/// The mandates under which a pair is listed. An empty side has none about the other.
#[derive(Default)]
pub(crate) struct Passing<'q> {
    pub(crate) mine: Vec<&'q Aim>,
    pub(crate) theirs: Vec<&'q Aim>,
}

/// Whether the asker of `question` and `they` are matched; leaves the mandates under which in `passing`.
pub(crate) fn judge<'q>(
    question: &'q Question<'_>,
    they: Row<'q>,
    passing: &mut Passing<'q>,
) -> Result<(), KeptOff> {
    let (me, ask) = (question.me, question.ask);
    if me.id() == they.id() || me.house().is_some() && me.house() == they.house() {
        return Err(KeptOff::OwnHouse);
    }
    if they.is_hidden() || blocks(they, me) || blocks(me, they) {
        return Err(KeptOff::NotAvailable);
    }
    check_kinds(question, they)?;
    if ask.among == Among::Strangers && invested_before(question, they) {
        return Err(KeptOff::AlreadyInvested);
    }
    if question.lacks_mandate {
        return Err(KeptOff::NoMandate);
    }
    check_mandates(question, they, passing)?;
    if ask
        .members
        .is_some_and(|members| !members.contains(&they.id()))
    {
        return Err(KeptOff::OutsideProgramme);
    }
    if !ask.cooling.is_empty() && ask.cooling.contains(&they.id()) {
        return Err(KeptOff::Cooling);
    }
    Ok(())
}

fn invested_before(question: &Question<'_>, they: Row<'_>) -> bool {
    let partners = &question.market.records().partners;
    let (me, they) = (question.me.at(), they.at());
    partners.is_between(they, me) || partners.is_between(me, they)
}

fn blocks(who: Row<'_>, whom: Row<'_>) -> bool {
    who.blocked().binary_search(&whom.id()).is_ok()
}

fn check_kinds(question: &Question<'_>, they: Row<'_>) -> Result<(), KeptOff> {
    let (table, kinds) = (&question.table, they.kinds());
    let has_offers = || !question.me.offers().is_empty() || !they.offers().is_empty();
    if table.open.meets(kinds)
        || (table.opted_in.meets(kinds) && they.opted_in())
        || (table.offers.meets(kinds) && has_offers())
    {
        return Ok(());
    }
    Err(if table.opted_in.meets(kinds) {
        KeptOff::NotAvailable
    } else {
        KeptOff::KindTable
    })
}

fn check_mandates<'q>(
    question: &'q Question<'_>,
    they: Row<'q>,
    passing: &mut Passing<'q>,
) -> Result<(), KeptOff> {
    passing.mine.clear();
    passing.theirs.clear();
    let my_kinds = question.me.kinds();
    let mut mine = Side::default();
    for &aim in &question.mine {
        if mine.admits(verdict(aim, Whose::Mine, they)) {
            passing.mine.push(aim);
        }
    }
    let mut theirs = Side::default();
    for aim in they
        .aims()
        .iter()
        .filter(|aim| aim.is_about(my_kinds, question.ask.purpose))
    {
        let verdict = if aim.invests {
            verdict(aim, Whose::Theirs, question.me)
        } else {
            Verdict::Public(KeptOff::NotInvesting)
        };
        if theirs.admits(verdict) {
            passing.theirs.push(aim);
        }
    }
    match (mine.outcome(), theirs.outcome()) {
        (Err(KeptOff::NotAvailable), Err(reason)) => Err(reason),
        (mine, theirs) => mine.and(theirs),
    }
}

/// What a mandate says about an organisation.
#[derive(Clone, Copy)]
enum Verdict {
    Passes,
    /// All its public criteria let it pass.
    Private,
    Public(KeptOff),
}

/// What the mandates of one side say together: one that lets the other pass is enough.
#[derive(Default)]
struct Side {
    passes: bool,
    private: bool,
    public: Option<KeptOff>,
}

impl Side {
    fn admits(&mut self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Passes => self.passes = true,
            Verdict::Private => self.private = true,
            Verdict::Public(reason) => self.public = self.public.or(Some(reason)),
        }
        matches!(verdict, Verdict::Passes)
    }

    /// Without the private criteria it would have passed: nobody is told. Else the first public reason.
    fn outcome(&self) -> Result<(), KeptOff> {
        match self {
            Side { passes: true, .. } => Ok(()),
            Side { private: true, .. } => Err(KeptOff::NotAvailable),
            Side { public, .. } => public.map_or(Ok(()), Err),
        }
    }
}

/// Whether a mandate lets `other` pass.
pub(crate) fn passes(aim: &Aim, other: Row<'_>) -> bool {
    matches!(verdict(aim, Whose::Theirs, other), Verdict::Passes)
}

fn verdict(aim: &Aim, whose: Whose, other: Row<'_>) -> Verdict {
    let fires = |criterion: &&Criterion| {
        let wants = criterion.strength == Strength::Must;
        meets(&criterion.on, other) != wants
    };
    let mut hidden = false;
    for criterion in aim.rules.iter().filter(fires) {
        if criterion.private {
            hidden = true;
            continue;
        }
        let axis = axis(&criterion.on);
        return Verdict::Public(match criterion.strength {
            Strength::Avoid => KeptOff::Avoid { whose, axis },
            Strength::Must | Strength::Prefer => KeptOff::Must { whose, axis },
        });
    }
    if hidden {
        Verdict::Private
    } else {
        Verdict::Passes
    }
}

/// Whether `aim` lets `other` pass but for a private criterion.
pub(crate) fn closes_in_private(aim: &Aim, other: Row<'_>) -> bool {
    matches!(verdict(aim, Whose::Theirs, other), Verdict::Private)
}

/// Whether `other` has any of the labels, or one below them.
fn meets(condition: &Condition, other: Row<'_>) -> bool {
    match condition {
        Condition::Sectors(wanted) => any(other.sectors(), wanted, tree::is_within),
        Condition::Modalities(wanted) => any(other.modalities(), wanted, tree::is_within),
        Condition::Indications(wanted) => any(other.indications(), wanted, tree::is_within),
        Condition::Stages(wanted) => any(other.stages(), wanted, stage::is_within),
        Condition::Regions(wanted) => any(other.home().as_slice(), wanted, RegionCode::is_within),
        Condition::Offers(wanted) => any(other.offers(), wanted, tree::is_within),
        Condition::Needs(wanted) => any(other.needs(), wanted, tree::is_within),
        Condition::Languages(wanted) => {
            let spoken = |tag| other.languages().contains(&Spoken::of(tag));
            wanted.iter().any(spoken)
        }
    }
}

fn any<T: Copy>(labels: &[T], wanted: &[T], is_within: impl Fn(T, T) -> bool) -> bool {
    let found = |&label: &T| wanted.iter().any(|&wanted| is_within(label, wanted));
    labels.iter().any(found)
}

fn axis(condition: &Condition) -> &'static str {
    match condition {
        Condition::Sectors(_) => "sectors",
        Condition::Modalities(_) => "modalities",
        Condition::Indications(_) => "indications",
        Condition::Stages(_) => "stages",
        Condition::Regions(_) => "regions",
        Condition::Offers(_) => "offers",
        Condition::Needs(_) => "needs",
        Condition::Languages(_) => "languages",
    }
}
