//! Settings: one typed struct, validated at start.
//!
//! Defaults serve a company of tens of thousands of reps on one machine. What an administrator set in the console
//! stands over them, `fieldbook.toml` in the data folder over both, environment variables
//! (`FIELDBOOK__HTTP__REQUEST_TIMEOUT_S=60`) over all. There are no secrets among the settings: those are files of
//! their own in the data folder.

mod layers;
mod shown;

use std::num::NonZeroU32;
use std::path::Path;

use document_model::SaleRules;
use document_model::limits::SALE_RULE_DAYS;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::hints::{NatsAddress, NoAddress};
use crate::hub::{ClosingRules, LOOKED_AT_DAYS};
use crate::organisation::ReportingRules;

pub use layers::{Layers, Origin};
pub use shown::{
    SettingGiven, SettingKind, SettingRefused, SettingShown, SettingValue, SettingsShown, changes_of, shown,
    zones,
};

/// The settings' file in the data folder.
pub const FILE: &str = "fieldbook.toml";
/// Every setting with its default and what it means: what `fieldbook config --example` prints.
pub const EXAMPLE: &str = include_str!("../../deploy/fieldbook.example.toml");
/// Before the name of a setting in the environment, and between its parts.
const SEPARATOR: &str = "__";
/// Languages the console speaks.
pub const LANGUAGES: [&str; 3] = ["ko", "en", "zh"];
/// Bytes of a text among the settings.
pub const SETTING_TEXT_BYTES: usize = 1_024;

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the settings cannot be used: {0}. Nothing was changed. Mend {FILE} in the data folder, or the variable of \
     the environment; what an administrator set goes with `fieldbook config --forget KEY`. `fieldbook config \
     --example` shows every setting"
)]
pub struct ConfigError(String);

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The company's name, as people read it on their screens; empty is none.
    pub company: String,
    /// The language of screens for who chose none; empty is that of the browser.
    pub language: String,
    /// The company's time zone: what a business day is.
    pub zone: String,
    /// Serving requests.
    pub http: HttpConfig,
    /// Judging edits that come in.
    pub gate: GateConfig,
    /// Telling devices of news.
    pub pokes: PokesConfig,
    /// Telling the other hubs of this database of news.
    pub hints: HintsConfig,
    /// Signing in.
    pub sign_in: SignInConfig,
    /// Whose reports a day waits for.
    pub reporting: ReportingConfig,
    /// When days close by themselves.
    pub closing: ClosingConfig,
    /// How far back sales may be dated, and how long customers may withdraw.
    pub sales: SalesConfig,
    /// What reps are told in their app.
    pub reps: RepsConfig,
    /// Work between requests.
    pub background: BackgroundConfig,
    /// What is logged.
    pub log: LogConfig,
}

/// Serving requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Seconds a request may take, its body included: a large push over a thin link.
    pub request_timeout_s: u64,
    /// Seconds a request to sign in, refresh or sign out may take.
    pub sign_in_timeout_s: u64,
    /// Seconds in which a request's headers must have come.
    pub header_timeout_s: u64,
    /// Requests worked on at once; further ones are told to come again.
    pub concurrent_requests: usize,
    /// Requests a second one device may make in the long run; further ones are told when to come again.
    pub device_requests_per_s: NonZeroU32,
    /// Requests one device may make at once before that counts.
    pub device_burst: NonZeroU32,
    /// Seconds that running requests get when the hub stops.
    pub drain_s: u64,
}

/// Judging edits that come in: in worker processes, each with limits of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// Worker processes; 0 is one for each core and one more, since one push never has them all.
    pub workers: usize,
    /// Mebibytes of address space each may take, the documents it keeps loaded included.
    pub memory_mib: u64,
    /// Seconds of processor time the edits of one document may take.
    pub cpu_s: u64,
    /// Milliseconds they may take by the clock on the wall.
    pub deadline_ms: u64,
}

/// Telling devices of news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PokesConfig {
    /// Sockets open at once; further ones are told to come again.
    pub sockets: usize,
    /// Seconds in which a new socket must send its access token.
    pub first_frame_timeout_s: u64,
    /// Seconds between two looks at whether a socket's device is still welcome, and at news that
    /// another process wrote and nobody told of.
    pub recheck_s: u64,
}

/// Telling the other hubs of this database of news.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HintsConfig {
    /// The NATS server they meet at, `nats://HOST:PORT` or `tls://HOST:PORT`; empty is none, and each hub
    /// finds the others' news when it looks again.
    pub url: String,
}

/// Signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInConfig {
    /// Seconds an access token lives.
    pub access_token_s: u32,
    /// Days a device stays signed in before its person gives the password again.
    pub session_days: u32,
    /// Passwords checked at once; each takes 19 MiB and a core.
    pub concurrent_checks: usize,
    /// Signing in at somebody else's, by OpenID Connect.
    pub openid: OpenIdConfig,
}

/// Signing in at an OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenIdConfig {
    /// The provider, as it names itself: `https://id.example.com`; empty is none.
    pub issuer: String,
    /// What this hub is called there.
    pub client_id: String,
    /// What the button says.
    pub name: String,
    /// The claim that holds the account's name.
    pub claim: String,
    /// The scopes asked for besides `openid`, with blanks between them.
    pub scopes: String,
    /// The hub as browsers see it, `https://hub.example.com`; empty is what the browser asked.
    pub address: String,
}

/// Whose reports a day waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportingConfig {
    /// The time of day, in the company's zone, after which a device must have synced with nothing waiting.
    pub cut_off: String,
    /// Days without contact after which a device is waited for no more.
    pub active_days: u16,
}

/// When days close by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClosingConfig {
    /// The time of day, in the company's zone, at which all that is open of a day closes; empty is none.
    pub at: String,
    /// How many days later that is.
    pub days_after: u16,
    /// The share of a branch's expected reps, in percent, with which it closes once the day's cut-off is over; 0 is
    /// none. Units above close when all below them are closed.
    pub share_percent: u8,
}

/// How far back sales may be dated, and how long customers may withdraw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SalesConfig {
    /// Days a sale may be dated before the day the hub first saw it; one further back waits for approval.
    pub back_dating_days: u16,
    /// Days a customer may withdraw after receiving the certificate.
    pub withdrawal_days_from_certificate: u16,
    /// Days a customer may withdraw after the application.
    pub withdrawal_days_from_application: u16,
}

/// What reps are told in their app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepsConfig {
    /// Whether each is told the own place among the reps of the branch, by net premium of the month.
    pub branch_rank: bool,
}

/// Work between requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackgroundConfig {
    /// Milliseconds between two runs of the folder while entries are pending.
    pub fold_interval_ms: u64,
    /// Entries one run folds in one transaction.
    pub fold_entries: usize,
    /// Seconds between two writes of devices' contact times.
    pub contacts_interval_s: u64,
    /// Seconds between two looks for books to compact.
    pub compact_interval_s: u64,
    /// Hours after which entries of a feed may be compacted: devices that come sooner read edits, later ones
    /// whole documents.
    pub compact_after_h: u64,
    /// Entries that have come to a book, and are old enough, before it is compacted.
    pub compact_entries: u64,
    /// Seconds between two looks at the ends of the ledgers, which are signed outside the database.
    pub sign_interval_s: u64,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Which events, as `tracing` filters are written; RUST_LOG overrides it.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            company: String::new(),
            language: String::new(),
            zone: "Asia/Seoul".to_owned(),
            http: HttpConfig::default(),
            gate: GateConfig::default(),
            pokes: PokesConfig::default(),
            hints: HintsConfig::default(),
            sign_in: SignInConfig::default(),
            reporting: ReportingConfig::default(),
            closing: ClosingConfig::default(),
            sales: SalesConfig::default(),
            reps: RepsConfig::default(),
            background: BackgroundConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            request_timeout_s: 120,
            sign_in_timeout_s: 20,
            header_timeout_s: 10,
            concurrent_requests: 512,
            device_requests_per_s: const { NonZeroU32::new(20).unwrap() },
            device_burst: const { NonZeroU32::new(300).unwrap() },
            drain_s: 8,
        }
    }
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { workers: 0, memory_mib: 512, cpu_s: 3, deadline_ms: 10_000 }
    }
}

impl Default for PokesConfig {
    fn default() -> Self {
        Self { sockets: 50_000, first_frame_timeout_s: 10, recheck_s: 5 }
    }
}

impl Default for SignInConfig {
    fn default() -> Self {
        Self { access_token_s: 600, session_days: 90, concurrent_checks: 4, openid: OpenIdConfig::default() }
    }
}

impl Default for OpenIdConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            name: "OpenID Connect".to_owned(),
            claim: "preferred_username".to_owned(),
            scopes: "profile email".to_owned(),
            address: String::new(),
        }
    }
}

impl Default for ReportingConfig {
    fn default() -> Self {
        Self { cut_off: "18:00".to_owned(), active_days: 14 }
    }
}

