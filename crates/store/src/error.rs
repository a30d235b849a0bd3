//! What a query can answer beside rows, and the one table from database errors to it.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};
use domain::Noun;

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or none that the caller may see.
    #[error("{0} not found")]
    NotFound(Noun),
    /// A constraint that lets something exist once refused a second one; the name of the constraint.
    #[error("{0} already exists")]
    Duplicate(Constraint),
    /// Somebody else changed the row since it was read.
    #[error("{0} was changed by someone else")]
    Stale(Noun),
    /// A row that is pointed at does not exist.
    #[error("a row that is pointed at does not exist")]
    Dangling,
    /// A CHECK of the schema refused the row: a guard behind the guards.
    #[error("the schema refused the row by {0}")]
    Refused(Constraint),
    /// The database is away, full, read-only, or too busy; the same request may succeed later.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What was stored cannot be read any more.
    #[error("a stored {0} cannot be read")]
    Corrupt(Noun),
    /// Anything else: a defect of this program.
    #[error("the database could not answer")]
    Database(#[source] Diesel),
}

/// The name of a constraint, or the columns that SQLite names in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(String);

impl Constraint {
    /// Whether the constraint is the one of this name in PostgreSQL, over these columns in SQLite.
    pub fn is(&self, name: &str, columns: &str) -> bool {
        self.0 == name || self.0 == columns
    }
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn constraint(info: &dyn DatabaseErrorInformation) -> Constraint {
    let message = info.message();
    // SQLite: "UNIQUE constraint failed: people.email", "CHECK constraint failed: documents_kind"
    let tail = message.rsplit_once(": ").map_or(message, |(_, tail)| tail);
    let name = info.constraint_name().unwrap_or(tail);
    Constraint(name.to_owned())
}

impl From<Diesel> for StoreError {
    /// The one table from database errors to what they mean.
    fn from(error: Diesel) -> StoreError {
        use DatabaseErrorKind as Kind;
        let Diesel::DatabaseError(kind, ref info) = error else {
            return match error {
                Diesel::BrokenTransactionManager => StoreError::Unavailable(Box::new(error)),
                error => StoreError::Database(error),
            };
        };
        match kind {
            Kind::UniqueViolation => StoreError::Duplicate(constraint(info.as_ref())),
            Kind::ForeignKeyViolation => StoreError::Dangling,
            Kind::CheckViolation | Kind::NotNullViolation | Kind::ExclusionViolation => {
                StoreError::Refused(constraint(info.as_ref()))
            }
            Kind::ClosedConnection
            | Kind::SerializationFailure
            | Kind::ReadOnlyTransaction
            | Kind::UnableToSendCommand => StoreError::Unavailable(Box::new(error)),
            _ if is_passing(info.message()) => StoreError::Unavailable(Box::new(error)),
            _ => StoreError::Database(error),
        }
    }
}

/// Conditions that diesel has no kind for and that pass: locks, a full disk, a server that shuts down, a time-out.
fn is_passing(message: &str) -> bool {
    [
        "database is locked",
        "database table is locked",
        "database or disk is full",
        "disk I/O error",
        "could not extend file",
        "No space left",
        "deadlock detected",
        "canceling statement",
        "lock timeout",
        "terminating connection",
        "the database system is",
        "too many clients",
        "server closed the connection",
        "connection to server",
        "no connection to the server",
    ]
    .iter()
    .any(|passing| message.contains(passing))
}
