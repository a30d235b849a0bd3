//! Reason codes, and the sentences made from code and evidence, in English and Japanese.

mod sentences;
pub(crate) mod words;

use std::{borrow::Cow, fmt};

use domain::{
    Instrument, Language,
    taxonomy::{Axis, taxonomy},
};
use serde::Deserialize;
use serde_json::Value;

use self::sentences::Piece;
use crate::{
    Contribution, KeptOff, Whose,
    factor::Factor,
    factors::{
        UNKNOWN, load,
        scale::{self, OCTAVE, Scale},
    },
};

/// The code of a two-factor table's part.
pub(crate) const TOGETHER: &str = "together";

/// The code of a factor's level.
pub(crate) fn code(factor: Factor, level: u8) -> &'static str {
    use Factor as F;
    if level == UNKNOWN && factor.can_be_unknown() {
        return match factor {
            F::Partners | F::PartnerLift => "no_earlier_investors",
            F::Exposure => "not_listed_yet",
            _ if factor.name().starts_with("track_record.") => "no_record",
            _ => "not_stated",
        };
    }
    let name = factor.levels()[usize::from(level)];
    let [it, near, other] = match factor {
        F::Base => return "base",
        F::SectorMine | F::ModalityMine | F::IndicationMine | F::StageMine if name == "same" => {
            return "their_mandate_names_just_this";
        }
        F::RegionMine => [
            "they_look_where_i_am",
            "they_look_near_me",
            "they_look_elsewhere",
        ],
        F::RegionTheirs => [
            "i_look_where_they_are",
            "i_look_near_them",
            "i_look_elsewhere",
        ],
        F::SectorMine | F::ModalityMine | F::IndicationMine | F::StageMine => [
            "their_mandate_names_it",
            "their_mandate_names_near",
            "their_mandate_names_others",
        ],
        F::SectorTheirs | F::ModalityTheirs | F::IndicationTheirs | F::StageTheirs => [
            "my_mandate_names_it",
            "my_mandate_names_near",
            "my_mandate_names_others",
        ],
        F::SectorCommon | F::ModalityCommon | F::IndicationCommon => {
            ["in_common", "near_each_other", "nothing_in_common"]
        }
        F::RegionHome => {
            return match name {
                "mandate_speaks" => "mandate_speaks",
                "same" => "homes_together",
                "elsewhere" | "same_continent" => "homes_far",
                _ => "homes_near",
            };
        }
        F::ChequeMine | F::ChequeTheirs => [
            "round_fits_cheques",
            "round_near_cheques",
            "round_off_cheques",
        ],
        F::NeedsMine => ["my_need_met", "my_need_nearly_met", "my_need_unmet"],
        F::NeedsTheirs => [
            "their_need_met",
            "their_need_nearly_met",
            "their_need_unmet",
        ],
        F::Instrument => ["instrument_accepted", "", "instrument_not_accepted"],
        F::EntityCountry => ["entity_country_accepted", "", "entity_country_not_accepted"],
        F::Language => ["language_shared", "", "no_language_shared"],
        F::Load => return asked(level),
        F::Exposure => return listed(level),
        _ => return of_record(factor, level),
    };
    match name {
        "same" | "within" | "inside" | "accepted" | "shared" => it,
        "elsewhere" | "far" | "not_accepted" | "none" => other,
        _ => near,
    }
}

/// The code of a level that is read from records and rounds.
fn of_record(factor: Factor, level: u8) -> &'static str {
    use Factor as F;
    match factor {
        F::Activity => "recent_deals",
        F::Deals => "all_deals",
        F::RoundSize => "usual_round_size",
        F::Syndicate => "usual_syndicate",
        F::RecordSector => chosen(scale::SECTOR, level),
        F::RecordTopic => {
            if is_often(scale::SECTOR, level) {
                "word_chosen_as_often"
            } else {
                "word_chosen_less_often"
            }
        }
        F::RecordStage => chosen(scale::STAGE, level),
        F::RecordCountry | F::RecordSubdivision | F::RecordArea => chosen(scale::PLACE, level),
        F::RecordCity => chosen(scale::CITY, level),
        F::RecordAmount => {
            if is_often(scale::AMOUNT, level) {
                "amount_chosen_as_often"
            } else {
                "amount_chosen_less_often"
            }
        }
        F::Similar => "similar_deals",
        F::Partners | F::PartnerLift => "partners_shared",
        F::AlsoIncubates => {
            if level == 0 {
                "does_not_incubate"
            } else {
                "also_incubates"
            }
        }
        F::RaiseStage => "raise_stage",
        F::RaiseAmount => "raise_amount",
        F::RaiseRounds => "raise_rounds",
        F::RaiseInvestors => "raise_investors",
        F::MarketSector | F::MarketCountry | F::MarketArea => "market_share",
        _ => "otherwise",
    }
}

