//! Codes in documents: a term of one axis, checked when it is read.

use std::{
    borrow::Cow, cmp::Ordering, fmt, hash::Hash, hash::Hasher, marker::PhantomData, str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Type, schema::Schema},
};

use super::{Axis, Label, Taxonomy, Term, taxonomy};

/// A marker type that names an axis at compile time.
pub trait OnAxis: 'static {
    /// The axis.
    const AXIS: Axis;
    /// The name of the code type in the `OpenAPI` document.
    const NAME: &'static str;
    /// What the `OpenAPI` document says of it.
    const DESCRIPTION: &'static str;
}

macro_rules! axis {
    ($marker:ident, $code:ident, $axis:ident, $description:literal) => {
        #[doc = concat!("Marks codes of [`Axis::", stringify!($axis), "`].")]
        #[derive(Debug)]
        pub enum $marker {}

        impl OnAxis for $marker {
            const AXIS: Axis = Axis::$axis;
            const NAME: &'static str = stringify!($code);
            const DESCRIPTION: &'static str = $description;
        }

        #[doc = $description]
        pub type $code = Code<$marker>;
    };
}

axis!(
    Sector,
    SectorCode,
    Sectors,
    "A code of `/v1/taxonomies/sectors`, such as `fintech.payments`"
);
axis!(
    Modality,
    ModalityCode,
    Modalities,
    "A code of `/v1/taxonomies/modalities`, such as `biologics.monoclonal_antibody`"
);
axis!(
    Indication,
    IndicationCode,
    Indications,
    "A code of `/v1/taxonomies/indications`, such as `ophthalmology.glaucoma`"
);
axis!(
    Capability,
    CapabilityCode,
    Capabilities,
    "A code of `/v1/taxonomies/capabilities`, such as `manufacturing.gmp`"
);
axis!(
    Stage,
    StageCode,
    Stages,
    "A code of `/v1/taxonomies/stages`, such as `financing.series_a`"
);
axis!(
    Region,
    RegionCode,
    Regions,
    "A code of `/v1/taxonomies/regions`: ISO 3166-1 (`JP`), ISO 3166-2 (`JP-27`), UN M.49 (`142`) or an area (`kansai`)"
);

/// A term of the axis `A`. It is copied freely, compares by place in the taxonomy (a rung by its height) and travels
/// as its code.
pub struct Code<A> {
    index: u16,
    axis: PhantomData<fn() -> A>,
}

impl<A: OnAxis> Code<A> {
    /// The term at `index` of the taxonomy, if there is one.
    pub fn from_index(index: u16) -> Option<Self> {
        (usize::from(index) < taxonomy(A::AXIS).terms().len()).then_some(Code {
            index,
            axis: PhantomData,
        })
    }

    /// All terms of the axis, parents before children.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u16::MAX).map_while(Self::from_index)
    }

    /// The position in [`Taxonomy::terms`]: good within one run of the product, never stored.
    pub fn index(self) -> u16 {
        self.index
    }

    /// The stable identifier.
    pub fn code(self) -> &'static str {
        &self.term().code
    }

    /// What people read.
    pub fn label(self) -> &'static Label {
        &self.term().label
    }

    /// All that is known of it.
    pub fn term(self) -> &'static Term {
        Self::taxonomy().term(self.index)
    }

    /// Whether it is `ancestor` or lies in it.
    pub fn is_within(self, ancestor: Self) -> bool {
        Self::taxonomy().is_within(self.index, ancestor.index)
    }

    /// Itself, then all that it lies in.
    pub fn and_around(self) -> impl Iterator<Item = Self> {
        let around = self.term().ancestors.iter();
        let code = move |&index| Code { index, ..self };
        std::iter::once(self).chain(around.map(code))
    }

    /// See [`Taxonomy::tree_distance`].
    pub fn tree_distance(self, other: Self) -> u8 {
        Self::taxonomy().tree_distance(self.index, other.index)
    }

    fn taxonomy() -> &'static Taxonomy {
        taxonomy(A::AXIS)
    }
}

impl StageCode {
    /// See [`Taxonomy::ladder_distance`].
    pub fn ladder_distance(self, other: Self) -> Option<u8> {
        Self::taxonomy().ladder_distance(self.index, other.index)
    }

    /// The ladder it stands on; for a ladder, itself.
    #[must_use]
    pub fn ladder(self) -> Self {
        let index = self.term().ladder.unwrap_or(self.index);
        Code { index, ..self }
    }
}

/// A string that is no code of the axis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{code}` is not a code of {axis}")]
pub struct UnknownCode {
    /// Where it was looked up.
    pub axis: Axis,
    /// What was given, cut after 64 characters.
    pub code: String,
}

impl<A: OnAxis> FromStr for Code<A> {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        let found = Self::taxonomy().find(code).and_then(Self::from_index);
        found.ok_or_else(|| UnknownCode {
            axis: A::AXIS,
            code: code.chars().take(64).collect(),
        })
    }
}

impl<A: OnAxis> TryFrom<&str> for Code<A> {
    type Error = UnknownCode;

    fn try_from(code: &str) -> Result<Self, UnknownCode> {
        code.parse()
    }
}

impl<A: OnAxis> Serialize for Code<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de, A: OnAxis> Deserialize<'de> for Code<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        code.parse().map_err(D::Error::custom)
    }
}

impl<A: OnAxis> PartialSchema for Code<A> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(Type::String);
        object.description(Some(A::DESCRIPTION)).into()
    }
}

impl<A: OnAxis> ToSchema for Code<A> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(A::NAME)
    }
}

impl<A: OnAxis> fmt::Display for Code<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl<A: OnAxis> fmt::Debug for Code<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", A::AXIS, self.code())
    }
}

// Derived, these would ask the same of the marker.
impl<A> Clone for Code<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Code<A> {}

impl<A> PartialEq for Code<A> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<A> Eq for Code<A> {}

impl<A> PartialOrd for Code<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A> Ord for Code<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}

impl<A> Hash for Code<A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
