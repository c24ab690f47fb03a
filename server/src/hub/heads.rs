//! The ends of the ledgers, signed and kept outside the database: whoever can write the database can take
//! entries off a ledger's end and chain the rest anew, but cannot sign what is left.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_model::BookId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sync_protocol::FeedChain;

use super::receipts::derived_key;
use super::{Gate, Hub};
use crate::storage::{Storage, Stored, StoredBook};

/// What makes the key of signed heads out of the hub's secret, apart from its other keys.
const PURPOSE: &[u8] = b"fieldbook ledger heads";
/// The first line of what is signed.
const TITLE: &str = "fieldbook ledger heads 1";

/// What the line of the audit log begins with, in the place of a book.
const AUDIT: &str = "audit";

/// The key that heads are signed with. It is kept outside the database.
#[derive(Clone)]
pub struct HeadsKey(Hmac<Sha256>);

impl std::fmt::Debug for HeadsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HeadsKey")
    }
}

impl HeadsKey {
    /// The key that follows from the hub's secret.
    #[must_use]
    pub fn of(secret: &[u8; 32]) -> Self {
        Self(derived_key(secret, PURPOSE))
    }
}

/// The end of a book's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerHead {
    /// The number of its last entry.
    pub number: u64,
    /// The chained hash of that entry, which covers all before it.
    pub chain: FeedChain,
}

/// The ends of all ledgers that have entries, and of the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerHeads {
    books: BTreeMap<BookId, LedgerHead>,
    audit: Option<LedgerHead>,
}

/// The text is not what was signed with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not what this hub signed")]
pub struct NotSigned;

impl LedgerHeads {
    /// As the rows of these books say.
    #[must_use]
    pub fn of_books(books: &[StoredBook]) -> Self {
        let head = |book: &StoredBook| LedgerHead { number: book.ledger_number, chain: book.ledger_chain };
        let filled = books.iter().filter(|book| book.ledger_number > 0);
        Self { books: filled.map(|book| (book.id, head(book))).collect(), audit: None }
    }

    /// The same, with the end of the audit log.
    #[must_use]
    pub fn with_audit(self, audit: Option<LedgerHead>) -> Self {
        Self { audit, ..self }
    }

    /// The end of the audit log.
    #[must_use]
    pub fn audit(&self) -> Option<LedgerHead> {
        self.audit
    }

    /// The end of a book's ledger.
    #[must_use]
    pub fn get(&self, book: BookId) -> Option<LedgerHead> {
        self.books.get(&book).copied()
    }

    /// All of them, by book.
    pub fn iter(&self) -> impl Iterator<Item = (BookId, LedgerHead)> {
        self.books.iter().map(|(book, head)| (*book, *head))
    }

    /// As signed text: a line for each book, and the signature over all lines before it.
    #[must_use]
    pub fn signed(&self, key: &HeadsKey) -> String {
        let line = |of: String, head: LedgerHead| {
            format!("{of} {} {}\n", head.number, URL_SAFE_NO_PAD.encode(head.chain.0))
        };
        let mut text = format!("{TITLE}\n");
        text.extend(self.iter().map(|(book, head)| line(book.to_string(), head)));
        text.extend(self.audit.map(|head| line(AUDIT.to_owned(), head)));
        let signature = key.0.clone().chain_update(&text).finalize().into_bytes();
        text + &format!("signed {}\n", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Reads signed text.
    ///
    /// # Errors
    /// When it was not signed with this key, or was changed since.
    pub fn of_signed(text: &str, key: &HeadsKey) -> Result<Self, NotSigned> {
        let end = text.rfind("signed ").ok_or(NotSigned)?;
        let (lines, signature) = text.split_at(end);
        let signature = signature["signed ".len()..].trim_end();
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NotSigned)?;
        key.0.clone().chain_update(lines).verify_slice(&signature).map_err(|_| NotSigned)?;
        let lines = lines.strip_prefix(TITLE).and_then(|rest| rest.strip_prefix('\n')).ok_or(NotSigned)?;
        let mut heads = Self::default();
        for line in lines.lines() {
            let (of, head) = head_of(line).ok_or(NotSigned)?;
            if of == AUDIT {
                heads.audit = Some(head);
            } else {
                heads.books.insert(of.parse().map_err(|_| NotSigned)?, head);
            }
        }
        Ok(heads)
    }
}

fn head_of(line: &str) -> Option<(&str, LedgerHead)> {
    let mut parts = line.split(' ');
    let (of, number, chain) = (parts.next()?, parts.next()?, parts.next()?);
    let chain = URL_SAFE_NO_PAD.decode(chain).ok()?.try_into().ok()?;
    Some((of, LedgerHead { number: number.parse().ok()?, chain: FeedChain(chain) }))
}

/// How a ledger that ends with `newest` stands to the end that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// It ends there still.
    Same,
    /// It has more entries: whether it goes on from there, its entry of this number tells.
    Longer,
    /// Entries are gone, or others stand in their place.
    Cut,
}

