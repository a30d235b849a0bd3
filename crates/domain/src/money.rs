//! Amounts of money, currencies, and the bands in which an amount is shown to those who may not see it exactly.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An ISO 4217 currency that the hub knows: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cow<'_, str>", into = "&'static str")]
pub struct Currency(&'static Known);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Known {
    code: &'static str,
    /// Digits after the decimal point, by ISO 4217.
    digits: u32,
    /// Yearly average value of one unit in US dollars, in millionths.
    usd_micros: i64,
}

/// Currencies with their minor digits (ISO 4217:2015) and a yearly average rate against the US dollar.
///
/// Rates: rounded averages of 2024 from the published reference rates of the central banks; they serve to compare
/// bands, never to convert an amount that is shown.
const KNOWN: [Known; 16] = [
    known("AUD", 2, 660_000),
    known("BRL", 2, 186_000),
    known("CAD", 2, 730_000),
    known("CHF", 2, 1_136_000),
    known("CNY", 2, 139_000),
    known("DKK", 2, 145_000),
    known("EUR", 2, 1_082_000),
    known("GBP", 2, 1_278_000),
    known("HKD", 2, 128_000),
    known("ILS", 2, 270_000),
    known("INR", 2, 11_950),
    known("JPY", 0, 6_600),
    known("KRW", 0, 733),
    known("SGD", 2, 748_000),
    known("TWD", 2, 31_100),
    known("USD", 2, 1_000_000),
];

const fn known(code: &'static str, digits: u32, usd_micros: i64) -> Known {
    Known {
        code,
        digits,
        usd_micros,
    }
}

/// The text is not a currency that the hub knows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a known ISO 4217 currency")]
pub struct UnknownCurrency;

impl Currency {
    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        self.0.code
    }

    /// Digits after the decimal point: 0 for JPY, 2 for USD.
    pub const fn digits(self) -> u32 {
        self.0.digits
    }

    /// Every currency that the hub knows, by code.
    pub fn all() -> impl Iterator<Item = Currency> {
        KNOWN.iter().map(Currency)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        KNOWN
            .iter()
            .find(|known| known.code == text)
            .map(Currency)
            .ok_or(UnknownCurrency)
    }
}

impl TryFrom<Cow<'_, str>> for Currency {
    type Error = UnknownCurrency;
    fn try_from(text: Cow<'_, str>) -> Result<Self, UnknownCurrency> {
        text.parse()
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> &'static str {
        currency.code()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("ISO 4217 currency"))
            .enum_values(Some(Currency::all().map(Currency::code)))
            .into()
    }
}
impl ToSchema for Currency {}

/// An amount in the minor units of its currency (cents of USD, yen of JPY), 0 to 10^15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawMoney")]
pub struct Money {
    /// Minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    minor_units: i64,
    currency: Currency,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMoney {
    minor_units: i64,
    currency: Currency,
}

impl TryFrom<RawMoney> for Money {
    type Error = AmountOutOfRange;
    fn try_from(raw: RawMoney) -> Result<Self, AmountOutOfRange> {
        Money::new(raw.minor_units, raw.currency)
    }
}

/// The amount is negative or beyond [`Money::MAX_MINOR_UNITS`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("amount {0} is not between 0 and 10^15 minor units")]
pub struct AmountOutOfRange(i64);

impl Money {
    /// The largest amount: ten trillion dollars, more than any round.
    pub const MAX_MINOR_UNITS: i64 = 1_000_000_000_000_000;

    /// So many minor units.
    ///
    /// # Errors
    /// [`AmountOutOfRange`] below 0 and above [`Money::MAX_MINOR_UNITS`].
    pub fn new(minor_units: i64, currency: Currency) -> Result<Money, AmountOutOfRange> {
        if (0..=Money::MAX_MINOR_UNITS).contains(&minor_units) {
            Ok(Money {
                minor_units,
                currency,
            })
        } else {
            Err(AmountOutOfRange(minor_units))
        }
    }

    /// Minor units.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in whole US dollars at the yearly rate, rounded down: for comparing, never for showing.
    pub fn usd(self) -> i64 {
        let per_unit = i128::from(10_i64.pow(self.currency.digits())) * 1_000_000;
        let usd = i128::from(self.minor_units) * i128::from(self.currency.0.usd_micros) / per_unit;
        i64::try_from(usd).expect("10^15 minor units of no currency reach 2^63 dollars")
    }

