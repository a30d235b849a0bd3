//! The sentences of the pages, each in both languages at once.

use domain::taxonomy::Label;
use domain::{Kind, Language, Purpose, Reason, State};
use jiff::{Timestamp, tz::TimeZone};

use super::form::Why;

/// The one of the two in the reader's language.
pub(super) const fn say(language: Language, en: &'static str, ja: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// The name of a term of a taxonomy.
pub(crate) fn label(label: &Label, language: Language) -> String {
    match language {
        Language::En => label.en.clone(),
        Language::Ja => label.ja.clone(),
    }
}

pub(super) const fn purpose(purpose: Purpose, language: Language) -> &'static str {
    let (en, ja) = match purpose {
        Purpose::Fundraising => ("Fundraising or investment", "資金調達・投資"),
        Purpose::Incubation => ("Incubation or acceleration", "入居・アクセラレーション"),
        Purpose::Manufacturing => ("Contract manufacturing", "製造委託"),
        Purpose::ClinicalTrial => ("Clinical trial or research", "治験・臨床研究"),
        Purpose::JointResearch => ("Joint research", "共同研究"),
        Purpose::Licensing => ("Licensing", "ライセンス"),
        Purpose::PilotCustomer => ("Pilot or first customer", "実証・顧客"),
        Purpose::RegulatoryAdvice => ("Regulatory advice", "薬事相談"),
        Purpose::MarketEntry => ("Market entry abroad", "海外展開・拠点"),
        Purpose::Other => ("Other", "その他"),
    };
    say(language, en, ja)
}

pub(super) const fn kind(kind: Kind, language: Language) -> &'static str {
    let (en, ja) = match kind {
        Kind::Startup => ("Startup", "スタートアップ"),
        Kind::Investor => ("Investor", "投資家"),
        Kind::Incubator => ("Incubator", "インキュベーター"),
        Kind::Corporate => ("Company", "事業会社"),
        Kind::MedicalInstitution => ("Medical institution", "医療機関"),
        Kind::University => ("University or research institute", "大学・研究機関"),
        Kind::Manufacturer => ("Contract manufacturer", "製造受託"),
        Kind::SupportOrganisation => ("Support organisation", "支援機関"),
        Kind::Authority => ("Authority", "行政・規制当局"),
    };
    say(language, en, ja)
}

pub(super) const fn reason(reason: Reason, language: Language) -> &'static str {
    let (en, ja) = match reason {
        Reason::NotInFocus => ("Outside our focus", "投資・事業領域外"),
        Reason::TooEarly => ("Too early for us", "時期尚早"),
        Reason::TooLate => ("Too late for us", "時期を過ぎている"),
        Reason::NoCapacity => ("No capacity at the moment", "対応余力がない"),
        Reason::ConflictOfInterest => ("Conflict of interest", "利益相反"),
        Reason::AlreadyKnown => ("We are in touch already", "既に接点がある"),
        _ => ("Other", "その他"),
    };
    say(language, en, ja)
}

pub(super) const fn state(state: State, language: Language) -> &'static str {
    let (en, ja) = match state {
        State::Declined => ("declined", "見送り"),
        State::Withdrawn => ("withdrawn", "取下げ"),
        State::Expired => ("expired", "期限切れ"),
        State::Cancelled => ("cancelled", "取消し"),
        State::Rejected => ("rejected", "却下"),
        State::AwaitingStaff | State::Returned => ("with the staff", "スタッフ確認中"),
        State::AwaitingCounterpart => ("waiting for your answer", "ご回答待ち"),
        State::Accepted => ("accepted", "承諾済み"),
        State::Scheduled => ("scheduled", "日程確定"),
        State::Held => ("held", "実施済み"),
    };
    say(language, en, ja)
}

pub(super) const fn why(why: Why, language: Language) -> &'static str {
    let (en, ja) = match why {
        Why::Missing => ("Please fill this in.", "入力または選択してください。"),
        Why::BadText => (
            "This is too long, or has characters that cannot be kept.",
            "長すぎるか、使用できない文字が含まれています。",
        ),
        Why::BadAddress => (
            "This is not an e-mail address.",
            "メールアドレスの形式ではありません。",
        ),
        Why::NoSuchTime => (
            "The clocks there skip this time or show it twice. Choose another.",
            "夏時間の切替により、その地域に存在しないか重複する時刻です。別の時刻を選んでください。",
        ),
        Why::Past => ("This time has passed.", "過去の日時です。"),
    };
    say(language, en, ja)
}

/// An instant as people of the zone read it, with the name of the zone.
pub(super) fn instant(at: Timestamp, zone: &str, language: Language) -> String {
    let zone_of = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let form = match language {
        Language::En => "%-d %B %Y, %H:%M",
        Language::Ja => "%Y年%-m月%-d日 %H:%M",
    };
    format!("{} ({zone})", at.to_zoned(zone_of).strftime(form))
}
