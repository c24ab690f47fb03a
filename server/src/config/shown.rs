//! Settings as people see and change them one by one: with help, origin, and what may be given. Pure.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::layers::{Layers, Origin};
use super::{Config, ConfigError, EXAMPLE, LANGUAGES, SETTING_TEXT_BYTES};
use crate::storage::{SettingChanges, StoredSettings};

/// Read before the database is open, so an administrator cannot say what they are.
const BEFORE_THE_DATABASE: [&str; 2] = ["log.filter", "log.format"];
/// Count as soon as they are stored.
const AT_ONCE: [&str; 2] = ["company", "language"];
/// Times of day.
const TIMES: [&str; 2] = ["reporting.cut_off", "closing.at"];

/// Every setting in the order of the example file, with the words above it there.
static HELP: LazyLock<Vec<(String, String)>> = LazyLock::new(|| help_of(EXAMPLE));

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingKind {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A time of day, `18:00`; empty where there may be none.
    Time,
    /// One of a few texts.
    Choice,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SettingShown {
    /// Its name.
    #[schema(example = "http.drain_s")]
    pub key: String,
    /// What it means.
    pub help: String,
    /// What it is: a text, a number, or true and false. Of one that waits, what it will be.
    #[schema(value_type = SettingValue)]
    pub value: Value,
    /// What it is where nobody says anything.
    #[schema(value_type = SettingValue)]
    pub default: Value,
    /// Who says so.
    pub origin: Origin,
    /// Whether an administrator may change it here.
    pub changeable: bool,
    /// What it holds.
    pub kind: SettingKind,
    /// What may be given, where that is a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub choices: Option<Vec<String>>,
    /// Whether it is stored and used from the hub's next start.
    pub waits: bool,
}

/// What a setting may be, in the specification.
#[derive(Debug)]
pub struct SettingValue;

impl PartialSchema for SettingValue {
    fn schema() -> RefOr<Schema> {
        one_of(&[Type::String, Type::Integer, Type::Boolean])
    }
}

impl ToSchema for SettingValue {}

/// What a setting may be set to, in the specification: null takes back what was set.
#[derive(Debug)]
pub struct SettingGiven;

impl PartialSchema for SettingGiven {
    fn schema() -> RefOr<Schema> {
        one_of(&[Type::String, Type::Integer, Type::Boolean, Type::Null])
    }
}

impl ToSchema for SettingGiven {}

fn one_of(types: &[Type]) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::from_iter(types.iter().cloned())).into()
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SettingsShown {
    /// Sent back by a change.
    pub version: u64,
    /// One by one, as the example file has them.
    pub rows: Vec<SettingShown>,
}

/// Why a change of settings is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingRefused {
    /// There is no such setting.
    #[error("there is no setting {0:?}")]
    Unknown(String),
    /// File or environment say what it is.
    #[error("{key} is said by {}", match origin { Origin::Environment => "the hub's environment", Origin::File => "the hub's file of settings", _ => "the hub's file or environment alone" })]
    Fixed {
        /// The setting.
        key: String,
        /// Who says so.
        origin: Origin,
    },
    /// It holds something else.
    #[error("{0} holds another kind of value")]
    Kind(String),
    /// The settings would be of no use together.
    #[error("{}", .0.0)]
    Wrong(ConfigError),
}

/// Whether there is a setting of this name.
pub(super) fn is_setting(key: &str) -> bool {
    HELP.iter().any(|(known, _)| known == key)
}

/// All settings as an administrator sees them, beside those that `running` was started with.
///
/// # Errors
/// What is wrong with those stored.
pub fn shown(
    layers: &Layers,
    stored: &StoredSettings,
    running: &Config,
) -> Result<SettingsShown, ConfigError> {
    let values = flat(&layers.with(&stored.values)?);
    let (defaults, running) = (flat(&Config::default()), flat(running));
    let row = |(key, help): &(String, String)| {
        let origin = layers.origin(key, &stored.values);
        let value = values[key].clone();
        SettingShown {
            help: help.clone(),
            default: defaults[key].clone(),
            origin,
            changeable: may_change(key, origin),
            kind: kind(key, &value),
            choices: choices(key),
            waits: value != running[key] && !AT_ONCE.contains(&key.as_str()),
            key: key.clone(),
            value,
        }
    };
    Ok(SettingsShown { version: stored.version, rows: HELP.iter().map(row).collect() })
}

