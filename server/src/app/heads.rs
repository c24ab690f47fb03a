//! The file that the ends of the ledgers are signed into, in the data folder.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use document_model::BookId;

use super::AppError;
use super::folder::{DataFolder, unusable};
use crate::hub::{Gate, Heads, HeadsKey, Hub, LedgerHeads};
use crate::storage::{Storage, StorageError};

/// Its name.
const FILE: &str = "ledger-heads.signed";

/// Why the ends of the ledgers were not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    /// They could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] AppError),
}

/// What no longer holds what was signed of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Books whose ledgers do not.
    pub(super) books: Vec<BookId>,
    /// Whether the audit log does not.
    pub(super) audit: bool,
}

/// Where a hub keeps the signed ends of its ledgers.
#[derive(Debug, Clone)]
pub struct HeadsFile {
    path: PathBuf,
    key: HeadsKey,
}

impl HeadsFile {
    /// That of a data folder, signed with a key that follows from the hub's secret.
    #[must_use]
    pub fn of(folder: &DataFolder, secret: &[u8; 32]) -> Self {
        Self { path: folder.path().join(FILE), key: HeadsKey::of(secret) }
    }

    /// What was signed last; nothing where nothing was yet.
    pub fn read(&self) -> Result<LedgerHeads, AppError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(absent) if absent.kind() == ErrorKind::NotFound => return Ok(LedgerHeads::default()),
            Err(changed) if changed.kind() == ErrorKind::InvalidData => return Err(self.not_signed()),
            Err(why) => return Err(unusable(&self.path, &why)),
        };
        LedgerHeads::of_signed(&text, &self.key).map_err(|_| self.not_signed())
    }

    /// Signs these from now on, durably: whole or not at all.
    pub fn write(&self, heads: &LedgerHeads) -> Result<(), AppError> {
        let store = || {
            let folder = self.path.parent().ok_or(ErrorKind::NotFound)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(heads.signed(&self.key).as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            fs::File::open(folder)?.sync_all()
        };
        store().map_err(|why| unusable(&self.path, &why))
    }

    /// Signs the newest ends, where they go on from those signed before. Says of which that is not so.
    pub(super) async fn sign<S: Storage, G: Gate>(&self, hub: &Hub<S, G>) -> Result<Cut, SignError> {
        let file = self.clone();
        let before = aside(move || file.read()).await?;
        let Heads { heads, cut, audit_cut } = hub.ledger_heads(&before).await?;
        if heads != before {
            let file = self.clone();
            aside(move || file.write(&heads)).await?;
        }
        Ok(Cut { books: cut, audit: audit_cut })
    }

    fn not_signed(&self) -> AppError {
        AppError::Secret {
            path: self.path.clone(),
            why: "it is not what this hub signed",
            without: "run `fieldbook verify --sign-anew`: the ledgers are then taken for whole as they are",
        }
    }
}

/// Runs what waits for the disk where it keeps nothing else waiting.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("reading or writing a file does not panic")
}

