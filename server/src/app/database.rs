//! Which database the hub stores in, as an address.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::AppError;
use crate::storage::postgres::{PostgresStorage, is_address};
use crate::storage::sqlite::{FILE, SqliteStorage};
use crate::storage::{Engine, Stored};

/// What may stand behind the `?` of PostgreSQL's addresses. The driver ignores what it does not know,
/// and a mistyped `sslmode` must not mean an open line.
const PARAMETERS: [&str; 13] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// A database this build can store in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite in the data folder itself: both can be moved together.
    Own,
    /// SQLite in another folder of this machine.
    Sqlite(PathBuf),
    /// PostgreSQL.
    Postgres(Address),
}

/// An address that may hold a password: never shown, only stored and used.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://...")
    }
}

impl Database {
    /// Reads an address: `sqlite:` is the data folder itself, `sqlite:FOLDER` another one,
    /// `postgres://...` a PostgreSQL database.
    pub fn of_url(url: &str) -> Result<Self, AppError> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        match scheme {
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Ok(Self::Own),
                folder => {
                    std::path::absolute(folder).map(Self::Sqlite).map_err(|why| unusable(&why.to_string()))
                }
            },
            "postgres" | "postgresql" => of_postgres(&format!("postgres:{rest}")),
            _ => Err(unusable("it is of no kind this version knows")),
        }
    }

    /// Its address, the same from whatever folder a command is run. It may hold a password.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Own => "sqlite:".to_owned(),
            Self::Sqlite(folder) => format!("sqlite:{}", folder.display()),
            Self::Postgres(Address(url)) => url.clone(),
        }
    }

    /// Refuses when the file of a database that was made earlier is not there: opening would make another
    /// one, and throw away a log that was left beside it. Whether PostgreSQL is there shows when it is opened.
    pub fn must_be_there(&self, data: &Path) -> Result<(), AppError> {
        let file = match self {
            Self::Own => data.join(FILE),
            Self::Sqlite(folder) => folder.join(FILE),
            Self::Postgres(_) => return Ok(()),
        };
        match file.metadata() {
            Ok(found) if found.len() > 0 => Ok(()),
            Err(why) if why.kind() != ErrorKind::NotFound => {
                Err(AppError::Unusable { path: file, why: why.to_string() })
            }
            _ => Err(AppError::DatabaseGone(file)),
        }
    }

    /// Opens it, for the hub of a data folder.
    ///
    /// # Errors
    /// As the engine's own `open`.
    pub async fn open(&self, data: &Path) -> Stored<Engine> {
        Ok(match self {
            Self::Own => Engine::Sqlite(SqliteStorage::open(data).await?),
            Self::Sqlite(folder) => Engine::Sqlite(SqliteStorage::open(folder).await?),
            Self::Postgres(Address(url)) => Engine::Postgres(PostgresStorage::open(url).await?),
        })
    }
}

fn of_postgres(url: &str) -> Result<Database, AppError> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) && !name.starts_with("options[") {
            // A password with an unescaped `?` ends up here: it is not repeated.
            if parameters.contains('@') {
                return Err(unusable(
                    "it cannot be read; in a password write ? as %3F, # as %23, / as %2F, @ as %40",
                ));
            }
            return Err(unusable(&format!("it has a parameter that means nothing, {name:?}")));
        }
    }
    if !url.starts_with("postgres://") || !is_address(url) {
        return Err(unusable("this one cannot be read"));
    }
    Ok(Database::Postgres(Address(url.to_owned())))
}

/// The address may hold a password: it is not repeated.
fn unusable(why: &str) -> AppError {
    AppError::Database(format!(
        "the address given with --database cannot be used: {why}. Nothing was changed. Give sqlite: (the data \
         folder itself), sqlite:FOLDER, or postgres://USER:PASSWORD@HOST:PORT/DATABASE; or leave --database out"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for own in ["sqlite:", "sqlite", "sqlite://"] {
            assert_eq!(Database::of_url(own).unwrap(), Database::Own, "{own}");
        }
        for other in ["sqlite:/var/hub", "sqlite:///var/hub"] {
            assert_eq!(Database::of_url(other).unwrap(), Database::Sqlite("/var/hub".into()));
        }
        let postgres = "postgresql://hub:geheim@db:5433/hub?sslmode=verify-full";
        for url in
            ["sqlite:", "sqlite:relative/folder", postgres, "postgres://hub@localhost/hub?host=/run/pg"]
        {
            let database = Database::of_url(url).unwrap();
            assert_eq!(Database::of_url(&database.url()).unwrap(), database, "{url}");
        }
        assert!(Database::of_url(postgres).unwrap().url().starts_with("postgres://hub:geheim@db:5433/hub?"));
        let Database::Sqlite(folder) = Database::of_url("sqlite:relative").unwrap() else {
            panic!("another folder")
        };
        assert!(folder.is_absolute());
    }

    #[test]
    fn what_is_no_address_is_said_without_repeating_passwords() {
        let why = |url| Database::of_url(url).unwrap_err().to_string();
        for wrong in [
            "mysql://hub:geheim@db/hub",
            "postgres:hub:geheim@db/hub",
            "postgres://hub:geheim@db:port/hub",
            "postgres://hub:geheim@db/hub?sslmode=sometimes",
            "postgres://hub:geheim@db/hub?sslmod=require",
            "postgres://hub:ge?geheim=heim@db/hub",
        ] {
            let said = why(wrong);
            assert!(said.contains("sqlite:") && said.contains("Nothing was changed"), "{said}");
            assert!(!said.contains("geheim"), "{said}");
        }
        assert!(why("postgres://hub:geheim@db/hub?sslmod=require").contains("\"sslmod\""));
        let known = Database::of_url("postgres://hub:geheim@db/hub?password=geheim").unwrap();
        assert!(!format!("{known:?}").contains("geheim"), "{known:?}");
    }
}
