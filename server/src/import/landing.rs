//! What importing customers and importing policies have in common: one verdict per row, warnings
//! counted by kind, documents written in batches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use document_model::problem::{Circumstances, problems};
use document_model::{BookId, Date, DocumentId, Entropy, FieldValue, Kind, Moment, RecordFacts, UnitCode};

use super::map::{Map, MapError, Shape, fits};
use super::{Columns, ImportReport, Row, Sheet};
use crate::hub::{Gate, Hub, HubError, HubWrite, Rules, WriteResult};
use crate::organisation::Level;
use crate::storage::Storage;

/// The author of imported documents.
pub(super) const IMPORT_USER: &str = "import";
/// Documents written, or looked up, between two tellings of progress.
const BATCH: usize = 1_000;
/// Lines a warning names as examples.
const EXAMPLES: usize = 5;

/// Told how many rows are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Why a file could not be imported at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The map cannot be used. Nothing was changed.
    #[error("the map: {0}")]
    Map(#[from] MapError),
    /// The hub could not go on. Rows written before it stay; the same import goes on from there.
    #[error(transparent)]
    Hub(#[from] HubError),
}

/// What rows are judged by, and what is known of them so far.
pub(super) struct Landing<'a> {
    pub(super) map: &'a Map,
    pub(super) rules: Arc<Rules>,
    pub(super) today: Date,
    pub(super) report: ImportReport,
    kind: Kind,
    books: BTreeSet<BookId>,
    lines: HashMap<DocumentId, u64>,
    warnings: BTreeMap<String, (usize, Vec<u64>)>,
}

impl<'a> Landing<'a> {
    /// Reads what the rows of a file of this shape are judged by.
    pub(super) async fn open<S: Storage, G: Gate>(
        hub: &Hub<S, G>,
        map: &'a Map,
        shape: &Shape,
        now: Moment,
    ) -> Result<Self, HubError> {
        let rules = hub.current_rules().await?;
        let books = hub.storage().books().await?.into_iter().map(|book| book.id).collect();
        Ok(Self {
            map,
            today: rules.day(now),
            rules,
            report: ImportReport::default(),
            kind: shape.kind,
            books,
            lines: HashMap::new(),
            warnings: BTreeMap::new(),
        })
    }

    /// The file's rows. `None` when the file is refused as a whole; the report says why.
    pub(super) fn sheet<'c>(&mut self, content: &[u8], columns: &'c Columns<'c>) -> Option<Sheet<'c>> {
        let sheet = Sheet::read(content, columns, &mut self.report);
        if !sheet.whole {
            return None;
        }
        let missing = self.map.missing(&sheet.header);
        if !missing.is_empty() {
            let names = missing.join(", ");
            self.report.reject(1, format!("the map reads columns the file does not have: {names}"));
            return None;
        }
        // One note a row: every row is created, unchanged or rejected, once.
        self.report.rejected.dedup_by_key(|note| note.line);
        self.report.rejections = self.report.rows - sheet.rows.len();
        Some(sheet)
    }

    /// The text of a key, a code; otherwise the row is rejected.
    pub(super) fn key<'r>(&mut self, row: &'r Row<'_>, key: &str) -> Option<&'r str> {
        row.code(self.map.key(key), &mut self.report)
    }

    /// The rep of a row and the rep's book; otherwise the row is rejected.
    pub(super) fn rep(&mut self, row: &Row<'_>) -> Option<(UnitCode, BookId)> {
        let rep = UnitCode::from(self.key(row, "rep_code")?);
        if self.rules.roster.level(&rep) != Some(Level::Rep) {
            return self.reject(row, format!("there is no rep {rep}"));
        }
        let book = BookId::of_rep(&rep);
        if !self.books.contains(&book) {
            return self.reject(row, format!("the rep {rep} has no book"));
        }
        Some((rep, book))
    }