impl DataFolder {
    /// Puts aside what was signed of ledgers that another database takes the place of.
    pub(super) fn put_heads_aside(&self, made: i64) -> Result<(), AppError> {
        let path = self.path().join(FILE);
        match fs::rename(&path, path.with_extension(format!("signed.before-{made}"))) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(unusable(&path, &why)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use document_model::{DocumentId, Kind};
    use sync_protocol::{Digest, FeedChain};

    use super::super::folder::tests::fresh;
    use super::super::tests::app;
    use super::super::{App, SystemEntropy};
    use super::*;
    use crate::audit::{AuditAction, By};
    use crate::hub::{HubWrite, InlineGate};
    use crate::organisation::{Level, NATION, UnitSpan};
    use crate::storage::conformance::Furnish;
    use crate::storage::memory::MemoryStorage;
    use crate::storage::{DocumentStorage, StoredBook};

    #[test]
    fn what_was_signed_is_read_again_and_nothing_else() {
        let (_kept, folder) = fresh();
        let file = HeadsFile::of(&folder, &[1; 32]);
        assert_eq!(file.read().unwrap(), LedgerHeads::default());
        let chain = FeedChain([3; 32]);
        let book = StoredBook {
            id: BookId([1; 16]),
            name: "Kim".to_owned(),
            owner: None,
            epoch: 1,
            seq: 0,
            chain,
            digest: Digest::default(),
            ledger_number: 3,
            ledger_chain: chain,
        };
        let heads = LedgerHeads::of_books(&[book]);
        file.write(&heads).unwrap();
        assert_eq!(file.read().unwrap(), heads);
        let other = HeadsFile::of(&folder, &[2; 32]).read().unwrap_err();
        assert_eq!(other.code(), "HUB-SECRET");
        fs::write(&file.path, [0xff]).unwrap();
        assert_eq!(file.read().unwrap_err().code(), "HUB-SECRET");
        folder.put_heads_aside(7).unwrap();
        assert_eq!(file.read().unwrap(), LedgerHeads::default());
        assert!(file.path.with_extension("signed.before-7").exists());
    }

    async fn sell(app: &App<MemoryStorage, InlineGate>, policies: std::ops::Range<u8>) {
        let policy = |number: u8| HubWrite {
            document: DocumentId([number; 16]),
            kind: Kind::Policy,
            book: BookId::of_rep(&"P1".into()),
            fields: vec![
                ("customer".to_owned(), DocumentId([7; 16]).to_string().as_str().into()),
                ("product".to_owned(), "WL01".into()),
                ("sale_date".to_owned(), "2026-09-01".into()),
                ("premium_won".to_owned(), 10_000.into()),
            ],
            imported: true,
            only_new: true,
        };
        let policies: Vec<_> = policies.map(policy).collect();
        app.hub.write("han", &policies, app.clock.now(), &mut SystemEntropy).await.unwrap();
    }

    #[tokio::test]
    async fn a_ledger_that_was_cut_keeps_the_end_it_had() {
        let app = app().await;
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: code.to_owned(),
            parent: parent.into(),
            successor: None,
        };
        let units = [("R1", Level::Region, NATION), ("B1", Level::Branch, "R1"), ("P1", Level::Rep, "B1")];
        let units = units.map(|(code, level, parent)| span(code, level, parent));
        app.hub.storage().put_units(units.into()).await.unwrap();
        let book = BookId::of_rep(&"P1".into());
        let made = (book, "P1".to_owned(), Some("P1".into()));
        app.hub.storage().create_books(vec![made]).await.unwrap();
        let (_kept, folder) = fresh();
        let file = HeadsFile::of(&folder, &[1; 32]);
        for (policies, entries) in [(0..2, 2), (2..2, 2), (2..5, 5)] {
            sell(&app, policies).await;
            assert_eq!(file.sign(&app.hub).await.unwrap(), Cut::default());
            assert_eq!(file.read().unwrap().get(book).unwrap().number, entries);
        }
        let mut row = app.hub.storage().book(book).await.unwrap().unwrap();
        row.ledger_number = 6;
        let longer = LedgerHeads::of_books(&[row.clone()]);
        row.ledger_number = 4;
        let other = LedgerHeads::of_books(&[row.clone()]);
        row.id = BookId([9; 16]);
        let gone = LedgerHeads::of_books(&[row]);
        for (signed, cut) in [(longer, book), (other, book), (gone, BookId([9; 16]))] {
            file.write(&signed).unwrap();
            for _ in 0..2 {
                assert_eq!(file.sign(&app.hub).await.unwrap().books, [cut]);
                assert_eq!(file.read().unwrap().get(cut), signed.get(cut), "what it was is not lost");
            }
        }
    }

    #[tokio::test]
    async fn an_audit_log_that_was_cut_keeps_the_end_it_had() {
        let app = app().await;
        let (_kept, folder) = fresh();
        let file = HeadsFile::of(&folder, &[1; 32]);
        let note = async |object: &str| {
            let fact = By::command_line().did(AuditAction::Import, object, app.clock.now());
            app.hub.note(fact).await.unwrap();
        };
        for (object, number) in [("one", 1), ("two", 2), ("three", 3)] {
            note(object).await;
            assert_eq!(file.sign(&app.hub).await.unwrap(), Cut::default());
            assert_eq!(file.read().unwrap().audit().unwrap().number, number);
        }
        let signed = file.read().unwrap().audit();
        app.hub.storage().tamper(|rows| rows.truncate(2));
        for again in 0..3 {
            assert!(file.sign(&app.hub).await.unwrap().audit, "{again}");
            assert_eq!(file.read().unwrap().audit(), signed, "what it was is not lost");
            // Longer than before, and another log all the same.
            note("other").await;
        }
    }
}