impl Default for ClosingConfig {
    fn default() -> Self {
        Self { at: String::new(), days_after: 1, share_percent: 0 }
    }
}

impl Default for SalesConfig {
    fn default() -> Self {
        Self {
            back_dating_days: 31,
            withdrawal_days_from_certificate: 15,
            withdrawal_days_from_application: 30,
        }
    }
}

impl Default for RepsConfig {
    fn default() -> Self {
        Self { branch_rank: true }
    }
}

impl Default for BackgroundConfig {
    fn default() -> Self {
        Self {
            fold_interval_ms: 200,
            fold_entries: 10_000,
            contacts_interval_s: 10,
            compact_interval_s: 900,
            compact_after_h: 24,
            compact_entries: 200,
            sign_interval_s: 60,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Config {
    /// The settings of a data folder and this process's environment, without what an administrator set.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        Layers::read(folder)?.without_administrator()
    }

    /// The company's time zone.
    pub fn time_zone(&self) -> Result<TimeZone, ConfigError> {
        TimeZone::get(&self.zone)
            .map_err(|_| ConfigError(format!("zone: {:?} is no time zone; try \"Asia/Seoul\"", self.zone)))
    }

    /// Texts are shown to people, in pages and terminals.
    fn check_words(&self) -> Result<(), ConfigError> {
        if !self.language.is_empty() && !LANGUAGES.contains(&self.language.as_str()) {
            return Err(ConfigError(format!("language: {:?} is none of {LANGUAGES:?}", self.language)));
        }
        let texts = [("company", &self.company), ("sign_in.openid.name", &self.sign_in.openid.name)];
        let is_wrong = |text: &str| text.len() > SETTING_TEXT_BYTES || text.chars().any(char::is_control);
        match texts.into_iter().find(|(_, text)| is_wrong(text)) {
            Some((name, _)) => {
                Err(ConfigError(format!("{name}: give one line of at most {SETTING_TEXT_BYTES} bytes")))
            }
            None => Ok(()),
        }
    }

    /// Where the hubs of this database meet; `None` where they do not.
    pub fn hints_server(&self) -> Result<Option<NatsAddress>, ConfigError> {
        let url = Some(self.hints.url.as_str()).filter(|url| !url.is_empty());
        let named = |why: NoAddress| ConfigError(format!("hints.url: {why}"));
        url.map(|url| NatsAddress::of_url(url).map_err(named)).transpose()
    }

    /// When a day can be complete, and which devices it waits for.
    pub fn reporting_rules(&self) -> Result<ReportingRules, ConfigError> {
        let ReportingConfig { cut_off, active_days } = &self.reporting;
        Ok(ReportingRules { cut_off: time_of_day("reporting.cut_off", cut_off)?, active_days: *active_days })
    }

    /// When days close by themselves.
    pub fn closing_rules(&self) -> Result<ClosingRules, ConfigError> {
        let ClosingConfig { at, days_after, share_percent } = &self.closing;
        let at = Some(at).filter(|at| !at.is_empty());
        let time = at.map(|at| time_of_day("closing.at", at)).transpose()?;
        let share_percent = Some(*share_percent).filter(|percent| *percent > 0);
        Ok(ClosingRules { at: time.map(|time| (time, *days_after)), share_percent })
    }

    /// What the hub publishes of sale days and withdrawals, and judges by.
    #[must_use]
    pub fn sale_rules(&self) -> SaleRules {
        let sales = &self.sales;
        SaleRules {
            back_dating_days: sales.back_dating_days.into(),
            withdrawal_days_from_certificate: sales.withdrawal_days_from_certificate.into(),
            withdrawal_days_from_application: sales.withdrawal_days_from_application.into(),
        }
    }

    /// Milliseconds a device stays signed in.
    #[must_use]
    pub fn session_ms(&self) -> i64 {
        i64::from(self.sign_in.session_days) * 86_400_000
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.time_zone()?;
        self.check_words()?;
        self.sign_in.openid.check()?;
        self.hints_server()?;
        self.reporting_rules()?;
        self.closing_rules()?;
        let (http, gate, pokes, background) = (&self.http, &self.gate, &self.pokes, &self.background);
        let (sales, days) = (&self.sales, SALE_RULE_DAYS.unsigned_abs().into());
        let numbers = [
            ("http.request_timeout_s", http.request_timeout_s, 5, 3_600),
            ("http.sign_in_timeout_s", http.sign_in_timeout_s, 1, 3_600),
            ("http.header_timeout_s", http.header_timeout_s, 1, 3_600),
            ("http.concurrent_requests", http.concurrent_requests as u64, 1, 100_000),
            ("http.device_requests_per_s", http.device_requests_per_s.get().into(), 1, 100_000),
            ("http.device_burst", http.device_burst.get().into(), 1, 1_000_000),
            ("http.drain_s", http.drain_s, 0, 3_600),
            ("gate.workers", gate.workers as u64, 0, 1_024),
            ("gate.memory_mib", gate.memory_mib, 128, 65_536),
            ("gate.cpu_s", gate.cpu_s, 1, 600),
            ("gate.deadline_ms", gate.deadline_ms, 100, 600_000),
            ("pokes.sockets", pokes.sockets as u64, 0, 1_000_000),
            ("pokes.first_frame_timeout_s", pokes.first_frame_timeout_s, 1, 600),
            ("pokes.recheck_s", pokes.recheck_s, 1, 600),
            // A refresh is due before this; a revoked sign-in is noticed at once all the same.
            ("sign_in.access_token_s", self.sign_in.access_token_s.into(), 30, 600),
            ("sign_in.session_days", self.sign_in.session_days.into(), 1, 3_650),
            ("sign_in.concurrent_checks", self.sign_in.concurrent_checks as u64, 1, 256),
            ("reporting.active_days", self.reporting.active_days.into(), 1, 366),
            // Days further back are not looked at.
            ("closing.days_after", self.closing.days_after.into(), 0, u64::from(LOOKED_AT_DAYS) - 1),
            ("closing.share_percent", self.closing.share_percent.into(), 0, 100),
            ("sales.back_dating_days", sales.back_dating_days.into(), 0, days),
            (
                "sales.withdrawal_days_from_certificate",
                sales.withdrawal_days_from_certificate.into(),
                0,
                days,
            ),
            (
                "sales.withdrawal_days_from_application",
                sales.withdrawal_days_from_application.into(),
                0,
                days,
            ),
            ("background.fold_interval_ms", background.fold_interval_ms, 10, 60_000),
            ("background.fold_entries", background.fold_entries as u64, 1, 1_000_000),
            ("background.contacts_interval_s", background.contacts_interval_s, 1, 3_600),
            ("background.compact_interval_s", background.compact_interval_s, 1, 86_400),
            ("background.compact_after_h", background.compact_after_h, 0, 87_600),
            ("background.compact_entries", background.compact_entries, 1, 1_000_000),
            ("background.sign_interval_s", background.sign_interval_s, 1, 86_400),
        ];
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log.filter) {
            return Err(ConfigError(format!("log.filter: {error}")));
        }
        match numbers.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, value, least, most)) => {
                Err(ConfigError(format!("{name}: {value} is not between {least} and {most}")))
            }
            None => Ok(()),
        }
    }
}

