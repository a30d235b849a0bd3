//! The audit log as one chain: a sealer takes the rows in commit order and seals each with what the row before it was
//! sealed with, so that a row changed, left out, put in or moved afterwards is found.

use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Text},
};
use domain::PersonId;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    Conn, Store, StoreError, on,
    schema::audit,
    types::{Instant, Json, Uid},
};

/// What the first row is sealed with.
const BEGINNING: &str = "nakodo audit 1";

/// Held while sealing, so that one replica seals at a time. The number is our choice.
const SEALER_LOCK: i64 = 0x6175_6469_7400;

/// Rows checked at once.
const PAGE: i64 = 2_000;

/// What happened, as it was written with the change.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who; nobody for the clock and the system.
    pub person: Option<PersonId>,
    /// On whose part.
    pub party: Option<String>,
    /// What.
    pub action: String,
    /// To what.
    pub noun: String,
    /// To which.
    pub subject: Uuid,
    /// The version that it made.
    pub version: i32,
    /// Codes and ids.
    pub detail: Value,
}

/// A row of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Its place in the chain, from 1 without gaps.
    pub position: i64,
    /// The seal of the row before it.
    pub previous_seal: String,
    /// Its own.
    pub seal: String,
    /// What happened.
    pub entry: Entry,
}

/// The end of the chain: who keeps it elsewhere can tell later that nothing up to it was cut off or rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last position.
    pub position: i64,
    /// Its seal.
    pub seal: String,
}

impl Head {
    /// Before the first row.
    fn none() -> Head {
        Head {
            position: 0,
            seal: hex(Sha256::digest(BEGINNING).as_slice()),
        }
    }
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.position, self.seal)
    }
}

impl std::str::FromStr for Head {
    type Err = NotAHead;
    fn from_str(text: &str) -> Result<Head, NotAHead> {
        let (position, seal) = text.split_once(':').ok_or(NotAHead)?;
        let position = position.parse().map_err(|_| NotAHead)?;
        let is_seal = seal.len() == 64 && seal.bytes().all(|byte| byte.is_ascii_hexdigit());
        if position < 1 || !is_seal {
            return Err(NotAHead);
        }
        Ok(Head {
            position,
            seal: seal.to_ascii_lowercase(),
        })
    }
}

