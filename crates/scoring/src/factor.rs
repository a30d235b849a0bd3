//! The list of factors: their names, their levels, and which of them are shared out over labels.
//!
//! Level 0 is `unknown` wherever a factor can be unknown. How a level is found stands in `factors/`; what it is worth
//! is the card's business alone.

use crate::factors::{
    accepted, cheque, exposure, home, kinds, language, load, raise, region, scale::names, stage,
    tree,
};

/// The version of all factors together: raised whenever a level's boundary moves.
pub const FACTORS_VERSION: u32 = 3;

/// No factor has more levels.
pub(crate) const LEVELS_MAX: usize = 16;

/// How many factors there are.
pub(crate) const FACTORS: usize = Factor::ALL.len();

macro_rules! factors {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $shape:ident, $levels:expr;)*) => {
        /// A factor: it turns a pair into a level.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Factor {
            $($(#[$doc])* $variant,)*
        }

        impl Factor {
            /// Every factor, in the order in which contributions are shown.
            pub(crate) const ALL: [Factor; [$($name),*].len()] = [$(Factor::$variant),*];

            /// The name in cards and explanations. `mine` is the asker's side.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Factor::$variant => $name,)*
                }
            }

            /// The names of its levels, by level.
            pub(crate) const fn levels(self) -> &'static [&'static str] {
                match self {
                    $(Factor::$variant => $levels,)*
                }
            }

            /// Whether it gives one contribution per label, each with its share in twelfths.
            pub(crate) const fn is_shared_out(self) -> bool {
                match self {
                    $(Factor::$variant => matches!(Shape::$shape, Shape::PerLabel),)*
                }
            }
        }
    };
}

enum Shape {
    Single,
    PerLabel,
}

