//! The one place where the program's settings are read: flags, each with its `NAKODO_…` variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::{
    evaluate::EvaluateArgs, import::ImportArgs, learn::LearnArgs, match_all::MatchAll,
    scorecard::Scorecard,
};

/// Nakodo 仲人: the matchmaking engine of an innovation hub.
///
/// Try it: `nakodo serve --demo`. It starts on an embedded database with a fictional hub in it, and prints where to look
/// and how to sign in.
#[derive(Debug, Parser)]
#[command(name = "nakodo", version, propagate_version = true)]
pub(crate) struct Nakodo {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API.
    ///
    /// Without a database URL it keeps everything in one SQLite file in the data folder, made on first start. With
    /// PostgreSQL any number of replicas may run on one database; each must be given the same signing key.
    Serve(Serve),
    /// Import organisations, members, rounds and investments from CSV or JSON lines.
    ///
    /// What the hub has already and is the same is not written: an import that broke off is simply run again. Rows that
    /// cannot be read are skipped and named by line and field; try with --dry-run first. A server may run meanwhile.
    Import(Import),
    /// Check or export the audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Rank a window of a ranking benchmark and tell how well.
    ///
    /// Nothing dated on or after the first day of the window is read but the rounds that ask. The measures are those of
    /// information retrieval, with 95 % bootstrap intervals over the questions.
    Evaluate(EvaluateArgs),
    /// Learn a scorecard from what happened, and tell what each factor weighs and how well the score tells the frequency.
    Learn(LearnArgs),
    /// Write the best counterparts of every organisation that may ask for a kind, on all cores, to one CSV file.
    ///
    /// The lists are those of the server. A run that broke off goes on where it was, as long as the question, the day, the
    /// card and the hub are the same; otherwise it says what is not and begins anew. The file holds ids, no names.
    MatchAll(MatchAll),
    /// Show, check or compare scorecards, or put one in force.
    #[command(subcommand)]
    Scorecard(Scorecard),
    /// Print the contract (OpenAPI 3.1) without a database.
    Openapi,
    /// Print a new signing key (Ed25519, PKCS#8 PEM), for --signing-key-file.
    SigningKey,
}

/// Where the data is.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the names of the flags"
)]
pub(crate) struct Database {
    /// `postgres://user:password@host/database`, or `sqlite:///path/to/file`. For TLS add `?sslmode=verify-full` (needs
    /// a build with the feature pg-tls). [default: nakodo.db in the data folder]
    #[arg(long, env = "NAKODO_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Folder for the SQLite file and the signing key.
    #[arg(long, env = "NAKODO_DATA_DIR", default_value = "data")]
    pub(crate) data_dir: PathBuf,
    /// Connections to the database at most, per process.
    #[arg(long, env = "NAKODO_DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) database_connections: u32,
}

impl Database {
    /// The URL of the database, its folder made where it is a file.
    pub(crate) fn url(&self) -> anyhow::Result<String> {
        use anyhow::Context;
        if let Some(url) = &self.database_url {
            return Ok(url.clone());
        }
        std::fs::create_dir_all(&self.data_dir)
            .with_context(|| format!("cannot make the folder {}", self.data_dir.display()))?;
        Ok(format!(
            "sqlite://{}",
            self.data_dir.join("nakodo.db").display()
        ))
    }

    /// Opens the database and brings its schema up to date.
    pub(crate) fn open(&self) -> anyhow::Result<store::Store> {
        Ok(store::Store::open(&self.url()?, self.database_connections)?)
    }

    /// Whether the data lies in a file of this machine, so that the signing key may be made beside it.
    pub(crate) fn is_local(&self) -> bool {
        self.database_url
            .as_deref()
            .is_none_or(|url| url.starts_with("sqlite://"))
    }
}

/// The audit log is one chain: each row is sealed with the seal of the row before it.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check every row against its seal, and name the first that is not as it was sealed.
    ///
    /// Prints the head of the chain, POSITION:SEAL. Kept outside the database (the server logs it each minute) and given
    /// back with --anchor, it shows that nothing was cut off or rewritten as a whole. Ends with 1 if the chain is broken.
    Verify(AuditVerify),
    /// Print the sealed rows as JSON lines, in the order of the chain. That it was done is a row of the log itself.
    Export(AuditExport),
}

#[derive(Debug, Args)]
pub(crate) struct AuditVerify {
    /// A head that was kept, POSITION:SEAL. May be given several times.
    #[arg(long, value_name = "POSITION:SEAL")]
    pub(crate) anchor: Vec<store::audit::Head>,
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct AuditExport {
    /// Only rows after this position.
    #[arg(long, default_value_t = 0)]
    pub(crate) after: i64,
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) files: ImportArgs,
    #[command(flatten)]
    pub(crate) database: Database,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address and port to listen on.
    #[arg(long, env = "NAKODO_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) database: Database,
    /// Fill an empty database with a fictional hub: sign-ins with a known password, so never on a network.
    #[arg(long, env = "NAKODO_DEMO")]
    pub(crate) demo: bool,
    /// File with the key that signs tokens (PEM). Made in the data folder on first start; with PostgreSQL it must be
    /// given. Further keys in the file verify older tokens.
    #[arg(long, env = "NAKODO_SIGNING_KEY_FILE")]
    pub(crate) signing_key_file: Option<PathBuf>,
    /// Threads that serve.
    #[arg(long, env = "NAKODO_WORKERS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) workers: u16,
    /// Writes of one person per minute; 0 lifts all limits.
    #[arg(long, env = "NAKODO_RATE_LIMIT_PER_MINUTE", default_value_t = 240)]
    pub(crate) rate_limit_per_minute: u32,
    /// Attempts to sign in to one account per hour, beyond ten at once.
    #[arg(long, env = "NAKODO_SIGN_INS_PER_HOUR", default_value_t = 30)]
    pub(crate) sign_ins_per_hour: u32,
    /// Believe X-Forwarded-For: only behind a proxy that sets it.
    #[arg(long, env = "NAKODO_BEHIND_PROXY")]
    pub(crate) behind_proxy: bool,
    /// Where people and mails find this hub: the base of every link. [default: the address that it listens on]
    #[arg(long, env = "NAKODO_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<url::Url>,
    /// Mail server: `smtps://user:password@host` (TLS), or `smtp://user:password@host` (STARTTLS; plain to this machine, and
    /// where the URL ends by `?tls=none`). [default: letters are kept as .eml files in the folder `mail` of the data folder]
    #[arg(
        long,
        env = "NAKODO_SMTP_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) smtp_url: Option<String>,
    /// From whom mail comes.
    #[arg(
        long,
        env = "NAKODO_MAIL_FROM",
        default_value = "Nakodo <nakodo@localhost>",
        value_name = "ADDRESS"
    )]
    pub(crate) mail_from: String,
    /// A network beside the public internet that webhooks may lead to, at any port and without TLS too: 10.20.0.0/16. May
    /// be given several times, or with commas.
    #[arg(
        long,
        env = "NAKODO_WEBHOOK_NETWORKS",
        value_delimiter = ',',
        value_name = "NETWORK"
    )]
    pub(crate) webhook_networks: Vec<api::notices::Network>,
    /// File with certificates (PEM) of authorities that mail servers and webhooks may be signed by, beside those that the
    /// machine trusts.
    #[arg(long, env = "NAKODO_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or per module as in `info,api=debug`.
    #[arg(long, env = "NAKODO_LOG", default_value = "info")]
    pub(crate) log: String,
}
