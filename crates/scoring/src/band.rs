//! Bands: how well a pair fits, in three words whose meaning is written down. A band follows from points alone; it never
//! decides an order.
//!
//! Both kinds of card are read from the same place: the points of a pair of which nothing is known, where every factor is
//! at `unknown`, or at its median where it cannot be unknown.
//!
//! * A **hand-made** card knows no probability. A band is a share of the way from there to the most that the section can
//!   give: [`STRONG_PERCENT`], [`GOOD_PERCENT`]. Nobody reaches the most, since factors exclude each other.
//! * A **calibrated** card's points are log-odds in thousandths. A band is how many times the odds of such a pair are those
//!   of one of which nothing is known: [`STRONG_TIMES`], [`GOOD_TIMES`].

use domain::{Kind, Language};
use serde::{Deserialize, Serialize};

use crate::{
    Card,
    card::Section,
    factor::Factor,
    factors::{UNKNOWN, home},
};

/// Percent of the way to the most points of the section. Source: our choice; of the 14 investors on
/// the list of the fictional hub's founder two are strong, seven good, five possible.
const STRONG_PERCENT: i64 = 20;
/// As [`STRONG_PERCENT`].
const GOOD_PERCENT: i64 = 10;

/// Times the odds of a pair of which nothing is known, with their natural logarithm in thousandths. Source: our choice.
const STRONG_TIMES: (u8, i64) = (10, 2303);
/// As [`STRONG_TIMES`].
const GOOD_TIMES: (u8, i64) = (3, 1099);

/// How well a pair fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// 有力
    Strong,
    /// 良好
    Good,
    /// 候補
    Possible,
}

impl Band {
    /// Every band, the best first.
    pub const ALL: [Band; 3] = [Band::Strong, Band::Good, Band::Possible];

    /// The code in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Band::Strong => "strong",
            Band::Good => "good",
            Band::Possible => "possible",
        }
    }

    /// What it means under `card`, in one or two sentences for a reader of `language`.
    pub fn meaning(self, card: &Card, language: Language) -> String {
        match card.predicts() {
            Some(event) => self.odds(event, language),
            None => self.share(language),
        }
    }

    fn odds(self, event: &str, language: Language) -> String {
        let (least, below) = match self {
            Band::Strong => (STRONG_TIMES.0, None),
            Band::Good => (GOOD_TIMES.0, Some(STRONG_TIMES.0)),
            Band::Possible => (GOOD_TIMES.0, None),
        };
        match (self, language) {
            (Band::Possible, Language::En) => format!(
                "Possible: the odds of \"{event}\" are less than {least} times those of a pair of which nothing is known."
            ),
            (Band::Possible, Language::Ja) => format!(
                "候補：「{event}」の見込み（オッズ）が、何も分かっていない組み合わせの{least}倍未満です。"
            ),
            (_, Language::En) => {
                let below = below.map_or_else(String::new, |most| format!(" and less than {most}"));
                let word = if self == Band::Strong {
                    "Strong"
                } else {
                    "Good"
                };
                format!(
                    "{word}: the odds of \"{event}\" are at least {least}{below} times those of a pair of which nothing is known."
                )
            }
            (_, Language::Ja) => {
                let below = below.map_or_else(String::new, |most| format!("{most}倍未満"));
                let word = if self == Band::Strong {
                    "有力"
                } else {
                    "良好"
                };
                format!(
                    "{word}：「{event}」の見込み（オッズ）が、何も分かっていない組み合わせの{least}倍以上{below}です。"
                )
            }
        }
    }

    fn share(self, language: Language) -> String {
        match (self, language) {
            (Band::Strong, Language::En) => format!(
                "Strong: {STRONG_PERCENT} % or more of the way from a pair of which nothing is known to the most points that the scorecard has for these kinds. Not a probability."
            ),
            (Band::Good, Language::En) => format!(
                "Good: {GOOD_PERCENT} % to less than {STRONG_PERCENT} % of the way from a pair of which nothing is known to the most points that the scorecard has for these kinds. Not a probability."
            ),
            (Band::Possible, Language::En) => format!(
                "Possible: nothing keeps the two apart, but less than {GOOD_PERCENT} % of the way from a pair of which nothing is known to the most points that the scorecard has for these kinds. Not a probability."
            ),
            (Band::Strong, Language::Ja) => format!(
                "有力：情報が何もない場合の点数を0％、この種別の組み合わせで得られる最高点を100％としたとき、{STRONG_PERCENT}％以上です。成立の確率ではありません。"
            ),
            (Band::Good, Language::Ja) => format!(
                "良好：情報が何もない場合の点数を0％、この種別の組み合わせで得られる最高点を100％としたとき、{GOOD_PERCENT}％以上{STRONG_PERCENT}％未満です。成立の確率ではありません。"
            ),
            (Band::Possible, Language::Ja) => format!(
                "候補：紹介を妨げる条件はありませんが、情報が何もない場合の点数を0％、この種別の組み合わせで得られる最高点を100％としたとき、{GOOD_PERCENT}％未満です。成立の確率ではありません。"
            ),
        }
    }
}

