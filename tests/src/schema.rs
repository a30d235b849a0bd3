//! What a database says about its own tables, in words that are the same for both databases.

use std::{collections::BTreeSet, path::Path};

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection,
    connection::SimpleConnection as _, sql_query, sql_types::Text,
};

/// Answers of one text column, so that each question is one statement.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What two schemas can be compared by. Each entry is one readable line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `table.column kind`, with ` null` where there may be none; the kind in the words of the database.
    pub columns: BTreeSet<String>,
    /// `table (column, column)`, in the order of the key.
    pub primary_keys: BTreeSet<String>,
    /// `table.column -> table.column`.
    pub foreign_keys: BTreeSet<String>,
    /// `table (column, column)`, with ` unique` and the columns and literals of a partial index's condition.
    pub indexes: BTreeSet<String>,
    /// `table`, the constraint's name if it was given one, and the columns and literals of its condition.
    pub checks: BTreeSet<String>,
}

impl Facts {
    /// The columns as `table.column`.
    pub fn column_names(&self) -> BTreeSet<&str> {
        self.columns
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect()
    }

    fn words(&self) -> BTreeSet<&str> {
        self.column_names()
            .into_iter()
            .filter_map(|name| name.split_once('.'))
            .map(|(_, column)| column)
            .collect()
    }

    fn with_conditions(mut self, indexes: &[String], checks: &[String]) -> Facts {
        let essence = |lines: &[String]| -> BTreeSet<String> {
            let words = self.words();
            lines.iter().map(|line| essence(line, &words)).collect()
        };
        let (indexes, checks) = (essence(indexes), essence(checks));
        self.indexes = indexes;
        self.checks = checks;
        self
    }
}

/// `head | condition` with only the columns and the literals of the condition, sorted: what is left of an expression
/// when two databases have rewritten it.
fn essence(line: &str, columns: &BTreeSet<&str>) -> String {
    let (head, condition) = line.split_once(" | ").unwrap_or((line, ""));
    let mut parts = BTreeSet::new();
    for (index, part) in condition.split('\'').enumerate() {
        if index % 2 == 1 {
            parts.insert(format!("'{part}'"));
            continue;
        }
        let words = part.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        parts.extend(
            words
                .filter(|word| columns.contains(word))
                .map(str::to_owned),
        );
    }
    let parts: Vec<String> = parts.into_iter().collect();
    format!("{head} | {}", parts.join(" "))
}

const SQLITE_TABLES: &str = "sqlite_master t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
     AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'";

/// A connection to one of the databases, for questions about its schema.
#[expect(missing_debug_implementations, reason = "a connection shows nothing")]
pub enum Schema {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

impl Schema {
    /// Connects to what the URL names.
    ///
    /// # Panics
    /// If nobody answers there.
    pub fn of(url: &str) -> Schema {
        match url.strip_prefix("sqlite://") {
            Some(path) => {
                let mut conn = SqliteConnection::establish(path).expect("a file");
                let wait = "PRAGMA busy_timeout = 10000";
                conn.batch_execute(wait).expect("it is there");
                Schema::Sqlite(conn)
            }
            None => Schema::Postgres(PgConnection::establish(url).expect("a database")),
        }
    }

    /// An empty SQLite database in memory.
    ///
    /// # Panics
    /// Never.
    pub fn in_memory() -> Schema {
        Schema::of("sqlite://:memory:")
    }

