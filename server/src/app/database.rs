//! Which database the hub stores in, as an address.

use std::path::{Path, PathBuf};

use super::AppError;

/// A database this build can store in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite in the data folder itself: both can be moved together.
    Own,
    /// SQLite in another folder of this machine.
    Sqlite(PathBuf),
}

impl Database {
    /// Reads an address: `sqlite:` is the data folder itself, `sqlite:FOLDER` another one.
    pub fn of_url(url: &str) -> Result<Self, AppError> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        match scheme {
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Ok(Self::Own),
                folder => std::path::absolute(folder).map(Self::Sqlite).map_err(|why| unusable(&why.to_string())),
            },
            "postgres" | "postgresql" => Err(AppError::Database(
                "PostgreSQL is not built into this version yet. Nothing was changed. Leave --database out to \
                 store in SQLite, in the data folder"
                    .to_owned(),
            )),
            _ => Err(unusable("it is of no kind this version knows")),
        }
    }

    /// Its address, the same from whatever folder a command is run.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Own => "sqlite:".to_owned(),
            Self::Sqlite(folder) => format!("sqlite:{}", folder.display()),
        }
    }

    /// The folder SQLite stores in.
    #[must_use]
    pub fn folder<'a>(&'a self, data: &'a Path) -> &'a Path {
        match self {
            Self::Own => data,
            Self::Sqlite(folder) => folder,
        }
    }
}

/// The address may hold a password: it is not repeated.
fn unusable(why: &str) -> AppError {
    AppError::Database(format!(
        "the address given with --database cannot be used: {why}. Nothing was changed. Give sqlite: (the data \
         folder itself) or sqlite:FOLDER, or leave --database out"
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
            let database = Database::of_url(other).unwrap();
            assert_eq!(database, Database::Sqlite("/var/hub".into()));
            assert_eq!(database.folder(Path::new("data")), Path::new("/var/hub"));
        }
        for url in ["sqlite:", "sqlite:relative/folder"] {
            let database = Database::of_url(url).unwrap();
            assert_eq!(Database::of_url(&database.url()).unwrap(), database);
        }
        let Database::Sqlite(folder) = Database::of_url("sqlite:relative").unwrap() else {
            panic!("another folder")
        };
        assert!(folder.is_absolute());
    }

    #[test]
    fn what_is_not_built_in_is_said_without_repeating_passwords() {
        let why = |url| Database::of_url(url).unwrap_err().to_string();
        assert!(why("postgres://hub:geheim@db/hub").contains("not built into this version yet"));
        assert!(why("mysql://hub:geheim@db/hub").contains("sqlite:"));
        assert!(!why("mysql://hub:geheim@db/hub").contains("geheim"));
    }
}