/// What an administrator's change stores, looked at together with all else: with what this hub's file and
/// environment say, and without, as another hub of the database may be.
///
/// # Errors
/// Why it is refused.
pub fn changes_of(
    layers: &Layers,
    stored: &StoredSettings,
    wanted: BTreeMap<String, Value>,
) -> Result<SettingChanges, SettingRefused> {
    let defaults = flat(&Config::default());
    let (mut changes, mut after) = (SettingChanges::new(), stored.values.clone());
    for (key, value) in wanted {
        let default = defaults.get(&key).ok_or_else(|| SettingRefused::Unknown(key.clone()))?;
        let origin = layers.origin(&key, &stored.values);
        if !may_change(&key, origin) {
            return Err(SettingRefused::Fixed { key, origin });
        }
        let json = (!value.is_null()).then(|| value.to_string());
        if json.is_some() && !is_like(&value, default) {
            return Err(SettingRefused::Kind(key));
        }
        match &json {
            Some(json) => after.insert(key.clone(), json.clone()),
            None => after.remove(&key),
        };
        changes.insert(key, json);
    }
    for layers in [layers, &Layers::default()] {
        layers.with(&after).map_err(SettingRefused::Wrong)?;
    }
    Ok(changes)
}

fn may_change(key: &str, origin: Origin) -> bool {
    matches!(origin, Origin::Default | Origin::Administrator) && !BEFORE_THE_DATABASE.contains(&key)
}

/// Whether a value is of the kind that a default shows.
fn is_like(value: &Value, default: &Value) -> bool {
    match (value, default) {
        (Value::String(text), Value::String(_)) => text.len() <= SETTING_TEXT_BYTES,
        (Value::Number(number), Value::Number(_)) => number.is_i64(),
        (Value::Bool(_), Value::Bool(_)) => true,
        _ => false,
    }
}

fn kind(key: &str, value: &Value) -> SettingKind {
    match value {
        _ if TIMES.contains(&key) => SettingKind::Time,
        _ if choices(key).is_some() => SettingKind::Choice,
        Value::Number(_) => SettingKind::Number,
        Value::Bool(_) => SettingKind::Flag,
        _ => SettingKind::Text,
    }
}

fn choices(key: &str) -> Option<Vec<String>> {
    match key {
        "zone" => Some(zones()),
        "language" => Some(std::iter::once("").chain(LANGUAGES).map(str::to_owned).collect()),
        "log.format" => Some(["text", "json"].map(str::to_owned).into()),
        _ => None,
    }
}

/// The time zones there are, by name.
#[must_use]
pub fn zones() -> Vec<String> {
    let mut names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    names.sort();
    names
}

/// Settings by name.
fn flat(config: &Config) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let tree = serde_json::to_value(config).expect("settings are texts, numbers and flags");
    put_flat(&mut all, "", tree);
    all
}

fn put_flat(all: &mut BTreeMap<String, Value>, above: &str, value: Value) {
    match value {
        Value::Object(parts) => {
            for (name, value) in parts {
                let key = if above.is_empty() { name } else { format!("{above}.{name}") };
                put_flat(all, &key, value);
            }
        }
        value => {
            all.insert(above.to_owned(), value);
        }
    }
}