/// Whether a level holds what is chosen as often as the market chooses it.
fn is_often(scale: Scale, level: u8) -> bool {
    level > 1 && 2 * scale.bound(level) > -OCTAVE
}

fn asked(level: u8) -> &'static str {
    match level {
        0 => "asked_seldom",
        1..load::OFTEN => "asked_now_and_then",
        _ => "asked_often",
    }
}

/// By the level of exposure: within a step and a half of an even share is as others.
fn listed(level: u8) -> &'static str {
    match level {
        ..=6 => "listed_seldom",
        7..=9 => "listed_as_others",
        _ => "listed_often",
    }
}

fn chosen(scale: Scale, level: u8) -> &'static str {
    if is_often(scale, level) {
        "chosen_as_often"
    } else {
        "chosen_less_often"
    }
}

/// The sentence of a contribution: made from its code and its evidence alone, while it is written.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    pub(crate) part: &'a Contribution,
    pub(crate) language: Language,
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { part, language } = *self;
        let evidence = Evidence {
            of: &part.evidence,
            language,
        };
        for piece in sentences::pieces(&part.code, language) {
            match *piece {
                Piece::Words(words) => f.write_str(words)?,
                Piece::Place("subject") => f.write_str(subject(&part.factor, language))?,
                Piece::Place("level") => f.write_str(&part.level_name)?,
                Piece::Place(name) => evidence.write(name, f)?,
            }
        }
        Ok(())
    }
}

/// The evidence of a contribution, read for one reader.
struct Evidence<'a> {
    of: &'a Value,
    language: Language,
}

impl<'a> Evidence<'a> {
    /// What stands in the place of `{name}`: a member as it is told, or words about it.
    fn write(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = self.language;
        match name {
            "mine" | "theirs" | "label" => self.write_label(name, f),
            "holder" => f.write_str(self.holder()),
            "whose" => f.write_str(self.whose()),
            "whose_other" => f.write_str(self.whose_other()),
            "whose_other_low" => f.write_str(&self.whose_other().to_lowercase()),
            "language" => f.write_str(words::spoken(&self.word(name), language)),
            "round" | "size" => f.write_str(&words::dollars(&self.word(name), language)),
            "cheques" => {
                let range = words::cheques(&self.of[name], language);
                f.write_str(&range.unwrap_or_default())
            }
            "instrument" => f.write_str(self.instrument()),
            "last" => f.write_str(&self.month(name)),
            "deeds" => f.write_str(&self.deeds()),
            "only deals" => self.write_few(f),
            _ => match name.split_once(' ') {
                Some((member, noun)) => self.write_counted(member, noun, f),
                None => f.write_str(&self.word(name)),
            },
        }
    }

