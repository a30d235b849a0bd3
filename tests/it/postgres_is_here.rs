//! The PostgreSQL that the tests start themselves: that it is there, and that it behaves as they count on.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Integer;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use testkit::postgres::{Cluster, cluster, missing_is_a_failure};

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Integer)]
    answer: i32,
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the cluster of the tests answers")
}

fn ask(conn: &mut PgConnection, sql: &str) -> i32 {
    sql_query(sql)
        .get_result::<Answer>(conn)
        .expect("the query is right")
        .answer
}

#[test]
fn under_ci_postgresql_is_there_and_the_tests_ran_on_it() {
    let Some(cluster) = cluster() else {
        assert!(
            !missing_is_a_failure(),
            "CI is set and there is no PostgreSQL: half of the tests did not run"
        );
        return;
    };

    let mut conn = connect(&cluster.create_database(None));

    assert_eq!(ask(&mut conn, "SELECT 42 AS answer"), 42);
}

#[test]
fn databases_from_one_template_start_alike_and_change_apart() {
    let Some(cluster) = cluster() else { return };
    for _ in 0..2 {
        cluster.template("counted", |url| {
            connect(url)
                .batch_execute("CREATE TABLE counted (n int); INSERT INTO counted VALUES (1)")
                .expect("a new database is empty");
        });
    }
    let [one, other] = [(); 2].map(|()| cluster.create_database(Some("counted")));

    connect(&one)
        .batch_execute("INSERT INTO counted VALUES (1)")
        .expect("the table is a copy");

    let count = "SELECT count(*)::int AS answer FROM counted";
    assert_eq!(ask(&mut connect(&one), count), 2);
    assert_eq!(ask(&mut connect(&other), count), 1);
}

#[test]
fn a_dropped_database_is_gone_though_somebody_is_connected() {
    let Some(cluster) = cluster() else { return };
    let url = cluster.create_database(None);
    let _guest = connect(&url);

    cluster.drop_database(&url);

    let error = PgConnection::establish(&url)
        .err()
        .expect("the database is gone");
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[test]
fn a_killed_cluster_comes_back_with_all_it_had_acknowledged() {
    let Some(cluster) = Cluster::start_private() else {
        return;
    };
    let url = cluster.create_database(None);
    let mut before = connect(&url);
    before
        .batch_execute("CREATE TABLE acknowledged AS SELECT 7 AS answer")
        .expect("the table is new");

    cluster.kill_9();
    assert!(
        before.batch_execute("SELECT 1").is_err(),
        "the server was killed"
    );
    cluster.restart();

    assert_eq!(
        ask(&mut connect(&url), "SELECT answer FROM acknowledged"),
        7
    );
}

#[test]
fn a_cluster_leaves_nothing_behind() {
    let Some(cluster) = Cluster::start_private() else {
        return;
    };
    let directory = cluster.directory().to_owned();
    assert!(directory.join("data/postmaster.pid").exists());

    drop(cluster);

    assert!(!directory.exists());
}
