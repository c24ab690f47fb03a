//! Where settings come from, one layer over the other: default, administrator, file, environment.

use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::Path;

use ::config::{Config as Source, Environment, File, FileFormat, Value};
use serde::Serialize;
use utoipa::ToSchema;

use super::shown::is_setting;
use super::{Config, ConfigError, FILE, SEPARATOR, on_one_line};

/// Who said what a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Nobody.
    Default,
    /// An administrator, in the console.
    Administrator,
    /// `fieldbook.toml` in the data folder.
    File,
    /// A variable of the environment.
    Environment,
}

impl Origin {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Administrator => "administrator",
            Self::File => "file",
            Self::Environment => "environment",
        }
    }
}

/// What file and environment say: both stand over what an administrator set.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    file: Source,
    environment: Source,
}

impl Layers {
    /// Those of a data folder and this process's environment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        Self::of(folder, None)
    }

    /// The same with another environment, where one is given.
    pub(super) fn of(
        folder: &Path,
        environment: Option<HashMap<String, String>>,
    ) -> Result<Self, ConfigError> {
        check_readable(&folder.join(FILE))?;
        let file = File::from(folder.join(FILE)).format(FileFormat::Toml).required(false);
        let environment = Environment::with_prefix("FIELDBOOK")
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .try_parsing(true)
            .source(environment);
        Ok(Self {
            file: Source::builder().add_source(file).build().map_err(told)?,
            environment: Source::builder().add_source(environment).build().map_err(told)?,
        })
    }

    /// The settings without what an administrator set.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn without_administrator(&self) -> Result<Config, ConfigError> {
        self.with(&BTreeMap::new())
    }

    /// The settings in force with what an administrator set: by name, values as JSON. A name that this version does
    /// not know, which a newer one may have stored, changes nothing.
    ///
    /// # Errors
    /// What is wrong with them, wherever it was said.
    pub fn with(&self, set: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
        let mut layers = Source::builder();
        for (key, json) in set.iter().filter(|(key, _)| is_setting(key)) {
            layers = layers.set_default(key, value_of(key, json)?).map_err(told)?;
        }
        let layers = layers.add_source(self.file.clone()).add_source(self.environment.clone());
        let config: Config = layers.build().and_then(Source::try_deserialize).map_err(told)?;
        config.check()?;
        Ok(config)
    }

    /// Who says what a setting is.
    #[must_use]
    pub fn origin(&self, key: &str, set: &BTreeMap<String, String>) -> Origin {
        let says = |layer: &Source| layer.get::<Value>(key).is_ok();
        if says(&self.environment) {
            Origin::Environment
        } else if says(&self.file) {
            Origin::File
        } else if set.contains_key(key) {
            Origin::Administrator
        } else {
            Origin::Default
        }
    }

    /// A text among the settings that counts at once, without a look at the others; `None` where it is empty.
    #[must_use]
    pub fn text(&self, key: &str, set: &BTreeMap<String, String>) -> Option<String> {
        let said = [&self.environment, &self.file].into_iter().find_map(|layer| layer.get_string(key).ok());
        let set = || serde_json::from_str(set.get(key)?).ok();
        said.or_else(set).filter(|text: &String| !text.is_empty())
    }
}

/// What an administrator set, as the layers take it.
fn value_of(key: &str, json: &str) -> Result<Value, ConfigError> {
    let origin = "what an administrator set".to_owned();
    match serde_json::from_str(json) {
        Ok(serde_json::Value::Bool(flag)) => Ok(Value::new(Some(&origin), flag)),
        Ok(serde_json::Value::String(text)) => Ok(Value::new(Some(&origin), text)),
        Ok(serde_json::Value::Number(number)) if number.is_i64() => {
            Ok(Value::new(Some(&origin), number.as_i64().unwrap_or_default()))
        }
        _ => Err(ConfigError(format!("{key}: what an administrator set is no value of a setting"))),
    }
}

fn told(error: ::config::ConfigError) -> ConfigError {
    ConfigError(on_one_line(&error.to_string()))
}

/// A file that is there and cannot be read must not mean defaults.
fn check_readable(file: &Path) -> Result<(), ConfigError> {
    match std::fs::read_to_string(file) {
        Err(why) if !matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(ConfigError(format!("{} cannot be read: {why}", file.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Layers of a file's text and an environment.
    pub(in crate::config) fn layers(text: &str, environment: &[(&str, &str)]) -> Result<Layers, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Layers::of(folder.path(), Some(environment.collect()))
    }

    pub(in crate::config) fn set(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_layer_stands_over_the_one_before() {
        let set = set(&[("http.drain_s", "3"), ("http.header_timeout_s", "7"), ("pokes.sockets", "5")]);
        let layers = layers(
            "[http]\ndrain_s = 4\nheader_timeout_s = 8\n",
            &[("FIELDBOOK__HTTP__HEADER_TIMEOUT_S", "9")],
        )
        .unwrap();
        let config = layers.with(&set).unwrap();
        assert_eq!((config.pokes.sockets, config.http.drain_s, config.http.header_timeout_s), (5, 4, 9));
        let origins = ["pokes.sockets", "http.drain_s", "http.header_timeout_s", "http.device_burst"];
        assert_eq!(
            origins.map(|key| layers.origin(key, &set)),
            [Origin::Administrator, Origin::File, Origin::Environment, Origin::Default]
        );
    }

    #[test]
    fn what_a_newer_version_stored_changes_nothing_and_what_is_wrong_is_named() {
        let layers = layers("", &[]).unwrap();
        assert_eq!(layers.with(&set(&[("http.unheard_of", "1")])), Ok(Config::default()));
        let wrong = |key: &str, json: &str| layers.with(&set(&[(key, json)])).unwrap_err().to_string();
        let told = wrong("http.drain_s", "99999");
        assert!(told.contains("http.drain_s: 99999") && told.contains("--forget KEY"), "{told}");
        assert!(wrong("http.drain_s", "[1]").contains("http.drain_s: "));
        assert!(wrong("http.drain_s", "no json").contains("http.drain_s: "));
        assert!(wrong("http.drain_s", "\"soon\"").contains("http.drain_s"));
        assert!(wrong("zone", "\"Seoul\"").contains("zone: \"Seoul\""));
    }

    #[test]
    fn texts_that_count_at_once_come_from_the_highest_layer() {
        let set = set(&[("company", "\"한빛\""), ("language", "\"\"")]);
        let text = |layers: &Layers, key| layers.text(key, &set);
        let none = layers("", &[]).unwrap();
        assert_eq!((text(&none, "company").as_deref(), text(&none, "language")), (Some("한빛"), None));
        let said = layers("company = \"가온\"\nlanguage = \"en\"", &[("FIELDBOOK__LANGUAGE", "zh")]).unwrap();
        assert_eq!(text(&said, "company").as_deref(), Some("가온"));
        assert_eq!(text(&said, "language").as_deref(), Some("zh"));
    }
}
