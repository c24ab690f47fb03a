//! The hub's records as rows and back; what is written and what is read stand side by side.

use document_model::sales::{LedgerKey, Measure, PolicyFacts, Posting, UnitPath};
use document_model::{Actor, BookId, ChangeHash, DeviceId, DocumentId, Kind, UnitCode};
use sqlx::sqlite::SqliteRow;
use sync_protocol::{Digest, FeedChain};

use super::columns::Columns;
use super::fault::Outcome;
use super::script::Script;
use crate::storage::{Counted, FeedBody, FeedRow, LedgerEntry, StoredBook, StoredDocument, StoredStream};

macro_rules! book_columns {
    () => {
        "id, name, owner, epoch, seq, chain, digest, ledger_number, ledger_chain"
    };
}

macro_rules! document_columns {
    () => {
        "id, kind, book, lineage, version, last_seq, joined_seq, heads, actors, created_on, judged_on, \
         imported, selling_rep, counted_product, counted_premium_won, counted_payment_mode, counted_sale_date, \
         counted_withdrawn_on, counted_rep, counted_branch, counted_region, saved"
    };
}

macro_rules! feed_columns {
    () => {
        "book, seq, document, lineage, arrived_ms, chain, body, chained, actor, kind, payload"
    };
}

macro_rules! ledger_columns {
    () => {
        "book, number, document, day, region, branch, rep, product, measure, count, won, arrived_ms, \
         cause_seq, rules, chain, moment"
    };
}

macro_rules! stream_columns {
    () => {
        "actor, device, account, generation"
    };
}

pub(super) use {book_columns, document_columns, feed_columns, ledger_columns};

pub(super) fn book(row: &SqliteRow) -> Outcome<StoredBook> {
    let mut columns = Columns::of(row);
    Ok(StoredBook {
        id: BookId(columns.array()?),
        name: columns.take()?,
        owner: columns.take::<Option<String>>()?.map(UnitCode),
        epoch: columns.number()?,
        seq: columns.number()?,
        chain: FeedChain(columns.array()?),
        digest: digest(columns.array()?),
        ledger_number: columns.number()?,
        ledger_chain: FeedChain(columns.array()?),
    })
}

fn digest(bytes: [u8; 16]) -> Digest {
    let both = u128::from_be_bytes(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is taken on purpose")]
    let lower = both as u64;
    Digest((both >> 64) as u64, lower)
}

/// Books of the ids listed in the parameter, in any order.
pub(super) const BOOKS_LISTED: &str = concat!(
    "SELECT ",
    book_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN books ON id = wanted"
);

/// Writes books with the counters commits moved; what a book is called and whose it is stays.
pub(super) fn put_books(script: &mut Script, books: &[&StoredBook]) {
    let into = concat!("INSERT INTO books (", book_columns!(), ")");
    let over = " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, chain = excluded.chain, \
        digest = excluded.digest, ledger_number = excluded.ledger_number, ledger_chain = excluded.ledger_chain";
    script.insert(into, "(?,?,?,?,?,?,?,?,?)", over, books, |script, book| {
        script
            .bind(book.id.as_bytes())
            .bind(book.name.as_str())
            .bind(book.owner.as_ref().map(UnitCode::as_str));
        script.bind(book.epoch.cast_signed()).bind(book.seq.cast_signed()).bind(&book.chain.0[..]);
        script.bind([book.digest.0.to_be_bytes(), book.digest.1.to_be_bytes()].concat());
        script.bind(book.ledger_number.cast_signed()).bind(&book.ledger_chain.0[..]);
    });
}

/// Documents of the ids listed in the parameter, in any order.
pub(super) const DOCUMENTS_LISTED: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN documents ON id = wanted"
);

pub(super) fn document(row: &SqliteRow) -> Outcome<StoredDocument> {
    let mut columns = Columns::of(row);
    Ok(StoredDocument {
        id: DocumentId(columns.array()?),
        kind: kind(&mut columns)?,
        book: BookId(columns.array()?),
        lineage: columns.small()?,
        version: columns.number()?,
        last_seq: columns.number()?,
        joined_seq: columns.number()?,
        heads: columns.hashes()?,
        actors: columns.actors()?,
        created_on: columns.day()?,
        judged_on: columns.day()?,
        imported: columns.take()?,
        selling_rep: columns.take::<Option<String>>()?.map(UnitCode),
        counted: counted(&mut columns)?,
        saved: columns.take()?,
    })
}

