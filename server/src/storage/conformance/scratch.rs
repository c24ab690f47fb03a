//! PostgreSQL databases for one test: made from a template that has this version's tables, dropped
//! afterwards whether the test passes or not.
//!
//! The server is not started here. `cargo xtask test` starts one and names it in [`SERVER_VARIABLE`].

use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::Mutex;

use document_model::Entropy;
use futures::FutureExt;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::app::SystemEntropy;
use crate::storage::postgres::PostgresStorage;

/// The address of any database of the server that tests may make databases on.
pub const SERVER_VARIABLE: &str = "FIELDBOOK_TEST_POSTGRES";

/// The server's address; `None` with a notice where there is none.
///
/// # Panics
/// With `CI` set: nothing is left out there.
#[must_use]
pub fn server() -> Option<String> {
    let server = std::env::var(SERVER_VARIABLE).ok().filter(|url| !url.is_empty());
    if server.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no PostgreSQL: {SERVER_VARIABLE} is not set");
        println!("skipped: {SERVER_VARIABLE} names no PostgreSQL; `cargo xtask test` starts one");
    }
    server
}

/// Databases of one test.
pub struct Databases {
    server: String,
    made: Mutex<Vec<String>>,
}

impl Databases {
    /// The address of a new database with this version's tables.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn fresh(&self) -> String {
        let template = make_template(&self.server).await.expect("a template is made");
        self.copy(&template).await
    }

    /// The address of a new database with nothing in it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn empty(&self) -> String {
        self.copy("template0").await
    }

    /// The address of a copy of a database that nobody is connected to: a backup made by hand.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn copy_of(&self, url: &str) -> String {
        self.copy(&name_in(url)).await
    }

    /// Puts a copy in the place of a database, as somebody would who tells nobody.
    ///
    /// # Panics
    /// When it cannot be done.
    pub async fn put_back(&self, url: &str, copy: &str) {
        let (name, template) = (name_in(url), name_in(copy));
        let dropped = execute_on(&self.server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        dropped.expect("the database is dropped");
        let sql = format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template}");
        execute_on(&self.server, sql).await.expect("the copy takes its place");
    }

    async fn copy(&self, template: &str) -> String {
        let name = format!("fieldbook_test_{}", hex(&SystemEntropy.sixteen()));
        let sql = format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE {template}");
        execute_on(&self.server, sql).await.expect("a database is made");
        self.made.lock().expect("no test panics in here").push(name.clone());
        with_name(&self.server, &name)
    }
}

/// Runs a test that needs databases, where there is a server.
///
/// # Panics
/// When the test does.
pub async fn with_databases(test: impl AsyncFnOnce(&Databases)) {
    let Some(server) = server() else { return };
    let databases = Databases { server, made: Mutex::default() };
    // The test's own panic goes on below, once the databases are gone.
    let tested = AssertUnwindSafe(test(&databases)).catch_unwind().await;
    for name in databases.made.into_inner().expect("no test panics in here") {
        let dropped = execute_on(&databases.server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        dropped.expect("the database is dropped");
    }
    if let Err(panicked) = tested {
        std::panic::resume_unwind(panicked);
    }
}

/// Gives a test the address of one new database, where there is a server.
///
/// # Panics
/// When the test does.
pub async fn with_database(test: impl AsyncFnOnce(String)) {
    with_databases(async |databases| test(databases.fresh().await).await).await;
}

async fn connect(server: &str) -> sqlx::Result<PgConnection> {
    PgConnectOptions::from_str(server)?.disable_statement_logging().connect().await
}

async fn execute(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// Runs a statement on a connection of its own.
async fn execute_on(server: &str, sql: String) -> sqlx::Result<()> {
    let mut connection = connect(server).await?;
    execute(&mut connection, sql).await?;
    connection.close().await
}

/// The name of the template. The first test to come makes it; tests in other processes wait.
async fn make_template(server: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut connection = connect(server).await?;
    let template = template();
    execute(&mut connection, "SELECT pg_advisory_lock(17986, 9)".to_owned()).await?;
    let found = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&template);
    if found.fetch_optional(&mut connection).await?.is_none() {
        // Under another name until it is whole.
        let half = format!("{template}_half");
        execute(&mut connection, format!("DROP DATABASE IF EXISTS {half} WITH (FORCE)")).await?;
        execute(&mut connection, format!("CREATE DATABASE {half} ENCODING 'UTF8' TEMPLATE template0"))
            .await?;
        drop(PostgresStorage::open(&with_name(server, &half)).await?);
        execute(&mut connection, format!("ALTER DATABASE {half} RENAME TO {template}")).await?;
    }
    // The lock ends with the connection.
    connection.close().await?;
    Ok(template)
}

/// The template's name changes with the migrations: a server that outlives them has no use for an old
/// one.
fn template() -> String {
    let mut steps = Sha256::new();
    for step in sqlx::migrate!("../migrations/postgres").iter() {
        steps.update(&step.checksum);
    }
    format!("fieldbook_template_{}", hex(&steps.finalize()[..8]))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The address of another database of the same server.
fn with_name(url: &str, name: &str) -> String {
    let (place, query) =
        url.split_once('?').map_or((url, String::new()), |(place, query)| (place, format!("?{query}")));
    let start = place.find("://").map_or(0, |scheme| scheme + 3);
    let end = place[start..].find('/').map_or(place.len(), |slash| start + slash);
    format!("{}/{name}{query}", &place[..end])
}

/// The database an address names.
fn name_in(url: &str) -> String {
    let place = url.split('?').next().unwrap_or_default();
    place.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_the_same_server() {
        let other = |url| with_name(url, "other");
        assert_eq!(other("postgres://me:pw@db:5433/postgres"), "postgres://me:pw@db:5433/other");
        assert_eq!(
            other("postgres://me@localhost/postgres?host=/tmp/x"),
            "postgres://me@localhost/other?host=/tmp/x"
        );
        assert_eq!(other("postgres://db"), "postgres://db/other");
        assert_eq!(name_in("postgres://me@localhost/other?host=/tmp/x"), "other");
    }
}
