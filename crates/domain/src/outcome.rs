//! After the meeting: what each side thought of it, what came of it, and the fiscal year 年度 it counts in.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Money, StageCode};

/// What came of an introduction 成果.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// 再面談
    SecondMeeting,
    /// 秘密保持契約
    CdaNda,
    /// デューデリジェンス
    Diligence,
    /// タームシート
    TermSheet,
    /// 投資実行
    Invested,
    /// 共同研究
    JointResearch,
    /// 製造委託契約
    ManufacturingContract,
    /// 治験実施施設
    TrialSite,
    /// 入居
    Tenancy,
    /// 海外拠点・現地法人
    OverseasEntity,
}

impl OutcomeKind {
    /// Every kind.
    pub const ALL: [OutcomeKind; 10] = [
        OutcomeKind::SecondMeeting,
        OutcomeKind::CdaNda,
        OutcomeKind::Diligence,
        OutcomeKind::TermSheet,
        OutcomeKind::Invested,
        OutcomeKind::JointResearch,
        OutcomeKind::ManufacturingContract,
        OutcomeKind::TrialSite,
        OutcomeKind::Tenancy,
        OutcomeKind::OverseasEntity,
    ];

    /// The kind in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            OutcomeKind::SecondMeeting => "second_meeting",
            OutcomeKind::CdaNda => "cda_nda",
            OutcomeKind::Diligence => "diligence",
            OutcomeKind::TermSheet => "term_sheet",
            OutcomeKind::Invested => "invested",
            OutcomeKind::JointResearch => "joint_research",
            OutcomeKind::ManufacturingContract => "manufacturing_contract",
            OutcomeKind::TrialSite => "trial_site",
            OutcomeKind::Tenancy => "tenancy",
            OutcomeKind::OverseasEntity => "overseas_entity",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<OutcomeKind> {
        OutcomeKind::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// Whether money is part of it.
    pub const fn has_amount(self) -> bool {
        !matches!(self, OutcomeKind::SecondMeeting | OutcomeKind::CdaNda)
    }

    /// Whether the introduction has come to where it was to lead: nobody asks any more what came of it. What is a step on
    /// the way leaves the question open.
    pub const fn is_end(self) -> bool {
        !matches!(
            self,
            OutcomeKind::SecondMeeting
                | OutcomeKind::CdaNda
                | OutcomeKind::Diligence
                | OutcomeKind::TermSheet
        )
    }

    /// Whether it is a step of a round.
    pub const fn has_stage(self) -> bool {
        matches!(self, OutcomeKind::TermSheet | OutcomeKind::Invested)
    }
}

/// To whom the amount of an outcome is shown. Its kind is known to both sides and staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmountTier {
    /// It may stand in published sums.
    Listed,
    /// To both sides and staff.
    Accepted,
    /// To the side that said it, and staff.
    Staff,
}

impl AmountTier {
    /// The tier in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            AmountTier::Listed => "listed",
            AmountTier::Accepted => "accepted",
            AmountTier::Staff => "staff",
        }
    }

    /// The tier with this code.
    pub fn from_code(code: &str) -> Option<AmountTier> {
        [AmountTier::Listed, AmountTier::Accepted, AmountTier::Staff]
            .into_iter()
            .find(|tier| tier.code() == code)
    }
}

/// What came of an introduction, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What.
    pub kind: OutcomeKind,
    /// On which day.
    pub happened_on: Date,
    /// How much.
    pub amount: Option<Money>,
    /// In which round.
    pub stage: Option<StageCode>,
    /// To whom the amount is shown.
    pub amount_tier: AmountTier,
}

/// How a side found the meeting 印象.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 前向き
    Promising,
    /// 検討中
    Open,
    /// 見送り
    No,
}

impl Verdict {
    /// The verdict in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            Verdict::Promising => "promising",
            Verdict::Open => "open",
            Verdict::No => "no",
        }
    }

    /// The verdict with this code.
    pub fn from_code(code: &str) -> Option<Verdict> {
        [Verdict::Promising, Verdict::Open, Verdict::No]
            .into_iter()
            .find(|verdict| verdict.code() == code)
    }
}

/// Why a side found it so 理由.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackReason {
    /// 事業・領域が合う
    GoodFit,
    /// チームが良い
    StrongTeam,
    /// 科学・技術が優れる
    StrongScience,
    /// ニーズが明確
    ClearNeed,
    /// 段階が合わない
    WrongStage,
    /// 領域が合わない
    WrongSector,
    /// 地域が合わない
    WrongRegion,
    /// 条件が折り合わない
    TermsApart,
    /// 準備不足
    NotPrepared,
    /// 言語の壁
    Language,
    /// その他
    Other,
}

/// The fiscal year 年度 of a day, where years begin in this month: named by the year in which it begins.
pub fn fiscal_year(day: Date, starts_in: i8) -> i16 {
    if day.month() >= starts_in {
        day.year()
    } else {
        day.year() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fiscal_year_is_named_by_the_year_in_which_it_begins() {
        for (day, starts_in, year) in [
            ("2027-03-31", 4, 2026),
            ("2027-04-01", 4, 2027),
            ("2027-01-01", 1, 2027),
            ("2026-12-31", 1, 2026),
            ("2026-09-30", 10, 2025),
        ] {
            assert_eq!(fiscal_year(day.parse().unwrap(), starts_in), year, "{day}");
        }
    }

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for kind in OutcomeKind::ALL {
            assert_eq!(OutcomeKind::from_code(kind.code()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