/// Not what `nakodo audit verify` prints as the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not POSITION:SEAL with the seal in 64 hex digits")]
pub struct NotAHead;

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// The same value with the keys of every object in order: the databases keep them in orders of their own.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| key.as_str());
            let members = members.into_iter();
            members
                .map(|(key, value)| (key.clone(), canonical(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        plain => plain.clone(),
    }
}

impl Entry {
    /// SHA-256 over the place, the seal before and all that the row says, as one JSON array: as the columns hold it, not
    /// as it was before it was written.
    fn seal(&self, position: i64, previous_seal: &str) -> String {
        let said = json!([
            position,
            previous_seal,
            self.seq,
            self.at.as_microsecond(),
            self.person,
            self.party,
            self.action,
            self.noun,
            self.subject,
            self.version,
            canonical(&self.detail),
        ]);
        hex(Sha256::digest(said.to_string()).as_slice())
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit)]
struct Row {
    seq: i64,
    at: Instant,
    person_id: Option<Uid>,
    party: Option<String>,
    action: String,
    noun: String,
    subject_id: Uid,
    version: i32,
    detail: Json,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Entry {
        Entry {
            seq: row.seq,
            at: row.at.into(),
            person: row.person_id.map(Into::into),
            party: row.party,
            action: row.action,
            noun: row.noun,
            subject: row.subject_id.0,
            version: row.version,
            detail: row.detail.0,
        }
    }
}

/// The end of the chain.
pub fn find_head(conn: &mut Conn) -> Result<Head, StoreError> {
    let found: Option<(i64, String)> = on!(
        conn,
        audit::table
            .filter(audit::position.is_not_null())
            .filter(audit::seal.is_not_null())
            .order(audit::position.desc())
            .select((
                audit::position.assume_not_null(),
                audit::seal.assume_not_null(),
            ))
            .first(conn)
            .optional()
    )?;
    Ok(found.map_or_else(Head::none, |(position, seal)| Head { position, seal }))
}

/// How many rows wait to be sealed.
pub fn count_unsealed(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(on!(
        conn,
        audit::table
            .filter(audit::seal.is_null())
            .count()
            .get_result(conn)
    )?)
}

/// Seals up to `limit` rows that wait for it; how many it were. None while another replica seals.
///
/// A row is there to be read once its transaction is over, so the chain is in commit order, whatever numbers the rows
/// were given. In one writing transaction: the lock is held to its end.
pub fn seal(conn: &mut Conn, limit: i64) -> Result<usize, StoreError> {
    if !lock(conn)? {
        return Ok(0);
    }
    let rows: Vec<Row> = on!(
        conn,
        audit::table
            .filter(audit::seal.is_null())
            .order(audit::seq)
            .limit(limit)
            .select(Row::as_select())
            .load(conn)
    )?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut head = find_head(conn)?;
    let mut seals = Vec::with_capacity(rows.len());
    for entry in rows.into_iter().map(Entry::from) {
        let position = head.position + 1;
        let seal = entry.seal(position, &head.seal);
        seals.push((entry.seq, position, head.seal, seal.clone()));
        head = Head { position, seal };
    }
    save_seals(conn, &seals)?;
    Ok(seals.len())
}

/// SQLite has one writer, and this is in its transaction.
fn lock(conn: &mut Conn) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Locked {
        #[diesel(sql_type = Bool)]
        locked: bool,
    }
    let Conn::Pg(conn) = conn else {
        return Ok(true);
    };
    let locked: Locked = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS locked")
        .bind::<BigInt, _>(SEALER_LOCK)
        .get_result(&mut **conn)?;
    Ok(locked.locked)
}

fn save_seals(conn: &mut Conn, seals: &[(i64, i64, String, String)]) -> Result<(), StoreError> {
    match conn {
        Conn::Pg(conn) => {
            let (mut seqs, mut positions) = (Vec::new(), Vec::new());
            let (mut before, mut own) = (Vec::new(), Vec::new());
            for (seq, position, previous_seal, seal) in seals {
                seqs.push(*seq);
                positions.push(*position);
                before.push(previous_seal);
                own.push(seal);
            }
            diesel::sql_query(
                "UPDATE audit SET position = s.position, previous_seal = s.previous_seal, seal = s.seal
                 FROM unnest($1, $2, $3, $4) AS s (seq, position, previous_seal, seal) WHERE audit.seq = s.seq",
            )
            .bind::<Array<BigInt>, _>(seqs)
            .bind::<Array<BigInt>, _>(positions)
            .bind::<Array<Text>, _>(before)
            .bind::<Array<Text>, _>(own)
            .execute(&mut **conn)?;
        }
        Conn::Sqlite(conn) => {
            for (seq, position, previous_seal, seal) in seals {
                diesel::update(audit::table.find(seq))
                    .set((
                        audit::position.eq(position),
                        audit::previous_seal.eq(previous_seal),
                        audit::seal.eq(seal),
                    ))
                    .execute(&mut **conn)?;
            }
        }
    }
    Ok(())
}

/// Which rows of the chain.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one noun.
    pub noun: Option<String>,
    /// Of one thing.
    pub subject: Option<Uuid>,
    /// By one person.
    pub person: Option<PersonId>,
    /// From this instant on.
    pub since: Option<Timestamp>,
}

