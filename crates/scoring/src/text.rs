//! Reason codes, and the sentences made from code and evidence, in English and Japanese.

mod sentences;
pub(crate) mod words;

use domain::{
    Language,
    taxonomy::{Axis, taxonomy},
};
use serde_json::Value;

use self::sentences::{OTHERWISE, SENTENCES, Sentence};
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

/// The sentence of a contribution.
pub(crate) fn contribution(part: &Contribution, language: Language) -> String {
    let by_code = |sentence: &&Sentence| sentence.code == part.code;
    let sentence = SENTENCES.iter().find(by_code).unwrap_or(&OTHERWISE);
    let evidence = Evidence {
        of: &part.evidence,
        language,
    };
    let mut text = match language {
        Language::En => sentence.en,
        Language::Ja => sentence.ja,
    }
    .to_owned();
    for name in ["mine", "theirs", "label"] {
        fill(&mut text, name, || evidence.label(name));
    }
    for name in [
        "deals", "of", "times", "recent", "similar", "count", "earlier", "share", "expected",
        "since",
    ] {
        fill(&mut text, name, || evidence.word(name));
    }
    for (name, noun) in [
        ("deals", "investment"),
        ("of", "investment"),
        ("earlier", "investor"),
        ("count", "round"),
    ] {
        fill(&mut text, &format!("{name} {noun}s"), || {
            evidence.counted(name, noun)
        });
    }
    if part.evidence["deals"] == 0 {
        text = text
            .replace("only 0 of", "none of")
            .replace("は0件にとどまり", "は1件もなく");
    }
    fill(&mut text, "holder", || evidence.holder().to_owned());
    fill(&mut text, "whose", || evidence.whose().to_owned());
    fill(&mut text, "whose_other_low", || {
        evidence.whose_other().to_lowercase()
    });
    fill(&mut text, "whose_other", || {
        evidence.whose_other().to_owned()
    });
    fill(&mut text, "language", || {
        words::spoken(&evidence.word("language"), language).to_owned()
    });
    fill(&mut text, "round", || {
        words::dollars(&evidence.word("round"), language)
    });
    fill(&mut text, "size", || {
        words::dollars(&evidence.word("size"), language)
    });
    fill(&mut text, "cheques", || {
        words::cheques(&part.evidence["cheques"], language).unwrap_or_default()
    });
    fill(&mut text, "instrument", || evidence.instrument());
    fill(&mut text, "last", || evidence.month("last"));
    fill(&mut text, "deeds", || evidence.deeds());
    fill(&mut text, "subject", || {
        subject(&part.factor, language).to_owned()
    });
    fill(&mut text, "level", || part.level_name.clone().into_owned());
    text
}

/// Puts `value` in the place of `{name}`.
fn fill(text: &mut String, name: &str, value: impl FnOnce() -> String) {
    let place = format!("{{{name}}}");
    if text.contains(&place) {
        *text = text.replace(&place, &value());
    }
}

/// The evidence of a contribution, read for one reader.
struct Evidence<'a> {
    of: &'a Value,
    language: Language,
}

impl Evidence<'_> {
    /// The name of a label; a dash where there is none.
    fn label(&self, member: &str) -> String {
        let axis = self.of["axis"].as_str().unwrap_or_default();
        let axis = Axis::ALL.into_iter().find(|known| known.as_str() == axis);
        let named = |code: &Value| {
            let code = code.as_str().unwrap_or("–");
            axis.map_or_else(|| code.to_owned(), |axis| self.named(axis, code))
        };
        match &self.of[member] {
            Value::Array(codes) => self.listed(codes.iter().map(named).collect()),
            code => named(code),
        }
    }

    /// Names one after the other: "A, B and C"; in Japanese within the brackets that the sentence has around one.
    fn listed(&self, mut names: Vec<String>) -> String {
        match (self.language, names.pop()) {
            (_, None) => String::new(),
            (Language::Ja, Some(last)) => {
                names.push(last);
                names.join("」「")
            }
            (Language::En, Some(last)) if names.is_empty() => last,
            (Language::En, Some(last)) => format!("{} and {last}", names.join(", ")),
        }
    }

    /// The name of a code of an axis; the code itself where the axis does not have it.
    fn named(&self, axis: Axis, code: &str) -> String {
        label(axis, code, self.language)
    }

    /// A number and what it counts, in English.
    fn counted(&self, member: &str, noun: &str) -> String {
        match self.word(member).as_str() {
            "1" => format!("1 {noun}"),
            number => format!("{number} {noun}s"),
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
    fn instrument(&self) -> String {
        let code = self.of["instrument"].clone();
        let known = serde_json::from_value(code).ok();
        known.map_or_else(
            || "–".to_owned(),
            |known| words::instrument(known, self.language).to_owned(),
        )
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
            _ => word,
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
    fn word(&self, member: &str) -> String {
        match &self.of[member] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
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
pub(crate) fn label(axis: Axis, code: &str, language: Language) -> String {
    let taxonomy = taxonomy(axis);
    let term = taxonomy.find(code).map(|index| taxonomy.term(index));
    let name = term.map(|term| match language {
        Language::En => &term.label.en,
        Language::Ja => &term.label.ja,
    });
    // Cities stand on no axis and are kept in small letters.
    let mut letters = code.chars();
    let capital = letters.next().into_iter().flat_map(char::to_uppercase);
    name.cloned()
        .unwrap_or_else(|| capital.chain(letters).collect())
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
    use super::*;

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