fn kind(columns: &mut Columns<'_>) -> Outcome<Kind> {
    let number = columns.small()?;
    Kind::of_number(number).ok_or_else(|| columns.damaged("an unknown kind of document"))
}

fn counted(columns: &mut Columns<'_>) -> Outcome<Option<Counted>> {
    let Some(product) = columns.take::<Option<String>>()? else {
        (0..7).for_each(|_| _ = columns.skip());
        return Ok(None);
    };
    let facts = PolicyFacts {
        product: product.as_str().into(),
        premium_won: columns.take()?,
        payment_mode: columns.take()?,
        sale_date: columns.day()?,
        withdrawn_on: columns.maybe_day()?,
    };
    let path = UnitPath { rep: columns.unit()?, branch: columns.unit()?, region: columns.unit()? };
    Ok(Some(Counted { facts, path }))
}

/// Writes documents whole, over what was there.
pub(super) fn put_documents(script: &mut Script, documents: &[&StoredDocument]) {
    let into = concat!("INSERT INTO documents (", document_columns!(), ")");
    let row = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    let over = " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, book = excluded.book, \
        lineage = excluded.lineage, version = excluded.version, last_seq = excluded.last_seq, \
        joined_seq = excluded.joined_seq, heads = excluded.heads, actors = excluded.actors, created_on = excluded.created_on, \
        judged_on = excluded.judged_on, imported = excluded.imported, selling_rep = excluded.selling_rep, \
        counted_product = excluded.counted_product, counted_premium_won = excluded.counted_premium_won, \
        counted_payment_mode = excluded.counted_payment_mode, counted_sale_date = excluded.counted_sale_date, \
        counted_withdrawn_on = excluded.counted_withdrawn_on, counted_rep = excluded.counted_rep, \
        counted_branch = excluded.counted_branch, counted_region = excluded.counted_region, \
        saved = excluded.saved";
    script.insert(into, row, over, documents, |script, document| {
        script.bind(document.id.as_bytes()).bind(i64::from(document.kind.number()));
        script.bind(document.book.as_bytes()).bind(document.lineage).bind(document.version.cast_signed());
        script.bind(document.last_seq.cast_signed()).bind(document.joined_seq.cast_signed());
        script.bind(document.heads.iter().flat_map(|head| head.0).collect::<Vec<u8>>());
        script.bind(document.actors.iter().flat_map(|actor| actor.0).collect::<Vec<u8>>());
        script.bind(document.created_on.to_string()).bind(document.judged_on.to_string());
        script.bind(document.imported).bind(document.selling_rep.as_ref().map(UnitCode::as_str));
        bind_counted(script, document.counted.as_ref());
        script.bind(document.saved.as_slice());
    });
}

fn bind_counted(script: &mut Script, counted: Option<&Counted>) {
    let facts = counted.map(|counted| &counted.facts);
    script.bind(facts.map(|facts| facts.product.as_str())).bind(facts.map(|facts| facts.premium_won));
    script.bind(facts.map(|facts| facts.payment_mode.as_str()));
    script.bind(facts.map(|facts| facts.sale_date.to_string()));
    script.bind(facts.and_then(|facts| facts.withdrawn_on).map(|day| day.to_string()));
    let path = counted.map(|counted| &counted.path);
    for unit in [path.map(|path| &path.rep), path.map(|path| &path.branch), path.map(|path| &path.region)] {
        script.bind(unit.map(UnitCode::as_str));
    }
}

pub(super) fn feed_row(row: &SqliteRow) -> Outcome<FeedRow> {
    let mut columns = Columns::of(row);
    let _book: &[u8] = columns.take()?;
    Ok(FeedRow {
        seq: columns.number()?,
        document: DocumentId(columns.array()?),
        lineage: columns.small()?,
        arrived_ms: columns.take()?,
        chain: FeedChain(columns.array()?),
        body: feed_body(&mut columns)?,
    })
}

fn feed_body(columns: &mut Columns<'_>) -> Outcome<FeedBody> {
    Ok(match columns.take::<i64>()? {
        0 => FeedBody::Change {
            hash: ChangeHash(columns.array()?),
            actor: Actor(columns.array()?),
            bytes: columns.skip().take()?,
        },
        1 => FeedBody::Snapshot { kind: kind(columns.skip().skip())?, saved: columns.take()? },
        2 => {
            FeedBody::Joined { heads: columns.hashes()?, kind: kind(columns.skip())?, saved: columns.take()? }
        }
        3 => FeedBody::Left,
        4 => FeedBody::Redirected { to: DocumentId(columns.array()?) },
        5 => FeedBody::Erased,
        _ => return Err(columns.damaged("an unknown kind of entry")),
    })
}