    /// The band in which the amount lies.
    pub fn band(self) -> AmountBand {
        AmountBand::of_usd(self.usd())
    }
}

/// A band of amounts in US dollars at yearly rates; shown instead of an amount that is not yet disclosed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AmountBand {
    /// Below USD 20,000.
    #[serde(rename = "below_20k")]
    Below20K,
    /// USD 20,000 to below 50,000.
    #[serde(rename = "20k_50k")]
    From20K,
    /// USD 50,000 to below 200,000.
    #[serde(rename = "50k_200k")]
    From50K,
    /// USD 200,000 to below 500,000.
    #[serde(rename = "200k_500k")]
    From200K,
    /// USD 500,000 to below 1 million.
    #[serde(rename = "500k_1m")]
    From500K,
    /// USD 1 to below 2 million.
    #[serde(rename = "1m_2m")]
    From1M,
    /// USD 2 to below 5 million.
    #[serde(rename = "2m_5m")]
    From2M,
    /// USD 5 to below 10 million.
    #[serde(rename = "5m_10m")]
    From5M,
    /// USD 10 to below 20 million.
    #[serde(rename = "10m_20m")]
    From10M,
    /// USD 20 to below 50 million.
    #[serde(rename = "20m_50m")]
    From20M,
    /// USD 50 million and more.
    #[serde(rename = "50m_and_more")]
    From50M,
}

impl AmountBand {
    /// Every band, from small to large.
    pub const ALL: [AmountBand; 11] = [
        AmountBand::Below20K,
        AmountBand::From20K,
        AmountBand::From50K,
        AmountBand::From200K,
        AmountBand::From500K,
        AmountBand::From1M,
        AmountBand::From2M,
        AmountBand::From5M,
        AmountBand::From10M,
        AmountBand::From20M,
        AmountBand::From50M,
    ];

    /// The band of an amount in whole US dollars.
    pub const fn of_usd(usd: i64) -> AmountBand {
        match usd {
            ..20_000 => AmountBand::Below20K,
            20_000..50_000 => AmountBand::From20K,
            50_000..200_000 => AmountBand::From50K,
            200_000..500_000 => AmountBand::From200K,
            500_000..1_000_000 => AmountBand::From500K,
            1_000_000..2_000_000 => AmountBand::From1M,
            2_000_000..5_000_000 => AmountBand::From2M,
            5_000_000..10_000_000 => AmountBand::From5M,
            10_000_000..20_000_000 => AmountBand::From10M,
            20_000_000..50_000_000 => AmountBand::From20M,
            50_000_000.. => AmountBand::From50M,
        }
    }
}

/// A range of amounts in one currency, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawRange")]
pub struct MoneyRange {
    /// Minor units, at most `max`.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    min: i64,
    /// Minor units.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    max: i64,
    currency: Currency,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRange {
    min: i64,
    max: i64,
    currency: Currency,
}

/// Why two amounts are no range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRange {
    /// An end is no amount.
    #[error(transparent)]
    Amount(#[from] AmountOutOfRange),
    /// The ends are the wrong way round.
    #[error("min is greater than max")]
    Reversed,
}

impl TryFrom<RawRange> for MoneyRange {
    type Error = BadRange;
    fn try_from(raw: RawRange) -> Result<Self, BadRange> {
        MoneyRange::new(
            Money::new(raw.min, raw.currency)?,
            Money::new(raw.max, raw.currency)?.minor_units,
        )
    }
}

impl MoneyRange {
    /// From `min` to `max` minor units of its currency.
    ///
    /// # Errors
    /// [`BadRange`] if `max` is no amount or less than `min`.
    pub fn new(min: Money, max: i64) -> Result<MoneyRange, BadRange> {
        let top = Money::new(max, min.currency)?;
        if top.minor_units < min.minor_units {
            return Err(BadRange::Reversed);
        }
        Ok(MoneyRange {
            min: min.minor_units,
            max,
            currency: min.currency,
        })
    }

    /// The lower end.
    pub fn min(self) -> Money {
        Money {
            minor_units: self.min,
            currency: self.currency,
        }
    }

    /// The upper end.
    pub fn max(self) -> Money {
        Money {
            minor_units: self.max,
            currency: self.currency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yen_and_dollars_of_the_same_worth_share_a_band() {
        let yen = Money::new(300_000_000, "JPY".parse().unwrap()).unwrap();
        let dollars = Money::new(200_000_000, "USD".parse().unwrap()).unwrap();

        assert_eq!((yen.usd(), dollars.usd()), (1_980_000, 2_000_000));
        assert_eq!(yen.band(), AmountBand::From1M);
        assert_eq!(dollars.band(), AmountBand::From2M);
    }

    #[test]
    fn a_range_the_wrong_way_round_and_an_unknown_currency_are_refused() {
        let reversed = r#"{"min":2,"max":1,"currency":"JPY"}"#;
        let unknown = r#"{"min":1,"max":2,"currency":"XXX"}"#;

        for (json, why) in [(reversed, "greater than max"), (unknown, "ISO 4217")] {
            let error = serde_json::from_str::<MoneyRange>(json).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[test]
    fn the_largest_amount_of_every_currency_can_be_compared() {
        for currency in Currency::all() {
            assert!(Money::new(Money::MAX_MINOR_UNITS, currency).unwrap().usd() > 0);
        }
    }
}