/// The rows of the chain after a position, in its order. Served by the index `audit_position`.
pub fn list_sealed(
    conn: &mut Conn,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<Sealed>, StoreError> {
    type Found = (Option<i64>, Option<String>, Option<String>, Row);
    let rows: Vec<Found> = on!(conn, {
        let mut query = audit::table
            .filter(audit::position.gt(after))
            .order(audit::position)
            .limit(limit)
            .select((
                audit::position,
                audit::previous_seal,
                audit::seal,
                Row::as_select(),
            ))
            .into_boxed();
        if let Some(noun) = &filter.noun {
            query = query.filter(audit::noun.eq(noun));
        }
        if let Some(subject) = filter.subject {
            query = query.filter(audit::subject_id.eq(Uid(subject)));
        }
        if let Some(person) = filter.person {
            query = query.filter(audit::person_id.eq(Uid::from(person)));
        }
        if let Some(since) = filter.since {
            query = query.filter(audit::at.ge(Instant::from(since)));
        }
        query.load(conn)
    })?;
    Ok(rows
        .into_iter()
        .map(|(position, previous_seal, seal, row)| Sealed {
            position: position.unwrap_or_default(),
            previous_seal: previous_seal.unwrap_or_default(),
            seal: seal.unwrap_or_default(),
            entry: row.into(),
        })
        .collect())
}

/// What is wrong with the chain, at the first row where something is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The row that should stand here is gone, or another stands in its place.
    #[error("position {position}: the row is missing")]
    Missing {
        /// Where.
        position: i64,
    },
    /// A row does not follow the one before it.
    #[error("position {position} (row {seq}): it does not follow the row before it")]
    Unlinked {
        /// Where.
        position: i64,
        /// The number of the row.
        seq: i64,
    },
    /// A row says something else than what was sealed.
    #[error("position {position} (row {seq}): it was changed after it was sealed")]
    Changed {
        /// Where.
        position: i64,
        /// The number of the row.
        seq: i64,
    },
    /// Two rows stand at one position.
    #[error("there are more rows than positions")]
    Doubled,
    /// The chain is not the one whose head was kept elsewhere.
    #[error("position {position}: it is not the row whose seal was kept")]
    NotTheAnchor {
        /// Where.
        position: i64,
    },
}

/// Why a chain could not be called whole.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not.
    #[error(transparent)]
    Broken(#[from] Fault),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks every row of the chain against its seal, and heads that were kept elsewhere against it; the head, and how many
/// rows wait to be sealed.
///
/// # Errors
/// The first [`Fault`].
pub fn verify(store: &Store, anchors: &[Head]) -> Result<(Head, i64), VerifyError> {
    let mut head = Head::none();
    let mut read = i64::MIN;
    loop {
        let rows = store.read(|conn| list_sealed(conn, &Filter::default(), read, PAGE))?;
        for row in &rows {
            head = check(&head, row)?;
            let kept = anchors.iter().find(|kept| kept.position == head.position);
            if kept.is_some_and(|kept| kept.seal != head.seal) {
                return Err(Fault::NotTheAnchor {
                    position: head.position,
                }
                .into());
            }
        }
        let Some(last) = rows.last() else { break };
        read = last.position;
    }
    if anchors.iter().any(|kept| kept.position > head.position) {
        let position = head.position + 1;
        return Err(Fault::Missing { position }.into());
    }
    let (up_to_head, unsealed) = store.read(|conn| {
        let up_to_head: i64 = on!(
            conn,
            audit::table
                .filter(audit::position.le(head.position))
                .count()
                .get_result(conn)
        )?;
        Ok::<_, StoreError>((up_to_head, count_unsealed(conn)?))
    })?;
    if up_to_head != head.position {
        return Err(Fault::Doubled.into());
    }
    Ok((head, unsealed))
}

/// The head after this row, if it follows `head` and says what was sealed.
fn check(head: &Head, row: &Sealed) -> Result<Head, Fault> {
    let (position, seq) = (row.position, row.entry.seq);
    let expected = head.position + 1;
    if position != expected {
        return Err(Fault::Missing { position: expected });
    }
    if row.previous_seal != head.seal {
        return Err(Fault::Unlinked { position, seq });
    }
    let seal = row.entry.seal(position, &head.seal);
    if row.seal != seal {
        return Err(Fault::Changed { position, seq });
    }
    Ok(Head { position, seal })
}
