//! Reason codes, and the sentences made from code and evidence, in English and Japanese.

use domain::{
    Language,
    taxonomy::{Axis, taxonomy},
};
use serde_json::Value;

use crate::{Contribution, KeptOff, Whose, factor::Factor, factors::UNKNOWN};

/// The code of a two-factor table's part.
pub(crate) const TOGETHER: &str = "together";

/// The code of a factor's level.
pub(crate) fn code(factor: Factor, level: u8) -> &'static str {
    use Factor as F;
    if level == UNKNOWN && factor.can_be_unknown() {
        return match factor {
            F::Activity | F::RecordSector | F::RecordStage | F::RecordRegion | F::RecordCountry => {
                "no_record"
            }
            _ => "not_stated",
        };
    }
    let name = factor.levels()[usize::from(level)];
    let [it, near, other] = match factor {
        F::Base => return "base",
        F::SectorMine | F::ModalityMine | F::IndicationMine | F::StageMine | F::RegionMine => [
            "their_mandate_names_it",
            "their_mandate_names_near",
            "their_mandate_names_others",
        ],
        F::SectorTheirs
        | F::ModalityTheirs
        | F::IndicationTheirs
        | F::StageTheirs
        | F::RegionTheirs => [
            "my_mandate_names_it",
            "my_mandate_names_near",
            "my_mandate_names_others",
        ],
        F::SectorCommon | F::ModalityCommon | F::IndicationCommon => {
            ["in_common", "near_each_other", "nothing_in_common"]
        }
        F::RegionHome if name == "mandate_speaks" => return "mandate_speaks",
        F::RegionHome => ["homes_together", "homes_near", "homes_far"],
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
        F::Activity => return "recent_deals",
        F::RecordSector | F::RecordStage | F::RecordRegion | F::RecordCountry => {
            return match name {
                "below_quarter" | "quarter" | "half" | "three_quarters" => "chosen_less_often",
                _ => "chosen_as_often",
            };
        }
        F::Language => ["language_shared", "", "no_language_shared"],
    };
    match name {
        "same" | "within" | "inside" | "accepted" | "shared" => it,
        "elsewhere" | "far" | "not_accepted" | "none" => other,
        _ => near,
    }
}