    /// The name of a label, or of some one after the other, "A, B and C"; in Japanese within the brackets that the sentence
    /// has around one. A dash where there is none.
    fn write_label(&self, member: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = self.of["axis"].as_str().unwrap_or_default();
        let axis = Axis::ALL.into_iter().find(|known| known.as_str() == axis);
        let named = |code: &'a Value| {
            let code = code.as_str().unwrap_or("–");
            axis.map_or(Cow::Borrowed(code), |axis| self.named(axis, code))
        };
        let Value::Array(codes) = &self.of[member] else {
            return f.write_str(&named(&self.of[member]));
        };
        for (at, code) in codes.iter().enumerate() {
            f.write_str(match (self.language, at) {
                (_, 0) => "",
                (Language::Ja, _) => "」「",
                (Language::En, at) if at + 1 == codes.len() => " and ",
                (Language::En, _) => ", ",
            })?;
            f.write_str(&named(code))?;
        }
        Ok(())
    }

    /// The name of a code of an axis; the code itself where the axis does not have it.
    fn named(&self, axis: Axis, code: &'a str) -> Cow<'a, str> {
        label(axis, code, self.language)
    }

    /// A number and what it counts, in English: `investments` in the plural.
    fn write_counted(&self, member: &str, noun: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.word(member) {
            "1" => write!(f, "1 {}", noun.trim_end_matches('s')),
            number => write!(f, "{number} {noun}"),
        }
    }

    /// How few the deals are.
    fn write_few(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.language, &*self.word("deals")) {
            (Language::En, "0") => f.write_str("none of"),
            (Language::En, deals) => write!(f, "only {deals} of"),
            (Language::Ja, "0") => f.write_str("は1件もなく"),
            (Language::Ja, deals) => write!(f, "は{deals}件にとどまり"),
        }
    }

    /// What the holder of the record did that is most like the round.
    fn deeds(&self) -> String {
        words::deeds(self).unwrap_or_else(|| match self.language {
            Language::En => {
                let whose = self.whose().to_lowercase();
                format!("None of {whose} investments is like this one by sector, stage and place")
            }
            Language::Ja => {
                format!(
                    "{}の投資実績に、分野・段階・場所が今回と重なる案件はありません",
                    self.holder()
                )
            }
        })
    }

    /// The instrument of the round.
    fn instrument(&self) -> &'static str {
        let known = Instrument::deserialize(&self.of["instrument"]).ok();
        known.map_or("–", |known| words::instrument(known, self.language))
    }

    /// The month of a date.
    fn month(&self, member: &str) -> String {
        let word = self.word(member);
        let mut parts = word.split('-');
        match (parts.next(), parts.next(), self.language) {
            (Some(year), Some(month), Language::Ja) => {
                format!("{year}年{}月", month.trim_start_matches('0'))
            }
            (Some(year), Some(month), Language::En) => format!("{year}-{month}"),
            _ => word.into_owned(),
        }
    }

    /// Whose record or round it is, before a noun.
    fn whose(&self) -> &'static str {
        self.side(self.is_own())
    }

    /// The other side's.
    fn whose_other(&self) -> &'static str {
        self.side(!self.is_own())
    }

    fn side(&self, own: bool) -> &'static str {
        match (self.language, own) {
            (Language::En, true) => "Your",
            (Language::En, false) => "Their",
            (Language::Ja, true) => "貴社",
            (Language::Ja, false) => "相手",
        }
    }

    fn is_own(&self) -> bool {
        self.of["own"] == Value::Bool(true)
    }

    /// A text or number as it stands.
    fn word(&self, member: &str) -> Cow<'a, str> {
        match &self.of[member] {
            Value::String(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        }
    }

    /// Whose record it is.
    fn holder(&self) -> &'static str {
        match (self.language, self.is_own()) {
            (Language::En, true) => "You",
            (Language::En, false) => "They",
            (Language::Ja, true) => "貴社",
            (Language::Ja, false) => "相手",
        }
    }
}

/// The name of a code of an axis; the code itself where the axis does not have it.
pub(crate) fn label(axis: Axis, code: &str, language: Language) -> Cow<'_, str> {
    let taxonomy = taxonomy(axis);
    let Some(index) = taxonomy.find(code) else {
        return in_capitals(code);
    };
    let label = &taxonomy.term(index).label;
    Cow::Borrowed(match language {
        Language::En => &label.en,
        Language::Ja => &label.ja,
    })
}

/// Cities stand on no axis and are kept in small letters.
fn in_capitals(code: &str) -> Cow<'_, str> {
    let mut letters = code.chars();
    let capital = letters.next().into_iter().flat_map(char::to_uppercase);
    Cow::Owned(capital.chain(letters).collect())
}

