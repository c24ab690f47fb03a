//! Which database the hub stores in, as an address.

use std::path::{Path, PathBuf};

use super::AppError;

/// A database this build can store in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in a folder of this machine.
    Sqlite(PathBuf),
}

impl Database {
    /// Reads an address: `sqlite:` is the data folder itself, `sqlite:FOLDER` another one.
    pub fn of_url(url: &str, data: &Path) -> Result<Self, AppError> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => {
                let folder = url.trim_start_matches("sqlite").trim_start_matches(':');
                let folder = folder.strip_prefix("//").unwrap_or(folder);
                Ok(Self::Sqlite(if folder.is_empty() { data.to_owned() } else { PathBuf::from(folder) }))
            }
            "postgres" | "postgresql" => Err(AppError::Database(
                "PostgreSQL is not built into this version yet. Nothing was changed. Leave --database out to \
                 store in SQLite, in the data folder"
                    .to_owned(),
            )),
            // The address may hold a password: it is not repeated.
            _ => Err(AppError::Database(
                "--database takes an address such as sqlite: (the data folder itself) or sqlite:FOLDER. \
                 Nothing was changed"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let of = |url| Database::of_url(url, Path::new("data"));
        for own in ["sqlite:", "sqlite", "sqlite://"] {
            assert_eq!(of(own).unwrap(), Database::Sqlite("data".into()), "{own}");
        }
        assert_eq!(of("sqlite:/var/hub").unwrap(), Database::Sqlite("/var/hub".into()));
        assert_eq!(of("sqlite:///var/hub").unwrap(), Database::Sqlite("/var/hub".into()));
        assert_eq!(of("sqlite:other").unwrap(), Database::Sqlite("other".into()));
    }

    #[test]
    fn what_is_not_built_in_is_said_without_repeating_passwords() {
        let why = |url| Database::of_url(url, Path::new("data")).unwrap_err().to_string();
        assert!(why("postgres://hub:geheim@db/hub").contains("not built into this version yet"));
        assert!(why("mysql://hub:geheim@db/hub").contains("sqlite:"));
        assert!(!why("mysql://hub:geheim@db/hub").contains("geheim"));
    }
}