impl OpenIdConfig {
    /// Whether anybody signs in there.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |name: &str, why: &str| Err(ConfigError(format!("sign_in.openid.{name}: {why}")));
        if !self.is_on() {
            return Ok(());
        }
        if !is_trusted(&self.issuer) {
            return wrong("issuer", "give the provider's address, \"https://...\", or one of this machine");
        }
        if !self.address.is_empty() && (!is_trusted(&self.address) || self.address.ends_with('/')) {
            return wrong("address", "give the hub's address without a path, \"https://hub.example.com\"");
        }
        for (name, value) in [("client_id", &self.client_id), ("name", &self.name), ("claim", &self.claim)] {
            if value.is_empty() {
                return wrong(name, "it is empty");
            }
        }
        Ok(())
    }
}

/// An address that nobody on the way can answer for: by TLS, or on this machine.
fn is_trusted(address: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(address) else { return false };
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}

fn time_of_day(setting: &str, text: &str) -> Result<Time, ConfigError> {
    Time::strptime("%H:%M", text)
        .map_err(|_| ConfigError(format!("{setting}: {text:?} is no time of day; try \"18:00\"")))
}

/// What a parser draws under the line it stopped at is of no use inside a sentence.
pub(crate) fn on_one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_matches([' ', '|', '^']));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        layers::tests::layers(text, environment)?.without_administrator()
    }

    fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
        read(text, environment).expect_err("refused").to_string()
    }

    #[test]
    fn the_default_sale_rules_are_the_devices_own() {
        assert_eq!(Config::default().sale_rules(), SaleRules::default());
        let read = read("[sales]\nback_dating_days = 7", &[]).unwrap();
        assert_eq!(read.sale_rules(), SaleRules { back_dating_days: 7, ..SaleRules::default() });
        assert!(refusal("[sales]\nback_dating_days = 3661", &[]).contains("sales.back_dating_days: 3661"));
    }

    #[test]
    fn the_example_holds_every_setting_with_its_default() {
        assert_eq!(read(EXAMPLE, &[]), Ok(Config::default()));
        let example: toml::Table = EXAMPLE.parse().unwrap();
        let written = toml::Table::try_from(Config::default()).unwrap();
        assert_eq!(example, written, "the example names exactly the settings there are");
    }

    #[test]
    fn no_file_means_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let layers = Layers::of(folder.path(), Some(std::collections::HashMap::new())).unwrap();
        assert_eq!(layers.without_administrator(), Ok(Config::default()));
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let text = "zone = \"Europe/Paris\"\n[http]\nrequest_timeout_s = 30\ndrain_s = 2\n";
        let environment =
            [("FIELDBOOK__HTTP__REQUEST_TIMEOUT_S", "60"), ("FIELDBOOK_PASSPHRASE", "not a setting")];
        let config = read(text, &environment).unwrap();
        assert_eq!(
            (config.zone.as_str(), config.http.request_timeout_s, config.http.drain_s),
            ("Europe/Paris", 60, 2)
        );
    }

    #[test]
    fn hubs_meet_where_the_setting_says() {
        assert_eq!(Config::default().hints_server(), Ok(None));
        let meeting = read("", &[("FIELDBOOK__HINTS__URL", "nats://127.0.0.1:4222")]).unwrap();
        assert!(meeting.hints_server().unwrap().is_some());
        let secret = refusal("[hints]\nurl = \"nats://me:pw@nats:4222\"", &[]);
        assert!(secret.contains("secrets/hints.login") && !secret.contains("pw"), "{secret}");
    }

    #[test]
    fn days_close_by_the_rules_that_are_set() {
        assert!(!Config::default().closing_rules().unwrap().any());
        let rules = |text: &str| read(text, &[]).unwrap().closing_rules().unwrap();
        let time = Some((Time::constant(10, 30, 0, 0), 2));
        let by_time = ClosingRules { at: time, share_percent: None };
        assert_eq!(rules("[closing]\nat = \"10:30\"\ndays_after = 2"), by_time);
        let by_share = ClosingRules { at: None, share_percent: Some(95) };
        assert_eq!(rules("[closing]\nshare_percent = 95"), by_share);
    }

    #[test]
    fn mistakes_are_named() {
        assert!(refusal("zone = \"Seoul\"", &[]).contains("\"Seoul\" is no time zone"));
        assert!(refusal("[http]\nrequest_timeout = 3", &[]).contains("request_timeout"));
        assert!(refusal("", &[("FIELDBOOK__HTTP__DRAIN_S", "soon")]).contains("soon"));
        assert!(
            refusal("[sign_in]\naccess_token_s = 86400", &[]).contains("86400 is not between 30 and 600")
        );
        assert!(refusal("[hints]\nurl = \"http://nats:4222\"", &[]).contains("hints.url: "));
        assert!(refusal("[reporting]\ncut_off = \"six\"", &[]).contains("no time of day"));
        assert!(refusal("[closing]\nat = \"noon\"", &[]).contains("closing.at"));
        assert!(refusal("[closing]\ndays_after = 7", &[]).contains("closing.days_after"));
        assert!(refusal("[closing]\nshare_percent = 101", &[]).contains("closing.share_percent"));
        assert!(refusal("[log]\nfilter = \"server=loud\"", &[]).contains("log.filter"));
        assert!(refusal("language = \"fr\"", &[]).contains("language: \"fr\" is none"));
        assert!(refusal("company = \"a\\u001bb\"", &[]).contains("company: "));
        for (setting, wrong) in [
            ("issuer", "issuer = \"http://id.example.com\""),
            ("issuer", "issuer = \"id.example.com\""),
            ("client_id", "issuer = \"https://id.example.com\""),
            (
                "address",
                "issuer = \"https://id.example.com\"\nclient_id = \"x\"\naddress = \"http://hub.example.com\"",
            ),
        ] {
            let told = refusal(&format!("[sign_in.openid]\n{wrong}"), &[]);
            assert!(told.contains(&format!("sign_in.openid.{setting}: ")), "{told}");
        }
        assert!(read("[sign_in.openid]\nissuer = \"http://127.0.0.1:9\"\nclient_id = \"x\"", &[]).is_ok());
        assert!(refusal("this is no toml", &[]).contains("cannot be used"));
    }
}
