//! Who invested in whom, in append-only versions.

use diesel::prelude::*;
use domain::{InvestmentId, Money, Noun, OrganisationId, StageCode};
use jiff::{Timestamp, civil::Date};

use crate::{
    Conn, StoreError, on,
    schema::investments,
    types::{Instant, Uid},
};

/// An investment of an investor in a startup.
#[derive(Clone, Debug, PartialEq)]
pub struct Investment {
    /// Its id.
    pub id: InvestmentId,
    /// Counts the changes, from 1.
    pub version: u32,
    /// Its name in another system.
    pub external_id: Option<String>,
    /// Who invested.
    pub investor: OrganisationId,
    /// In whom.
    pub startup: OrganisationId,
    /// When it was announced.
    pub announced_on: Date,
    /// The stage of the round.
    pub stage: Option<StageCode>,
    /// The amount of the whole round.
    pub amount: Option<Money>,
    /// Whether the investor led.
    pub lead: bool,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = investments)]
struct Row {
    id: Uid,
    version: i32,
    external_id: Option<String>,
    investor_id: Uid,
    startup_id: Uid,
    announced_on: String,
    stage: Option<String>,
    amount_minor: Option<i64>,
    currency: Option<String>,
    lead: bool,
    recorded_at: Instant,
}

fn row(investment: &Investment, now: Timestamp) -> Row {
    Row {
        id: investment.id.into(),
        version: investment.version.cast_signed(),
        external_id: investment.external_id.clone(),
        investor_id: investment.investor.into(),
        startup_id: investment.startup.into(),
        announced_on: investment.announced_on.to_string(),
        stage: investment.stage.map(|stage| stage.code().to_owned()),
        amount_minor: investment.amount.map(Money::minor_units),
        currency: investment
            .amount
            .map(|amount| amount.currency().code().to_owned()),
        lead: investment.lead,
        recorded_at: now.into(),
    }
}

impl TryFrom<Row> for Investment {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Investment, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::Investment);
        let amount = match (row.amount_minor, row.currency) {
            (Some(minor), Some(currency)) => {
                let currency = currency.parse().map_err(|_| corrupt())?;
                Some(Money::new(minor, currency).map_err(|_| corrupt())?)
            }
            _ => None,
        };
        Ok(Investment {
            id: row.id.into(),
            version: row.version.cast_unsigned(),
            external_id: row.external_id,
            investor: row.investor_id.into(),
            startup: row.startup_id.into(),
            announced_on: row.announced_on.parse().map_err(|_| corrupt())?,
            stage: row
                .stage
                .map(|code| code.parse())
                .transpose()
                .map_err(|_| corrupt())?,
            amount,
            lead: row.lead,
        })
    }
}

/// New versions of investments, all in one statement per 500.
///
/// # Errors
/// [`StoreError::Duplicate`] if a version exists already.
pub fn insert_all(
    conn: &mut Conn,
    investments: &[Investment],
    now: Timestamp,
) -> Result<(), StoreError> {
    for chunk in investments.chunks(500) {
        let rows: Vec<Row> = chunk
            .iter()
            .map(|investment| row(investment, now))
            .collect();
        on!(
            conn,
            diesel::insert_into(investments::table)
                .values(&rows)
                .execute(conn)
        )?;
    }
    Ok(())
}

/// The latest versions of the investments that other systems call so, by external id.
pub fn list_by_external_ids(
    conn: &mut Conn,
    external_ids: &[String],
) -> Result<Vec<Investment>, StoreError> {
    let mut latest = Vec::new();
    for chunk in external_ids.chunks(500) {
        let rows: Vec<Row> = on!(
            conn,
            investments::table
                .filter(investments::external_id.eq_any(chunk))
                .order((investments::external_id, investments::version))
                .select(Row::as_select())
                .load(conn)
        )?;
        keep_latest(rows, &mut latest)?;
    }
    Ok(latest)
}

/// The latest version of every investment after `after` by id, for loading all in pages of at most `limit` versions.
pub fn list_after(
    conn: &mut Conn,
    after: Option<InvestmentId>,
    limit: i64,
) -> Result<Vec<Investment>, StoreError> {
    let after = after.map(Uid::from);
    let mut rows: Vec<Row> = on!(conn, {
        let mut query = investments::table
            .order((investments::id, investments::version))
            .limit(limit)
            .select(Row::as_select())
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(investments::id.gt(after));
        }
        query.load(conn)
    })?;
    whole(&mut rows, limit);
    let mut latest = Vec::new();
    keep_latest(rows, &mut latest)?;
    Ok(latest)
}

/// The versions that investments had at `at`, by id.
pub fn list_known(conn: &mut Conn, at: Timestamp) -> Result<Vec<Investment>, StoreError> {
    let mut known: Vec<Investment> = Vec::new();
    loop {
        let after = known.last().map(|last| Uid::from(last.id));
        let mut rows: Vec<Row> = on!(conn, {
            let mut query = investments::table
                .filter(investments::recorded_at.le(Instant::from(at)))
                .order((investments::id, investments::version))
                .limit(PAGE)
                .select(Row::as_select())
                .into_boxed();
            if let Some(after) = after {
                query = query.filter(investments::id.gt(after));
            }
            query.load(conn)
        })?;
        if rows.is_empty() {
            return Ok(known);
        }
        whole(&mut rows, PAGE);
        keep_latest(rows, &mut known)?;
    }
}

/// When investments were recorded last, up to `at` and after `since`, the latest first; at most `limit` instants.
pub fn list_recorded(
    conn: &mut Conn,
    (since, at): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Timestamp>, StoreError> {
    let rows: Vec<Instant> = on!(
        conn,
        investments::table
            .filter(investments::recorded_at.le(Instant::from(at)))
            .filter(investments::recorded_at.gt(Instant::from(since)))
            .order(investments::recorded_at.desc())
            .select(investments::recorded_at)
            .distinct()
            .limit(limit)
            .load(conn)
    )?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Versions in one page of [`list_known`].
const PAGE: i64 = 5_000;

/// Later versions of the last one may lie beyond a full page: the next page has it whole.
fn whole(rows: &mut Vec<Row>, limit: i64) {
    if i64::try_from(rows.len()) == Ok(limit)
        && let (Some(first), Some(last)) = (rows.first(), rows.last().map(|row| row.id))
        && first.id != last
    {
        rows.retain(|row| row.id != last);
    }
}

fn keep_latest(rows: Vec<Row>, latest: &mut Vec<Investment>) -> Result<(), StoreError> {
    for row in rows {
        let investment = Investment::try_from(row)?;
        match latest.last_mut() {
            Some(last) if last.id == investment.id => *last = investment,
            _ => latest.push(investment),
        }
    }
    Ok(())
}
