//! The rule set in force: organisation, catalogue, sale rules and zone, read together with their version.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use document_model::sales::UnitPath;
use document_model::schema::Schema;
use document_model::{
    BookId, Catalogue, Date, Document, Kind, Moment, Product, SaleRules, UnitCode, civil_date,
};
use jiff::tz::TimeZone;

use crate::organisation::{PathSpan, Roster};
use crate::storage::{Storage, StorageError, Stored};

/// Products one page of the shared book may hold while reading the catalogue.
const CATALOGUE_PAGE: usize = 500;

/// Everything documents are judged by, at one version.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The version a commit must name.
    pub version: u64,
    /// Who belongs where.
    pub roster: Roster,
    /// What may be sold.
    pub catalogue: Catalogue,
    /// How far back sales may be dated, and how long customers may withdraw.
    pub sale_rules: SaleRules,
    /// The company's zone.
    pub zone: TimeZone,
    /// Where reps stand in the structure of the newest day asked for.
    today: Arc<Mutex<Option<Today>>>,
    /// Every path a rep ever had.
    paths: Arc<OnceLock<Vec<PathSpan>>>,
}

/// The path of every rep who ever had one, in the structure of a day.
type Today = (Date, Arc<BTreeMap<UnitCode, UnitPath>>);

impl Rules {
    /// The business day of an instant.
    #[must_use]
    pub fn day(&self, now: Moment) -> Date {
        civil_date(now, &self.zone)
    }

    /// Every path a rep ever had, by rep and in order.
    #[must_use]
    pub fn paths(&self) -> &[PathSpan] {
        self.paths.get_or_init(|| self.roster.paths())
    }

    /// Where what reps sold stands in the structure of a day, for every rep who ever had a path.
    #[must_use]
    pub fn today(&self, today: Date) -> Arc<BTreeMap<UnitCode, UnitPath>> {
        let mut kept = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref().filter(|(day, _)| *day == today) {
            Some((_, paths)) => paths.clone(),
            None => {
                let reps = self.roster.codes();
                let paths = reps.filter_map(|rep| Some((rep.clone(), self.roster.today(rep, today)?)));
                let paths = Arc::new(paths.collect::<BTreeMap<_, _>>());
                *kept = Some((today, paths.clone()));
                paths
            }
        }
    }
}

/// The newest rules this process has seen.
#[derive(Debug)]
pub(crate) struct RulesCache(Mutex<Cached>);

#[derive(Debug)]
struct Cached {
    zone: TimeZone,
    newest: Option<Arc<Rules>>,
}

impl RulesCache {
    pub(crate) fn new(zone: TimeZone) -> Self {
        Self(Mutex::new(Cached { zone, newest: None }))
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        // Each of its two fields is replaced whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another zone in force. Only before there is anybody to ask: business days change with it.
    pub(crate) fn set_zone(&self, zone: TimeZone) {
        *self.cached() = Cached { zone, newest: None };
    }

    /// The rules as cached; they may be out of date, which the commit finds out.
    pub(crate) async fn get<S: Storage>(&self, storage: &S) -> Stored<Arc<Rules>> {
        let cached = self.cached().newest.clone();
        match cached {
            Some(rules) => Ok(rules),
            None => self.reload(storage).await,
        }
    }

    /// The rules as stored now.
    pub(crate) async fn current<S: Storage>(&self, storage: &S) -> Stored<Arc<Rules>> {
        let rules = self.get(storage).await?;
        if rules.version == storage.rules_version().await? { Ok(rules) } else { self.reload(storage).await }
    }

    /// Reads the rules again. Roster and documents are several reads: the version is read before and
    /// after, and a difference reads again.
    pub(crate) async fn reload<S: Storage>(&self, storage: &S) -> Stored<Arc<Rules>> {
        loop {
            let (roster, version) = storage.roster().await?;
            let catalogue = read_catalogue(storage).await?;
            let sale_rules = read_sale_rules(storage).await?;
            if storage.rules_version().await? == version {
                let mut cached = self.cached();
                let rules = Arc::new(Rules {
                    version,
                    roster,
                    catalogue,
                    sale_rules,
                    zone: cached.zone.clone(),
                    today: Arc::default(),
                    paths: Arc::default(),
                });
                cached.newest = Some(rules.clone());
                return Ok(rules);
            }
        }
    }
}

/// The sale rules as the shared book publishes them.
async fn read_sale_rules<S: Storage>(storage: &S) -> Stored<SaleRules> {
    let stored = storage.documents(&[Schema::document_of(Kind::Policy)]).await?.pop().flatten();
    let Some(stored) = stored.filter(|stored| stored.kind == Kind::Schema) else {
        return Ok(SaleRules::default());
    };
    let document = Document::load(stored.kind, &stored.saved);
    let document = document.map_err(|error| StorageError::Damaged(error.to_string()))?;
    Ok(SaleRules::of_fields(&document.fields()))
}

async fn read_catalogue<S: Storage>(storage: &S) -> Stored<Catalogue> {
    let mut catalogue = Catalogue::default();
    let mut after = None;
    loop {
        let page = storage.documents_of(BookId::SHARED, after, CATALOGUE_PAGE).await?;
        for stored in page.iter().filter(|stored| stored.kind == Kind::Product) {
            let document = Document::load(stored.kind, &stored.saved);
            let document = document.map_err(|error| StorageError::Damaged(error.to_string()))?;
            Product::of_fields(&document.fields()).into_iter().for_each(|product| catalogue.insert(product));
        }
        match page.last() {
            Some(last) if page.len() == CATALOGUE_PAGE => after = Some(last.id),
            _ => return Ok(catalogue),
        }
    }
}
