//! The list of factors: their names, their levels, and which of them are shared out over labels.
//!
//! Level 0 is `unknown` wherever a factor can be unknown. How a level is found stands in `factors/`; what it is worth
//! is the card's business alone.

use crate::factors::{accepted, activity, cheque, home, language, lift, region, stage, tree};

/// The version of all factors together: raised whenever a level's boundary moves.
pub const FACTORS_VERSION: u32 = 1;

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
    Activity = "track_record.activity", Single, activity::LEVELS;
    /// How often the investing side chose each of the startup's sectors.
    RecordSector = "track_record.sector", PerLabel, lift::LEVELS;
    /// How often it chose the startup's stage.
    RecordStage = "track_record.stage", Single, lift::LEVELS;
    /// How often it chose the startup's home region.
    RecordRegion = "track_record.region", Single, lift::LEVELS;
    /// How often it chose the startup's country.
    RecordCountry = "track_record.country", Single, lift::LEVELS;
    /// A language both can meet in.
    Language = "language.in_common", Single, language::LEVELS;
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

    /// Whether its level 0 says that something is not stated.
    pub(crate) fn can_be_unknown(self) -> bool {
        self != Factor::Base
    }
}