impl Card {
    /// The band of so many points between an asker whose primary kind is `asker` and a counterpart asked for as
    /// `counterpart`.
    pub fn band(&self, asker: Kind, counterpart: Kind, points: i32) -> Band {
        self.band_in(self.section(Some(asker), counterpart), points)
    }

    pub(crate) fn band_in(&self, section: &Section, points: i32) -> Band {
        let beyond = i64::from(points) - i64::from(section.of_nothing_known());
        let (good, strong) = if self.is_calibrated() {
            (GOOD_TIMES.1, STRONG_TIMES.1)
        } else {
            let whole = i64::from(section.most()) - i64::from(section.of_nothing_known());
            // Of a section in which everything is worth the same, nothing is more than possible.
            let share = |percent: i64| ((whole * percent + 99) / 100).max(1);
            (share(GOOD_PERCENT), share(STRONG_PERCENT))
        };
        match beyond {
            beyond if beyond >= strong => Band::Strong,
            beyond if beyond >= good => Band::Good,
            _ => Band::Possible,
        }
    }
}

impl Section {
    /// The cell of a factor of which nothing is known: `unknown`, or the lower median where it cannot be unknown. Homes say
    /// nothing where a mandate speaks of regions.
    pub(crate) fn plain(&self, factor: Factor) -> i32 {
        if factor == Factor::RegionHome {
            return self.points(factor, home::MANDATE_SPEAKS);
        }
        if factor.can_be_unknown() {
            return self.points(factor, UNKNOWN);
        }
        let mut cells: Vec<i32> = self.stated(factor).collect();
        cells.sort_unstable();
        cells[(cells.len() - 1) / 2]
    }

    /// The points of a pair of which nothing is known.
    fn of_nothing_known(&self) -> i32 {
        Factor::ALL.map(|factor| self.plain(factor)).iter().sum()
    }

    /// No pair has more.
    fn most(&self) -> i32 {
        let most = |factor| self.stated(factor).max().unwrap_or(0);
        let tables = self.tables().iter().map(|table| {
            let [a, b] = table.factors.map(levels);
            let cells = a.flat_map(|a| b.clone().map(move |b| table.points([a, b])));
            cells.max().unwrap_or(0)
        });
        Factor::ALL.map(most).iter().sum::<i32>() + tables.sum::<i32>()
    }

    /// The cells of the levels that a factor has.
    fn stated(&self, factor: Factor) -> impl Iterator<Item = i32> {
        levels(factor).map(move |level| self.points(factor, level))
    }
}

fn levels(factor: Factor) -> std::ops::Range<u8> {
    0..u8::try_from(factor.levels().len()).expect("few levels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_shares_of_what_a_card_made_by_hand_can_give() {
        let card = Card::default_card();
        let section = card.section(Some(Kind::Startup), Kind::Investor);
        let (least, most) = (section.of_nothing_known(), section.most());
        let at = |percent: i32| card.band_in(section, least + (most - least) / 100 * percent + 100);

        assert_eq!(
            [at(0), at(10), at(20)],
            [Band::Possible, Band::Good, Band::Strong]
        );
        assert_eq!(
            card.band(Kind::Startup, Kind::Investor, -20_000),
            Band::Possible
        );
        assert_eq!(card.band(Kind::Startup, Kind::Investor, most), Band::Strong);
    }

    #[test]
    fn bands_of_a_calibrated_card_are_odds_and_only_they_speak_of_chances() {
        let text = Card::DEFAULT_TEXT.replacen(
            "\"calibrated\": false",
            "\"calibrated\": true, \"predicts\": \"invests\"",
            1,
        );
        let learned = Card::parse(&text).unwrap();
        let least = learned.section(None, Kind::Investor).of_nothing_known();
        let band = |beyond| learned.band_in(learned.section(None, Kind::Investor), least + beyond);

        assert_eq!(band(1098), Band::Possible);
        assert_eq!(band(1099), Band::Good);
        assert_eq!(band(2303), Band::Strong);
        for band in Band::ALL {
            let told = |card: &Card| {
                [Language::En, Language::Ja].map(|language| band.meaning(card, language))
            };
            assert!(told(&learned).iter().all(|text| text.contains("invests")));
            assert!(told(Card::default_card())[0].contains("Not a probability"));
        }
    }
}