/// Settings of an example file with the words above each; one without words of its own shares those of the one
/// before.
fn help_of(example: &str) -> Vec<(String, String)> {
    let (mut section, mut words, mut all) = (String::new(), Vec::new(), Vec::<(String, String)>::new());
    for line in example.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            words.push(text);
        } else if let Some(name) = line.strip_prefix('[') {
            section = format!("{}.", name.trim_end_matches(']'));
            words.clear();
        } else if let Some((name, _)) = line.split_once(" = ") {
            let help = if words.is_empty() {
                all.last().map(|(_, help)| help.clone()).unwrap_or_default()
            } else {
                words.join(" ")
            };
            words.clear();
            all.push((format!("{section}{name}"), help));
        } else {
            words.clear();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::{layers, set};
    use super::*;

    fn wanted(all: &[(&str, Value)]) -> BTreeMap<String, Value> {
        all.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn every_setting_has_help() {
        let keys: Vec<_> = flat(&Config::default()).into_keys().collect();
        let mut helped: Vec<_> = HELP.iter().map(|(key, _)| key.clone()).collect();
        helped.sort();
        assert_eq!(helped, keys);
        for (key, help) in HELP.iter() {
            assert!(help.len() > 15 && help.ends_with('.'), "{key}: {help:?}");
        }
        let of = |key: &str| HELP.iter().find(|(known, _)| known == key).unwrap().1.as_str();
        assert_eq!(of("http.drain_s"), "Seconds that running requests get when the hub stops.");
        assert_eq!(of("company"), "The company's name, as people read it on their screens; empty is none.");
        assert_eq!(
            of("sales.withdrawal_days_from_application"),
            of("sales.withdrawal_days_from_certificate")
        );
    }

    #[test]
    fn settings_are_shown_with_who_says_so() {
        let layers = layers("[http]\ndrain_s = 4\n", &[]).unwrap();
        let stored = StoredSettings {
            version: 3,
            values: set(&[("company", "\"한빛\""), ("pokes.sockets", "5"), ("zone", "\"Asia/Tokyo\"")]),
        };
        let running = Config { zone: "Asia/Tokyo".to_owned(), ..Config::default() };
        let all = shown(&layers, &stored, &running).unwrap();
        let row = |key: &str| all.rows.iter().find(|row| row.key == key).unwrap();
        let told = |key: &str| {
            let row = row(key);
            (row.value.clone(), row.origin, row.changeable, row.kind, row.waits)
        };
        assert_eq!(all.version, 3);
        assert_eq!(
            told("http.drain_s"),
            (4.into(), Origin::File, false, SettingKind::Number, true),
            "the file was changed after the start"
        );
        assert_eq!(told("pokes.sockets"), (5.into(), Origin::Administrator, true, SettingKind::Number, true));
        assert_eq!(
            told("company"),
            ("한빛".into(), Origin::Administrator, true, SettingKind::Text, false),
            "it counts at once"
        );
        assert_eq!(
            told("zone"),
            ("Asia/Tokyo".into(), Origin::Administrator, true, SettingKind::Choice, false),
            "it is in use"
        );
        assert_eq!(told("closing.at"), ("".into(), Origin::Default, true, SettingKind::Time, false));
        assert_eq!(told("log.format"), ("text".into(), Origin::Default, false, SettingKind::Choice, false));
        assert_eq!(row("language").choices.as_ref().unwrap()[1..], LANGUAGES);
        assert!(row("zone").choices.as_ref().unwrap().contains(&"Asia/Seoul".to_owned()));
    }

    #[test]
    fn a_change_is_looked_at_as_a_whole() {
        let layers = layers("[http]\ndrain_s = 4\n", &[("FIELDBOOK__POKES__SOCKETS", "5")]).unwrap();
        let stored = StoredSettings { version: 1, values: set(&[("closing.at", "\"10:30\"")]) };
        let of = |all: &[(&str, Value)]| changes_of(&layers, &stored, wanted(all));
        let changed = of(&[("closing.at", Value::Null), ("gate.cpu_s", 5.into())]).unwrap();
        let expected = [("closing.at".to_owned(), None), ("gate.cpu_s".to_owned(), Some("5".to_owned()))];
        assert_eq!(changed, SettingChanges::from(expected));
        assert_eq!(of(&[("gate.speed", 5.into())]), Err(SettingRefused::Unknown("gate.speed".to_owned())));
        let fixed = |key: &str, origin| Err(SettingRefused::Fixed { key: key.to_owned(), origin });
        assert_eq!(of(&[("http.drain_s", 5.into())]), fixed("http.drain_s", Origin::File));
        assert_eq!(of(&[("http.drain_s", Value::Null)]), fixed("http.drain_s", Origin::File));
        assert_eq!(of(&[("pokes.sockets", 5.into())]), fixed("pokes.sockets", Origin::Environment));
        assert_eq!(of(&[("log.filter", "debug".into())]), fixed("log.filter", Origin::Default));
        for (key, value) in [
            ("gate.cpu_s", Value::from("5")),
            ("gate.cpu_s", 1.5.into()),
            ("gate.cpu_s", true.into()),
            ("company", 7.into()),
            ("company", "x".repeat(SETTING_TEXT_BYTES + 1).into()),
        ] {
            assert_eq!(of(&[(key, value)]), Err(SettingRefused::Kind(key.to_owned())));
        }
        for (key, value) in
            [("gate.cpu_s", Value::from(0)), ("zone", "Seoul".into()), ("closing.at", "noon".into())]
        {
            let told = of(&[(key, value)]).unwrap_err().to_string();
            assert!(told.starts_with(key), "{told}");
        }
    }

    #[test]
    fn a_change_that_only_this_hubs_file_makes_good_is_refused() {
        // Alone, the issuer lacks a client id; another hub of the database would not start with it.
        let layers = layers("[sign_in.openid]\nclient_id = \"hub\"\n", &[]).unwrap();
        let issuer = wanted(&[("sign_in.openid.issuer", "https://id.example.com".into())]);
        let told = changes_of(&layers, &StoredSettings::default(), issuer).unwrap_err().to_string();
        assert!(told.starts_with("sign_in.openid.client_id: "), "{told}");
    }
}