impl LedgerHead {
    fn since(self, newest: Option<Self>) -> Since {
        match newest {
            Some(newest) if newest == self => Since::Same,
            Some(newest) if newest.number > self.number => Since::Longer,
            _ => Since::Cut,
        }
    }
}

/// What signing the newest ends came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// What is to be signed now: of a ledger that was cut, the end it had before.
    pub heads: LedgerHeads,
    /// Books whose ledgers no longer hold what was signed.
    pub cut: Vec<BookId>,
    /// Whether the audit log no longer holds what was signed.
    pub audit_cut: bool,
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// The newest ends of all ledgers, as far as they go on from those that were signed before.
    pub async fn ledger_heads(&self, signed: &LedgerHeads) -> Stored<Heads> {
        let mut heads = LedgerHeads::of_books(&self.storage.books().await?);
        let mut cut = Vec::new();
        for (book, before) in signed.iter() {
            let goes_on = match before.since(heads.get(book)) {
                Since::Same => true,
                Since::Longer => {
                    let entry = self.storage.ledger(book, before.number - 1, 1).await?.pop();
                    entry.is_some_and(|entry| (entry.number, entry.chain) == (before.number, before.chain))
                }
                Since::Cut => false,
            };
            if !goes_on {
                heads.books.insert(book, before);
                cut.push(book);
            }
        }
        let newest = self.audit_head().await?;
        let audit_cut = match signed.audit {
            Some(before) => match before.since(newest) {
                Since::Same => false,
                Since::Longer => self.audit_head_at(before.number).await? != Some(before),
                Since::Cut => true,
            },
            None => false,
        };
        let audit = if audit_cut { signed.audit } else { newest };
        Ok(Heads { heads: heads.with_audit(audit), cut, audit_cut })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(number: u64, chain: u8) -> LedgerHead {
        LedgerHead { number, chain: FeedChain([chain; 32]) }
    }

    #[test]
    fn only_what_was_signed_with_the_key_is_read() {
        let key = HeadsKey::of(&[1; 32]);
        let heads = [(BookId([1; 16]), head(7, 1)), (BookId([2; 16]), head(1, 2))];
        let books = LedgerHeads { books: heads.into(), audit: None };
        let both = books.clone().with_audit(Some(head(9, 3)));
        for heads in [LedgerHeads::default(), books, both] {
            let text = heads.signed(&key);
            assert_eq!(LedgerHeads::of_signed(&text, &key), Ok(heads));
            assert_eq!(LedgerHeads::of_signed(&text, &HeadsKey::of(&[2; 32])), Err(NotSigned));
            for at in 0..text.len() - 1 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1;
                let changed = String::from_utf8(bytes).unwrap();
                assert_eq!(LedgerHeads::of_signed(&changed, &key), Err(NotSigned), "{changed}");
                assert_eq!(LedgerHeads::of_signed(&text[..at], &key), Err(NotSigned));
            }
        }
    }

    #[test]
    fn a_ledger_goes_on_or_was_cut() {
        let signed = head(5, 1);
        assert_eq!(signed.since(Some(head(5, 1))), Since::Same);
        assert_eq!(signed.since(Some(head(6, 2))), Since::Longer);
        for cut in [None, Some(head(5, 2)), Some(head(4, 1))] {
            assert_eq!(signed.since(cut), Since::Cut);
        }
    }
}