/// What a factor is about.
fn subject(factor: &str, language: Language) -> &'static str {
    let (en, ja) = match factor.split('.').next().unwrap_or_default() {
        "sector" => ("sectors", "分野"),
        "modality" => ("modalities", "モダリティ"),
        "indication" => ("indications", "適応領域"),
        "stage" => ("stages", "ステージ"),
        "region" => ("regions", "地域"),
        "cheque" => ("size of round and cheques", "調達額と投資額"),
        "needs" => ("needs and offers", "必要とするもの・提供するもの"),
        "instrument" => ("instruments", "発行形態"),
        "entity_country" => ("country of the entity", "法人の所在国"),
        "language" => ("languages", "言語"),
        _ => match factor {
            "track_record.sector" | "market.sector" => ("sectors", "分野"),
            "track_record.topic" => ("what it does", "事業内容"),
            "track_record.stage" | "raise.stage" => ("stages", "ステージ"),
            "track_record.amount" | "raise.amount" => ("amount of the round", "調達額"),
            "track_record.country"
            | "track_record.subdivision"
            | "track_record.area"
            | "track_record.city"
            | "market.country"
            | "market.area" => ("regions", "地域"),
            _ => ("investments", "投資"),
        },
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// The sentence for a pair that is kept off.
pub(crate) fn kept_off(reason: KeptOff, language: Language) -> String {
    let (en, ja) = match reason {
        KeptOff::OwnHouse => (
            "You belong to one house.".into(),
            "同じ系列の組織です。".into(),
        ),
        KeptOff::KindTable => (
            "The programme does not bring these kinds together.".into(),
            "このプログラムでは、この種別どうしの紹介は行いません。".into(),
        ),
        KeptOff::AlreadyInvested => (
            "One of you invested in the other before, so you need no introduction.".into(),
            "すでに投資関係があるため、ご紹介の必要がありません。".into(),
        ),
        KeptOff::NotInvesting => (
            "They make no new investments at present.".into(),
            "相手は現在、新規の投資を行っていません。".into(),
        ),
        KeptOff::Must { whose, axis } => criterion(Fired::Must, whose, axis),
        KeptOff::Avoid { whose, axis } => criterion(Fired::Avoid, whose, axis),
        KeptOff::Cooling => (
            "They declined lately.".into(),
            "最近見送りの回答がありました。".into(),
        ),
        KeptOff::OutsideProgramme => (
            "They are not in this programme.".into(),
            "相手はこのプログラムに参加していません。".into(),
        ),
        KeptOff::NoMandate => (
            "There is no such mandate in force about this kind.".into(),
            "この種別についての有効な希望条件がありません。".into(),
        ),
        KeptOff::NotAvailable => (
            "This organisation is not available.".into(),
            "この組織はご紹介できません。".into(),
        ),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// Whether the criterion that fired was `must` or `avoid`.
#[derive(Clone, Copy)]
enum Fired {
    Must,
    Avoid,
}

fn criterion(fired: Fired, whose: Whose, axis: &str) -> (String, String) {
    let (side, ja_side) = match whose {
        Whose::Mine => ("Your", "貴社"),
        Whose::Theirs => ("Their", "相手"),
    };
    let ja_axis = match axis {
        "sectors" => "分野",
        "modalities" => "モダリティ",
        "indications" => "適応領域",
        "stages" => "ステージ",
        "regions" => "地域",
        "offers" => "提供するもの",
        "needs" => "必要とするもの",
        _ => "言語",
    };
    match fired {
        Fired::Must => (
            format!("{side} mandate asks for other {axis}."),
            format!("{ja_side}の希望条件の必須項目（{ja_axis}）を満たしていません。"),
        ),
        Fired::Avoid => (
            format!("{side} mandate excludes these {axis}."),
            format!("{ja_side}の希望条件の除外項目（{ja_axis}）に当てはまります。"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{sentences::SENTENCES, *};

    #[test]
    fn every_level_of_every_factor_has_a_sentence_in_both_languages() {
        for factor in Factor::ALL {
            for level in 0..factor.levels().len() {
                let code = code(factor, u8::try_from(level).unwrap());

                let known = SENTENCES.iter().any(|sentence| sentence.code == code);
                assert!(known, "{} {level}: {code}", factor.name());
            }
        }
        assert!(
            SENTENCES
                .iter()
                .all(|s| s.en.ends_with('.') && s.ja.ends_with('。'))
        );
    }
}