    /// Takes a document id for this row; a second row of the same id is rejected.
    pub(super) fn claim(&mut self, row: &Row<'_>, document: DocumentId, what: &str) -> Option<DocumentId> {
        match self.lines.get(&document) {
            Some(line) => {
                let reason = format!("this {what} is on line {line} already");
                self.reject(row, reason)
            }
            None => {
                self.lines.insert(document, row.line);
                Some(document)
            }
        }
    }

    /// Rejects a row.
    pub(super) fn reject<T>(&mut self, row: &Row<'_>, reason: impl Into<String>) -> Option<T> {
        self.report.reject(row.line, reason);
        None
    }

    /// Counts a warning of a kind.
    pub(super) fn warn(&mut self, line: u64, what: impl Into<String>) {
        let (count, lines) = self.warnings.entry(what.into()).or_default();
        *count += 1;
        if lines.len() < EXAMPLES {
            lines.push(line);
        }
    }

    /// The write of a row. Rules it breaks become warnings: like every other document it goes in, and
    /// counts once it is put right.
    pub(super) fn write(
        &mut self,
        row: &Row<'_>,
        document: DocumentId,
        book: BookId,
        mut fields: Vec<(String, FieldValue)>,
    ) -> Option<HubWrite> {
        fields.extend_from_slice(self.map.constants());
        if !fits(&fields) {
            return self.reject(row, "the values are too long for one document");
        }
        let by_name = fields.iter().cloned().collect();
        let rules = Arc::clone(&self.rules);
        let circumstances = Circumstances {
            catalogue: &rules.catalogue,
            sale_rules: rules.sale_rules,
            record: RecordFacts::default(),
            created_on: self.today,
            judged_on: self.today,
            imported: true,
        };
        for problem in problems(self.kind, &by_name, circumstances) {
            let meaning = if problem.blocking { "to be put right" } else { "to be looked at" };
            self.warn(row.line, format!("{}: {}, {meaning}", problem.field, problem.code));
        }
        Some(HubWrite { document, kind: self.kind, book, fields, imported: true, only_new: true })
    }

    /// Writes the documents, or looks which there are, and finishes the report.
    pub(super) async fn land<S: Storage, G: Gate>(
        mut self,
        hub: &Hub<S, G>,
        mut writes: Vec<HubWrite>,
        writing: Option<(Moment, &mut (dyn Entropy + Send))>,
        progress: Progress<'_>,
    ) -> Result<ImportReport, HubError> {
        let mut writing = writing;
        writes.sort_by_key(|write| write.book);
        let all = self.report.rows;
        let mut done = all - writes.len();
        for batch in writes.chunks(BATCH) {
            let created = match &mut writing {
                Some((now, entropy)) => {
                    let results = hub.write(IMPORT_USER, batch, *now, &mut **entropy).await?;
                    results.into_iter().filter(|result| *result == WriteResult::Created).count()
                }
                None => {
                    let ids: Vec<_> = batch.iter().map(|write| write.document).collect();
                    hub.storage().documents(&ids).await?.iter().filter(|stored| stored.is_none()).count()
                }
            };
            self.report.created += created;
            self.report.unchanged += batch.len() - created;
            done += batch.len();
            progress(done, all);
        }
        self.report.imported = writing.is_some();
        Ok(self.finished())
    }

    /// The report, with a line for every kind of warning, the most frequent first.
    pub(super) fn finished(mut self) -> ImportReport {
        let mut warnings: Vec<_> = self.warnings.into_iter().collect();
        warnings.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        for (what, (count, lines)) in warnings {
            let first = lines.first().copied().unwrap_or_default();
            let named: Vec<_> = lines.iter().map(u64::to_string).collect();
            let rows = if count == 1 { "row" } else { "rows" };
            let more = if count > lines.len() { ", ..." } else { "" };
            self.report.warn(first, format!("{what}: {count} {rows}, lines {}{more}", named.join(", ")));
        }
        self.report
    }
}