    /// Runs statements.
    ///
    /// # Panics
    /// If the database refuses one.
    pub fn run(&mut self, sql: &str) {
        match self {
            Schema::Postgres(conn) => conn.batch_execute(sql),
            Schema::Sqlite(conn) => conn.batch_execute(sql),
        }
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Runs the file of this name of every migration in the folder, in the order of their names or against it.
    ///
    /// # Panics
    /// If the database refuses one.
    pub fn migrate(&mut self, folder: &Path, file: &str) {
        let mut migrations: Vec<_> = std::fs::read_dir(folder)
            .expect("the migrations are there")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        migrations.sort();
        if file == "down.sql" {
            migrations.reverse();
        }
        for migration in migrations {
            let sql = std::fs::read_to_string(migration.join(file)).expect("a migration");
            self.run(&sql);
        }
    }

    /// Asks for one column of text, called `line`.
    ///
    /// # Panics
    /// If the database refuses the question.
    pub fn ask(&mut self, sql: &str) -> Vec<String> {
        let lines = match self {
            Schema::Postgres(conn) => sql_query(sql).load::<Line>(conn),
            Schema::Sqlite(conn) => sql_query(sql).load::<Line>(conn),
        };
        let lines = lines.unwrap_or_else(|error| panic!("{sql}: {error}"));
        lines.into_iter().map(|line| line.line).collect()
    }

    /// What the database says about its tables.
    pub fn facts(&mut self) -> Facts {
        match self {
            Schema::Postgres(_) => self.postgres_facts(),
            Schema::Sqlite(_) => self.sqlite_facts(),
        }
    }

    fn postgres_facts(&mut self) -> Facts {
        let mut set = |sql: &str| -> BTreeSet<String> { self.ask(sql).into_iter().collect() };
        let facts = Facts {
            columns: set(
                "SELECT table_name || '.' || column_name || ' ' || udt_name
                        || CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END AS line
                 FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
            ),
            primary_keys: set(
                "SELECT table_name || ' (' || string_agg(column_name, ', ' ORDER BY ordinal_position) || ')' AS line
                 FROM information_schema.table_constraints
                 JOIN information_schema.key_column_usage USING (constraint_schema, constraint_name, table_name)
                 WHERE constraint_type = 'PRIMARY KEY' AND constraint_schema = 'public'
                       AND table_name NOT LIKE '\\_\\_%'
                 GROUP BY table_name",
            ),
            foreign_keys: set(
                "SELECT c.conrelid::regclass || '.' || a.attname || ' -> ' || c.confrelid::regclass || '.' || b.attname
                        AS line
                 FROM pg_constraint c
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
                 JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
                 WHERE c.contype = 'f'",
            ),
            ..Facts::default()
        };
        let indexes = self.ask(
            "SELECT i.indrelid::regclass || ' (' || (
                        SELECT string_agg(a.attname, ', ' ORDER BY k.place)
                        FROM unnest(i.indkey) WITH ORDINALITY k (attnum, place)
                        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                    ) || ')' || CASE WHEN i.indisunique THEN ' unique' ELSE '' END
                    || ' | ' || coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS line
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary",
        );
        let checks = self.ask(
            "SELECT conrelid::regclass || CASE WHEN conname LIKE '%\\_check' THEN '' ELSE ' ' || conname END
                    || ' | ' || pg_get_constraintdef(oid) AS line
             FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace",
        );
        facts.with_conditions(&indexes, &checks)
    }

    fn sqlite_facts(&mut self) -> Facts {
        let mut set = |sql: &str| -> BTreeSet<String> { self.ask(sql).into_iter().collect() };
        let facts = Facts {
            columns: set(&format!(
                "SELECT t.name || '.' || c.name || ' ' || c.type
                        || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN '' ELSE ' null' END AS line
                 FROM pragma_table_info(t.name) c, {SQLITE_TABLES}"
            )),
            primary_keys: set(&format!(
                "SELECT name || ' (' || group_concat(key, ', ') || ')' AS line
                 FROM (SELECT t.name AS name, c.name AS key FROM pragma_table_info(t.name) c, {SQLITE_TABLES}
                       AND c.pk > 0 ORDER BY t.name, c.pk)
                 GROUP BY name"
            )),
            foreign_keys: set(&format!(
                "SELECT t.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\" AS line
                 FROM pragma_foreign_key_list(t.name) f, {SQLITE_TABLES}"
            )),
            ..Facts::default()
        };
        let indexes = self.ask(&format!(
            "SELECT t.name || ' (' || (SELECT group_concat(name, ', ') FROM pragma_index_info(i.name)) || ')'
                    || CASE i.\"unique\" WHEN 1 THEN ' unique' ELSE '' END || ' | '
                    || CASE i.partial WHEN 1 THEN
                        (SELECT substr(sql, instr(sql, 'WHERE')) FROM sqlite_master WHERE name = i.name)
                       ELSE '' END AS line
             FROM pragma_index_list(t.name) i, {SQLITE_TABLES} AND i.origin <> 'pk'"
        ));
        let tables = self.ask(&format!(
            "SELECT t.name || ' ' || t.sql AS line FROM {SQLITE_TABLES}"
        ));
        let checks: Vec<String> = tables.iter().flat_map(|table| checks_in(table)).collect();
        facts.with_conditions(&indexes, &checks)
    }
}

/// The CHECK constraints of `table CREATE TABLE …`, each on its line, as this project writes them. Those that stand in
/// for a type that SQLite does not have are said otherwise: `table.column json`, `table.column bool`.
fn checks_in(table: &str) -> Vec<String> {
    let (name, sql) = table.split_once(' ').expect("the name comes first");
    sql.lines()
        .filter_map(|line| {
            let (before, condition) = line.split_once("CHECK ")?;
            let column = before.split_whitespace().next().unwrap_or_default();
            if condition.starts_with("(json_valid(") {
                Some(format!("{name}.{column} json"))
            } else if condition.contains(" IN (0, 1)") {
                Some(format!("{name}.{column} bool"))
            } else if let Some(named) = before.trim().strip_prefix("CONSTRAINT ") {
                Some(format!("{name} {} | {condition}", named.trim()))
            } else {
                Some(format!("{name} | {condition}"))
            }
        })
        .collect()
}
