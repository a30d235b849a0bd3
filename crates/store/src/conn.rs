//! Connections: one concrete type over both databases, pools, transactions and migrations.

use std::{path::Path, time::Duration};

use diesel::{
    PgConnection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::StoreError;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Held while migrations run, so that replicas that start together do not run them twice. The number is our choice.
const MIGRATION_LOCK: i64 = 0x6E61_6B6F_646F;

/// How long a handler waits for a connection before the answer is 503.
const CHECKOUT_MAX: Duration = Duration::from_secs(2);

type Pg = PooledConnection<ConnectionManager<PgConnection>>;
type Sqlite = PooledConnection<ConnectionManager<SqliteConnection>>;

/// A connection to the database of the hub. Query functions take `&mut Conn` first.
#[expect(missing_debug_implementations, reason = "a connection shows nothing")]
pub enum Conn {
    /// To PostgreSQL.
    Pg(Pg),
    /// To SQLite.
    Sqlite(Sqlite),
}

/// Runs one diesel expression on the connection that there is: `on!(conn, people::table.count().get_result(conn))`.
///
/// The expression is written once and compiled once per database, so each keeps its native types, upserts and batch
/// inserts. Inside it, `conn` is the connection to that database.
macro_rules! on {
    ($conn:ident, $query:expr) => {
        match $conn {
            $crate::Conn::Pg($conn) => {
                let $conn: &mut diesel::PgConnection = &mut **$conn;
                $query
            }
            $crate::Conn::Sqlite($conn) => {
                let $conn: &mut diesel::SqliteConnection = &mut **$conn;
                $query
            }
        }
    };
}
pub(crate) use on;

/// The database of the hub.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "a pool shows addresses")]
pub enum Store {
    /// PostgreSQL: one pool.
    Pg(Pool<ConnectionManager<PgConnection>>),
    /// SQLite: one writer, and readers that cannot write.
    Sqlite {
        /// One connection.
        writer: Pool<ConnectionManager<SqliteConnection>>,
        /// Several connections.
        readers: Pool<ConnectionManager<SqliteConnection>>,
    },
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The scheme of the URL is not one that the hub knows.
    #[error("a database URL begins with postgres://, postgresql:// or sqlite://")]
    Scheme,
    /// No connection.
    #[error("no connection to the database")]
    Connect(#[source] diesel::r2d2::PoolError),
    /// A migration failed.
    #[error("the database could not be migrated")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is set so that it may lose what it acknowledged.
    #[error("the database may lose what it acknowledged: {0} is off")]
    Durability(&'static str),
}

impl Store {
    /// Opens the database that `url` names and brings its schema up to date.
    ///
    /// `connections` bounds the connections of this process.
    ///
    /// # Errors
    /// [`OpenError`] says what stood in the way.
    pub fn open(url: &str, connections: u32) -> Result<Store, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Store::open_postgres(url, connections)
        } else if let Some(path) = url.strip_prefix("sqlite://") {
            Store::open_sqlite(Path::new(path), connections)
        } else {
            Err(OpenError::Scheme)
        }
    }

    fn open_postgres(url: &str, connections: u32) -> Result<Store, OpenError> {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT_MAX)
            .test_on_check_out(false)
            .connection_customizer(Box::new(PostgresSession))
            .build(ConnectionManager::<PgConnection>::new(url))
            .map_err(OpenError::Connect)?;
        let mut conn = pool.get().map_err(OpenError::Connect)?;
        let migrate =
            |conn: &mut PgConnection| -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
                // Waiting for the lock may take as long as the other replica migrates.
                conn.batch_execute(&format!(
                "SET statement_timeout = 0; SELECT pg_advisory_lock({MIGRATION_LOCK}); SET statement_timeout = '5s'"
            ))?;
                let result = conn.run_pending_migrations(POSTGRES_MIGRATIONS).map(|_| ());
                conn.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
                result
            };
        migrate(&mut conn).map_err(OpenError::Migrate)?;
        drop(conn);
        Ok(Store::Pg(pool))
    }

    fn open_sqlite(path: &Path, connections: u32) -> Result<Store, OpenError> {
        let manager = || ConnectionManager::<SqliteConnection>::new(path.to_string_lossy());
        let writer = Pool::builder()
            .max_size(1)
            .connection_timeout(Duration::from_secs(10))
            .test_on_check_out(false)
            .connection_customizer(Box::new(SqliteWriter))
            .build(manager())
            .map_err(OpenError::Connect)?;
        let mut conn = writer.get().map_err(OpenError::Connect)?;
        conn.immediate_transaction(|conn| {
            conn.run_pending_migrations(SQLITE_MIGRATIONS)
                .map(|_| ())
                .map_err(diesel::result::Error::QueryBuilderError)
        })
        .map_err(|error| OpenError::Migrate(Box::new(error)))?;
        drop(conn);
        let readers = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT_MAX)
            .test_on_check_out(false)
            .connection_customizer(Box::new(SqliteReader))
            .build(manager())
            .map_err(OpenError::Connect)?;
        Ok(Store::Sqlite { writer, readers })
    }

    /// Runs `work` in one reading transaction: everything it reads is of one moment.
    ///
    /// # Errors
    /// What `work` answers, or [`StoreError::Unavailable`] without a connection.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = match self {
            Store::Pg(pool) => Conn::Pg(pool.get().map_err(unavailable)?),
            Store::Sqlite { readers, .. } => Conn::Sqlite(readers.get().map_err(unavailable)?),
        };
        let begin = match &conn {
            Conn::Pg(_) => "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Conn::Sqlite(_) => "BEGIN DEFERRED",
        };
        in_transaction(&mut conn, begin, work)
    }

    /// Runs `work` in one writing transaction: all of it happens, or nothing.
    ///
    /// # Errors
    /// What `work` answers, or [`StoreError::Unavailable`] without a connection.
    pub fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = match self {
            Store::Pg(pool) => Conn::Pg(pool.get().map_err(unavailable)?),
            Store::Sqlite { writer, .. } => Conn::Sqlite(writer.get().map_err(unavailable)?),
        };
        let begin = match &conn {
            Conn::Pg(_) => "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED",
            Conn::Sqlite(_) => "BEGIN IMMEDIATE",
        };
        in_transaction(&mut conn, begin, work)
    }

    /// Lets the database count what is in its tables.
    ///
    /// For bulk work, while it fills a table and after it: a plan that was made for an empty table reads all of it, and
    /// PostgreSQL keeps such a plan until the table is counted again.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database does not answer.
    pub fn analyze(&self) -> Result<(), StoreError> {
        self.write(|conn| match conn {
            Conn::Pg(conn) => Ok(conn.batch_execute("ANALYZE")?),
            Conn::Sqlite(conn) => Ok(conn.batch_execute("PRAGMA analysis_limit = 400; ANALYZE")?),
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it does not.
    pub fn ping(&self) -> Result<(), StoreError> {
        self.read(|conn| {
            on!(conn, diesel::sql_query("SELECT 1").execute(conn))
                .map(|_| ())
                .map_err(StoreError::from)
        })
    }
}

fn unavailable(error: diesel::r2d2::PoolError) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

fn in_transaction<T, E: From<StoreError>>(
    conn: &mut Conn,
    begin: &str,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    on!(
        conn,
        AnsiTransactionManager::begin_transaction_sql(conn, begin)
    )
    .map_err(StoreError::from)?;
    match work(conn) {
        Ok(value) => {
            on!(conn, AnsiTransactionManager::commit_transaction(conn))
                .map_err(StoreError::from)?;
            Ok(value)
        }
        Err(error) => {
            // A connection that cannot roll back is broken; the pool drops it, the first error is the one to tell.
            if let Err(broken) = on!(conn, AnsiTransactionManager::rollback_transaction(conn)) {
                tracing::warn!(error = %broken, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

#[derive(Debug)]
struct PostgresSession;

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for PostgresSession {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        conn.batch_execute(
            "SET TIME ZONE 'UTC'; SET statement_timeout = '5s'; SET lock_timeout = '4s';
             SET idle_in_transaction_session_timeout = '30s'",
        )
        .map_err(diesel::r2d2::Error::QueryError)
    }
}

/// WAL so that readers never wait; FULL so that what was acknowledged survives a loss of power.
const SQLITE_SESSION: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -32000";

#[derive(Debug)]
struct SqliteWriter;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for SqliteWriter {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        conn.batch_execute(SQLITE_SESSION)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

#[derive(Debug)]
struct SqliteReader;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for SqliteReader {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        conn.batch_execute(&format!("{SQLITE_SESSION}; PRAGMA query_only = ON"))
            .map_err(diesel::r2d2::Error::QueryError)
    }
}