/// Appends entries to books' feeds.
pub(super) fn append_feed(script: &mut Script, entries: &[(BookId, FeedRow)]) {
    let into = concat!("INSERT INTO feed (", feed_columns!(), ")");
    script.insert(into, "(?,?,?,?,?,?,?,?,?,?,?)", "", entries, |script, (book, entry)| {
        script.bind(book.as_bytes()).bind(entry.seq.cast_signed()).bind(entry.document.as_bytes());
        script.bind(entry.lineage).bind(entry.arrived_ms).bind(&entry.chain.0[..]);
        script.bind(i64::from(entry.body.number())).bind(entry.body.chained());
        let (actor, kind, payload) = match &entry.body {
            FeedBody::Change { actor, bytes, .. } => (Some(actor), None, Some(bytes)),
            FeedBody::Snapshot { kind, saved } => (None, Some(kind), Some(saved)),
            FeedBody::Joined { kind, saved, .. } => (None, Some(kind), saved.as_ref()),
            FeedBody::Left | FeedBody::Redirected { .. } | FeedBody::Erased => (None, None, None),
        };
        script.bind(actor.map(Actor::as_bytes)).bind(kind.map(|kind| i64::from(kind.number())));
        script.bind(payload.map(Vec::as_slice));
    });
}

pub(super) fn ledger_entry(row: &SqliteRow) -> Outcome<LedgerEntry> {
    let mut columns = Columns::of(row);
    Ok(LedgerEntry {
        book: BookId(columns.array()?),
        number: columns.number()?,
        document: DocumentId(columns.array()?),
        posting: posting(&mut columns)?,
        arrived_ms: columns.take()?,
        cause_seq: columns.number()?,
        rules: columns.number()?,
        chain: FeedChain(columns.array()?),
        moment: columns.take::<Option<i64>>()?.map(i64::cast_unsigned),
    })
}

fn posting(columns: &mut Columns<'_>) -> Outcome<Posting> {
    let day = columns.day()?;
    let (region, branch, rep) = (columns.unit()?, columns.unit()?, columns.unit()?);
    let product = columns.product()?;
    let measure = columns.take()?;
    let measure = Measure::of_number(measure).ok_or_else(|| columns.damaged("an unknown measure"))?;
    let key = LedgerKey { day, path: UnitPath { rep, branch, region }, product, measure };
    Ok(Posting { key, count: columns.take()?, won: columns.take()? })
}

/// Appends entries of the ledger.
pub(super) fn append_ledger(script: &mut Script, entries: &[LedgerEntry]) {
    let into = concat!("INSERT INTO ledger (", ledger_columns!(), ")");
    script.insert(into, "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "", entries, |script, entry| {
        script.bind(entry.book.as_bytes()).bind(entry.number.cast_signed()).bind(entry.document.as_bytes());
        let Posting { key, count, won } = &entry.posting;
        script.bind(key.day.to_string());
        script.bind(key.path.region.as_str()).bind(key.path.branch.as_str()).bind(key.path.rep.as_str());
        script.bind(key.product.as_str()).bind(key.measure.number()).bind(*count).bind(*won);
        script.bind(entry.arrived_ms).bind(entry.cause_seq.cast_signed()).bind(entry.rules.cast_signed());
        script.bind(&entry.chain.0[..]).bind(entry.moment.map(u64::cast_signed));
    });
}

pub(super) fn stream(row: &SqliteRow) -> Outcome<StoredStream> {
    let mut columns = Columns::of(row);
    Ok(StoredStream {
        actor: Actor(columns.array()?),
        device: DeviceId(columns.array()?),
        user: columns.take()?,
        generation: columns.number()?,
    })
}

/// Streams of the actors listed in the parameter, in any order.
pub(super) const STREAMS_LISTED: &str = concat!(
    "SELECT ",
    stream_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN streams ON actor = wanted"
);

/// Writes streams; `known` says what becomes of one that is there.
pub(super) fn put_streams(script: &mut Script, streams: &[&StoredStream], known: &str) {
    let into = concat!("INSERT INTO streams (", stream_columns!(), ")");
    script.insert(into, "(?,?,?,?)", &format!(" ON CONFLICT (actor) {known}"), streams, |script, stream| {
        script.bind(stream.actor.as_bytes()).bind(stream.device.as_bytes());
        script.bind(stream.user.as_str()).bind(stream.generation.cast_signed());
    });
}