factors! {
    /// The same for every pair of a section.
    Base = "base", Single, &["pair"];
    /// Best of their sectors in my mandate.
    SectorTheirs = "sector.theirs_in_my_mandate", Single, tree::LEVELS;
    /// Each of my sectors in their mandate.
    SectorMine = "sector.mine_in_their_mandate", PerLabel, tree::LEVELS;
    /// Each of my sectors beside theirs.
    SectorCommon = "sector.in_common", PerLabel, tree::LEVELS;
    /// Best of their modalities in my mandate.
    ModalityTheirs = "modality.theirs_in_my_mandate", Single, tree::LEVELS;
    /// Each of my modalities in their mandate.
    ModalityMine = "modality.mine_in_their_mandate", PerLabel, tree::LEVELS;
    /// Each of my modalities beside theirs.
    ModalityCommon = "modality.in_common", PerLabel, tree::LEVELS;
    /// Best of their indications in my mandate.
    IndicationTheirs = "indication.theirs_in_my_mandate", Single, tree::LEVELS;
    /// Each of my indications in their mandate.
    IndicationMine = "indication.mine_in_their_mandate", PerLabel, tree::LEVELS;
    /// Each of my indications beside theirs.
    IndicationCommon = "indication.in_common", PerLabel, tree::LEVELS;
    /// My stages in their mandate.
    StageMine = "stage.mine_in_their_mandate", Single, stage::LEVELS;
    /// Their stages in my mandate.
    StageTheirs = "stage.theirs_in_my_mandate", Single, stage::LEVELS;
    /// My home for their mandate.
    RegionMine = "region.mine_in_their_mandate", Single, region::LEVELS;
    /// Their home for my mandate.
    RegionTheirs = "region.theirs_in_my_mandate", Single, region::LEVELS;
    /// Home to home, where no mandate speaks of regions.
    RegionHome = "region.home", Single, home::LEVELS;
    /// My round beside their cheques.
    ChequeMine = "cheque.mine_in_their_range", Single, cheque::LEVELS;
    /// Their round beside my cheques.
    ChequeTheirs = "cheque.theirs_in_my_range", Single, cheque::LEVELS;
    /// Each of my needs beside what they offer.
    NeedsMine = "needs.mine_met", PerLabel, tree::LEVELS;
    /// Best of their needs beside what I offer.
    NeedsTheirs = "needs.theirs_met", Single, tree::LEVELS;
    /// Whether the investor buys what the round issues.
    Instrument = "instrument.accepted", Single, accepted::LEVELS;
    /// Whether the investor may invest in the issuing entity.
    EntityCountry = "entity_country.accepted", Single, accepted::LEVELS;
    /// How much the investing side invested lately.
    Activity = "track_record.activity", Single, names::ACTIVITY;
    /// How many startups it invested in.
    Deals = "track_record.deals", Single, names::DEALS;
    /// The usual size of the rounds it joined.
    RoundSize = "track_record.round_size", Single, names::ROUND_SIZE;
    /// The usual number of investors in the rounds it joined.
    Syndicate = "track_record.syndicate", Single, names::SYNDICATE;
    /// How often the investing side chose each of the startup's sectors.
    RecordSector = "track_record.sector", PerLabel, names::SECTOR;
    /// How often it chose what the startup says of itself, word by word.
    RecordTopic = "track_record.topic", PerLabel, names::SECTOR;
    /// How often it chose the startup's stage.
    RecordStage = "track_record.stage", Single, names::STAGE;
    /// How often it chose rounds of about this amount.
    RecordAmount = "track_record.amount", Single, names::AMOUNT;
    /// How often it chose the startup's country.
    RecordCountry = "track_record.country", Single, names::PLACE;
    /// How often it chose the startup's state or prefecture.
    RecordSubdivision = "track_record.subdivision", Single, names::PLACE;
    /// How often it chose the startup's area.
    RecordArea = "track_record.area", Single, names::PLACE;
    /// How often it chose the startup's city.
    RecordCity = "track_record.city", Single, names::CITY;
    /// How many deals of its record are like this one.
    Similar = "track_record.similar", Single, names::SIMILAR;
    /// How much it shared with the startup's earlier investors.
    Partners = "partners.shared", Single, names::PARTNERS;
    /// The same, beside a stranger of its size.
    PartnerLift = "partners.lift", Single, names::PARTNER_LIFT;
    /// Whether the investing side incubates too.
    AlsoIncubates = "investor.also_incubates", Single, kinds::LEVELS;
    /// The stage of the startup's round.
    RaiseStage = "raise.stage", Single, raise::STAGES;
    /// The amount of the startup's round.
    RaiseAmount = "raise.amount", Single, raise::AMOUNTS;
    /// The rounds that the startup raised before.
    RaiseRounds = "raise.earlier_rounds", Single, raise::ROUNDS;
    /// The investors that the startup has.
    RaiseInvestors = "raise.earlier_investors", Single, raise::INVESTORS;
    /// How much of the market's deals are in the startup's sector.
    MarketSector = "market.sector", Single, names::MARKET_SHARE;
    /// How much of the market's deals are in the startup's country.
    MarketCountry = "market.country", Single, names::MARKET_SHARE;
    /// How much of the market's deals are in the startup's area.
    MarketArea = "market.area", Single, names::MARKET_SHARE;
    /// A language both can meet in.
    Language = "language.in_common", Single, language::LEVELS;
    /// How much they were asked lately.
    Load = "load", Single, load::LEVELS;
    /// How often they would be listed.
    Exposure = "exposure", Single, exposure::LEVELS;
}

impl Factor {
    /// The factor with this name.
    pub(crate) fn from_name(name: &str) -> Option<Factor> {
        Factor::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// The level with this name.
    pub(crate) fn level(self, name: &str) -> Option<u8> {
        let position = self.levels().iter().position(|&level| level == name)?;
        u8::try_from(position).ok()
    }

    /// Whether a higher level can be worth no less: the levels from 1 are in the order of how well the two fit.
    pub(crate) fn is_monotone(self) -> bool {
        !matches!(
            self,
            Factor::Base
                | Factor::RegionHome
                | Factor::Deals
                | Factor::RoundSize
                | Factor::Syndicate
                | Factor::Activity
                | Factor::AlsoIncubates
                | Factor::RaiseStage
                | Factor::RaiseAmount
                | Factor::RaiseRounds
                | Factor::RaiseInvestors
                | Factor::MarketSector
                | Factor::MarketCountry
                | Factor::MarketArea
                | Factor::Load
                | Factor::Exposure
        )
    }

    /// Whether its cells are set by staff, for the sake of those who are asked: never learned, and 0 where a card does not
    /// state them.
    pub(crate) fn is_price(self) -> bool {
        matches!(self, Factor::Load | Factor::Exposure)
    }

    /// Whether its level 0 says that something is not stated.
    pub(crate) fn can_be_unknown(self) -> bool {
        self.levels()[0] == "unknown"
    }
}
