//! TLS to PostgreSQL, as the production image is built: `--features pg-tls`.

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types::Bool,
};
use testkit::postgres::{Cluster, Tls};

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    encrypted: bool,
}

fn is_encrypted(url: &str) -> Result<bool, String> {
    let mut conn = PgConnection::establish(url).map_err(|error| error.to_string())?;
    let answer: Answer =
        sql_query("SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            .get_result(&mut conn)
            .map_err(|error| error.to_string())?;
    Ok(answer.encrypted)
}

#[test]
fn require_encrypts_the_connection() {
    let Some((_cluster, tls)) = Cluster::start_with_tls() else {
        return;
    };

    assert_eq!(is_encrypted(&tls.url("127.0.0.1", "require")), Ok(true));
}

#[test]
fn verify_full_takes_the_server_it_asked_for_by_name_and_by_address() {
    let Some((_cluster, tls)) = Cluster::start_with_tls() else {
        return;
    };

    assert_eq!(is_encrypted(&tls.url("localhost", "verify-full")), Ok(true));
    assert_eq!(is_encrypted(&tls.url("127.0.0.1", "verify-full")), Ok(true));
}

#[test]
fn verify_full_refuses_a_server_of_another_authority() {
    let (Some((_cluster, tls)), Some((_stranger, other))) =
        (Cluster::start_with_tls(), Cluster::start_with_tls())
    else {
        return;
    };
    let deceived = Tls {
        port: other.port,
        ..tls
    };

    let error = is_encrypted(&deceived.url("localhost", "verify-full"))
        .expect_err("the server is a stranger");

    assert!(error.contains("certificate verify failed"), "{error}");
}

#[test]
fn a_server_that_wants_tls_is_not_spoken_to_in_the_clear() {
    let Some((_cluster, tls)) = Cluster::start_with_tls() else {
        return;
    };

    let error =
        is_encrypted(&tls.url("127.0.0.1", "disable")).expect_err("nothing is said in the clear");

    assert!(error.contains("no encryption"), "{error}");
}
