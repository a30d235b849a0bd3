//! How values lie in the columns: natively in PostgreSQL, as their nearest kin in SQLite.
//!
//! | type | PostgreSQL | SQLite |
//! |---|---|---|
//! | [`UuidT`] | `uuid` | `TEXT`, hyphenated |
//! | [`InstantT`] | `timestamptz` | `INTEGER`, microseconds since 1970 |
//! | [`JsonT`] | `jsonb` | `TEXT`, valid JSON |

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::Pg,
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, SqlType, Text},
    sqlite::Sqlite,
};
use domain::Id;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// A UUID.
#[derive(SqlType, QueryId)]
#[diesel(
    postgres_type(oid = 2950, array_oid = 2951),
    sqlite_type(name = "Text")
)]
pub struct UuidT;

/// An instant in microseconds.
#[derive(SqlType, QueryId)]
#[diesel(
    postgres_type(oid = 1184, array_oid = 1185),
    sqlite_type(name = "Long")
)]
pub struct InstantT;

/// A JSON document.
#[derive(SqlType, QueryId)]
#[diesel(
    postgres_type(oid = 3802, array_oid = 3807),
    sqlite_type(name = "Text")
)]
pub struct JsonT;

/// A value in a column of one of these types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = UuidT)]
pub struct Uid(pub Uuid);

impl<T> From<Id<T>> for Uid {
    fn from(id: Id<T>) -> Uid {
        Uid(id.uuid())
    }
}

impl<T> From<Uid> for Id<T> {
    fn from(uid: Uid) -> Id<T> {
        Id::from_uuid(uid.0)
    }
}

impl ToSql<UuidT, Pg> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<UuidT, Pg> for Uid {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Uid(Uuid::from_slice(bytes.as_bytes())?))
    }
}

impl ToSql<UuidT, Sqlite> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.hyphenated().to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<UuidT, Sqlite> for Uid {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
        Ok(Uid(Uuid::try_parse(&text)?))
    }
}

/// An instant, kept to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = InstantT)]
pub struct Instant(i64);

/// Microseconds from 1970 to 2000, where PostgreSQL's count begins.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Instant {
        Instant(at.as_microsecond())
    }
}

impl From<Instant> for Timestamp {
    fn from(at: Instant) -> Timestamp {
        Timestamp::from_microsecond(at.0).expect("the column holds what was written")
    }
}

impl ToSql<InstantT, Pg> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = self.0 - POSTGRES_EPOCH_MICROS;
        std::io::Write::write_all(out, &micros.to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<InstantT, Pg> for Instant {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(bytes)?;
        Ok(Instant(micros + POSTGRES_EPOCH_MICROS))
    }
}

impl ToSql<InstantT, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl FromSql<InstantT, Sqlite> for Instant {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(bytes).map(Instant)
    }
}

/// A JSON document.
#[derive(Clone, Debug, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = JsonT)]
pub struct Json(pub Value);

impl ToSql<JsonT, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        // The binary form of jsonb is a version number, 1, and the text.
        std::io::Write::write_all(out, &[1])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<JsonT, Pg> for Json {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Json(serde_json::from_slice(text_of(bytes.as_bytes())?)?))
    }
}

/// The text of the binary form of `jsonb`.
fn text_of(bytes: &[u8]) -> deserialize::Result<&[u8]> {
    match bytes {
        [1, text @ ..] => Ok(text),
        _ => Err("unknown version of jsonb".into()),
    }
}

impl ToSql<JsonT, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<JsonT, Sqlite> for Json {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
        Ok(Json(serde_json::from_str(&text)?))
    }
}

/// A JSON document as it came, for who reads it as what it is.
#[derive(Clone, Debug, PartialEq, Eq, FromSqlRow)]
#[diesel(sql_type = JsonT)]
pub struct JsonText(pub String);

impl FromSql<JsonT, Pg> for JsonText {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = text_of(bytes.as_bytes())?;
        Ok(JsonText(std::str::from_utf8(text)?.to_owned()))
    }
}

impl FromSql<JsonT, Sqlite> for JsonText {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(bytes).map(JsonText)
    }
}