/// The sentence of a contribution.
pub(crate) fn contribution(part: &Contribution, language: Language) -> String {
    let evidence = Evidence {
        of: &part.evidence,
        language,
    };
    let (mine, theirs) = (evidence.label("mine"), evidence.label("theirs"));
    let subject = subject(&part.factor, language);
    let (en, ja) = match part.code.as_ref() {
        "base" => (
            "Where every pair of these kinds starts.".to_owned(),
            "この種別の組み合わせの出発点です。".to_owned(),
        ),
        "not_stated" => (
            format!("Not stated on one side: {subject}."),
            format!("いずれかの側に記載がありません：{subject}。"),
        ),
        "no_record" => (
            format!("No record of investments to judge by: {subject}."),
            format!("判断できる投資実績がありません：{subject}。"),
        ),
        "their_mandate_names_it" => (
            format!("They look for {theirs}, which covers your {mine}."),
            format!("相手の希望条件「{theirs}」に、貴社の「{mine}」が当てはまります。"),
        ),
        "their_mandate_names_near" => (
            format!("They look for {theirs}, close to your {mine}."),
            format!("相手の希望条件「{theirs}」は、貴社の「{mine}」に近い条件です。"),
        ),
        "their_mandate_names_others" => (
            format!("They look for something other than your {mine}."),
            format!("相手の希望条件は、貴社の「{mine}」とは異なります。"),
        ),
        "my_mandate_names_it" => (
            format!("Their {theirs} is what you look for."),
            format!("相手の「{theirs}」は、貴社の希望条件に当てはまります。"),
        ),
        "my_mandate_names_near" => (
            format!("Their {theirs} is close to what you look for."),
            format!("相手の「{theirs}」は、貴社の希望条件に近い条件です。"),
        ),
        "my_mandate_names_others" => (
            format!("Their {theirs} is not what you look for."),
            format!("相手の「{theirs}」は、貴社の希望条件とは異なります。"),
        ),
        "in_common" => (
            format!("Their {theirs} matches your {mine}."),
            format!("相手の「{theirs}」は、貴社の「{mine}」と一致します。"),
        ),
        "near_each_other" => (
            format!("Their {theirs} is close to your {mine}."),
            format!("相手の「{theirs}」は、貴社の「{mine}」に近い分野です。"),
        ),
        "nothing_in_common" => (
            format!("They have nothing close to your {mine}."),
            format!("相手には、貴社の「{mine}」に近いものがありません。"),
        ),
        "homes_together" | "homes_near" => (
            format!("They are at home in {theirs}, you in {mine}."),
            format!("相手の所在地は「{theirs}」、貴社の所在地は「{mine}」です。"),
        ),
        "homes_far" => (
            format!("They are far away: at home in {theirs}, you in {mine}."),
            format!("所在地が離れています：相手は「{theirs}」、貴社は「{mine}」です。"),
        ),
        "mandate_speaks" => (
            "A mandate states its regions, so homes are not compared.".to_owned(),
            "希望条件に地域が示されているため、所在地どうしは比べません。".to_owned(),
        ),
        "round_fits_cheques" => (
            "The size of the round fits the first cheques.".to_owned(),
            "調達額は初回投資額の範囲に収まります。".to_owned(),
        ),
        "round_near_cheques" => (
            "The size of the round is just outside the first cheques.".to_owned(),
            "調達額は初回投資額の範囲に近い金額です。".to_owned(),
        ),
        "round_off_cheques" => (
            "The size of the round is far from the first cheques.".to_owned(),
            "調達額は初回投資額の範囲から離れています。".to_owned(),
        ),
        "my_need_met" => (
            format!("They offer {theirs}, which you need."),
            format!("相手は、貴社が必要とする「{theirs}」を提供しています。"),
        ),
        "my_need_nearly_met" => (
            format!("They offer {theirs}, close to {mine}, which you need."),
            format!("相手は「{theirs}」を提供しており、貴社が必要とする「{mine}」に近い内容です。"),
        ),
        "my_need_unmet" => (
            format!("They do not offer {mine}, which you need."),
            format!("相手は、貴社が必要とする「{mine}」を提供していません。"),
        ),
        "their_need_met" => (
            format!("They need {theirs}, which you offer."),
            format!("相手が必要とする「{theirs}」を、貴社が提供しています。"),
        ),
        "their_need_nearly_met" => (
            format!("They need {theirs}, close to {mine}, which you offer."),
            format!("相手が必要とする「{theirs}」は、貴社が提供する「{mine}」に近い内容です。"),
        ),
        "their_need_unmet" => (
            "You do not offer what they need.".to_owned(),
            "相手が必要とするものを、貴社は提供していません。".to_owned(),
        ),
        "instrument_accepted" => (
            "The investor buys what the round issues.".to_owned(),
            "投資家は、この調達の発行形態に対応しています。".to_owned(),
        ),
        "instrument_not_accepted" => (
            "The investor does not buy what the round issues.".to_owned(),
            "投資家は、この調達の発行形態に対応していません。".to_owned(),
        ),
        "entity_country_accepted" => (
            format!("The investor may invest in an entity of {mine}."),
            format!("投資家は「{mine}」の法人に投資できます。"),
        ),
        "entity_country_not_accepted" => (
            format!("The investor does not invest in entities of {mine}."),
            format!("投資家は「{mine}」の法人には投資しません。"),
        ),
        "recent_deals" => recent_deals(&evidence),
        "chosen_as_often" | "chosen_less_often" => chosen(&evidence),
        "language_shared" => {
            let tag = evidence.word("language");
            (
                format!("Both can meet in one language ({tag})."),
                format!("共通の言語（{tag}）で面談できます。"),
            )
        }
        "no_language_shared" => (
            "They have no language in common with you.".to_owned(),
            "共通の言語がありません。".to_owned(),
        ),
        _ => (
            format!("Together with another factor: {}.", part.level_name),
            format!(
                "ほかの要素との組み合わせによる点数です（{}）。",
                part.level_name
            ),
        ),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

fn recent_deals(evidence: &Evidence<'_>) -> (String, String) {
    let (deals, recent) = (evidence.word("deals"), evidence.word("recent"));
    let (who, ja) = evidence.holder();
    (
        format!("{who} made {deals} investments; weighed by age they count {recent}."),
        format!("{ja}の投資実績は{deals}件で、新しさで重み付けすると{recent}件分です。"),
    )
}

fn chosen(evidence: &Evidence<'_>) -> (String, String) {
    let [deals, of, times] = ["deals", "of", "times"].map(|name| evidence.word(name));
    let label = evidence.label("label");
    let (who, ja) = evidence.holder();
    (
        format!(
            "{who} made {deals} of {of} investments in {label}: {times} times the market's share."
        ),
        format!("{ja}の投資{of}件のうち{deals}件が「{label}」で、市場全体の割合の{times}倍です。"),
    )
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
        let code = self.of[member].as_str().unwrap_or("–");
        let term = axis.and_then(|axis| Some(taxonomy(axis).term(taxonomy(axis).find(code)?)));
        let name = term.map(|term| match self.language {
            Language::En => &term.label.en,
            Language::Ja => &term.label.ja,
        });
        name.map_or(code, String::as_str).to_owned()
    }

    /// A text or number as it stands.
    fn word(&self, member: &str) -> String {
        match &self.of[member] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// Whose record it is.
    fn holder(&self) -> (&'static str, &'static str) {
        if self.of["own"] == Value::Bool(true) {
            ("You", "貴社")
        } else {
            ("They", "相手")
        }
    }
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
            "track_record.sector" => ("sectors", "分野"),
            "track_record.stage" => ("stages", "ステージ"),
            "track_record.region" | "track_record.country" => ("regions", "地域"),
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
        KeptOff::NotInvesting => (
            "They make no new investments at present.".into(),
            "相手は現在、新規の投資を行っていません。".into(),
        ),
        KeptOff::Must { whose, axis } => criterion(whose, axis, ("requires", "必須")),
        KeptOff::Avoid { whose, axis } => criterion(whose, axis, ("excludes", "除外")),
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

fn criterion(whose: Whose, axis: &str, (verb, word): (&str, &str)) -> (String, String) {
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
    (
        format!("{side} mandate {verb} other {axis}.").replace("excludes other", "excludes these"),
        format!("{ja_side}の希望条件の{word}項目（{ja_axis}）により対象外です。"),
    )
}
