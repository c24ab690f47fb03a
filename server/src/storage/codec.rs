//! The hub's records as rows and back, for every engine: the columns, what is written and what is read
//! stand side by side.

mod audit;
mod blocks;
mod organisation;
mod people;
mod sales;
mod settings;

pub(super) use audit::{audit_columns, audit_entry, fill_audit_entry};
pub(super) use blocks::{
    BLOCKS_REBUILT, BLOCKS_STAND, Dialect, block_columns, blocks_of, fill_blocks, wrong_blocks,
};
pub(super) use organisation::{
    absence, absence_columns, calendar_columns, calendar_day, fill_absence, fill_calendar_day, fill_span,
    fill_statement, fill_target, span, statement, statement_columns, target, target_columns, unit_columns,
};
pub(super) use people::{
    REPORTING_DEVICES, account, account_columns, device, device_columns, fill_account, fill_device,
    fill_invitation, fill_session, invitation, invitation_columns, reporting_device, session,
    session_columns,
};
pub(super) use sales::{
    REPLACE_CELLS, added_sums, cell, cell_columns, closing, closing_columns, compare_cells, entry_sums,
    exception, exception_columns, figure, fill_closing, fill_exception, fill_ledger_entry, ledger_columns,
    ledger_entry, negative_sums, part_column, rebuild, signed_sums, stored_level, sum_columns, total_sums,
    unit_sums,
};

pub(super) use settings::{
    ANY_ACCOUNT, SETTINGS, SETUP_LINK, fill_setting, setting_columns, settings, setup_link,
};

use std::collections::BTreeMap;

use document_model::sales::{PolicyFacts, UnitPath};
use document_model::{Actor, BookId, ChangeHash, DeviceId, DocumentId, Kind, RecordFacts, UnitCode};
use sync_protocol::{Digest, FeedChain, Replacement};

use super::columns::{Columns, Fill, StoredRow};
use super::plan::Known;
use super::sealing::{MasterId, WrappedKey};
use super::{
    Carried, Counted, FeedBody, FeedRow, Stored, StoredBook, StoredDocument, StoredEdit, StoredStream,
    WholeDocument,
};

macro_rules! book_columns {
    () => {
        "id, name, owner, epoch, seq, chain, digest, ledger_number, ledger_chain"
    };
}

macro_rules! document_columns {
    () => {
        "id, kind, book, lineage, version, last_seq, joined_seq, heads, actors, created_on, judged_on, \
         imported, selling_rep, lapsed_on, approved_sale_date, awaiting_sale_date, counted_product, \
         counted_premium_won, counted_payment_mode, counted_sale_date, counted_withdrawn_on, counted_lapsed_on, counted_ape_won, counted_rep, \
         counted_branch, counted_region, saved"
    };
}

/// What a first download reads of documents: see [`whole_document`].
macro_rules! whole_columns {
    () => {
        "id, kind, lineage, last_seq, actors, selling_rep, saved"
    };
}

/// What a commit reads of the documents it wants to change: see [`known`].
macro_rules! known_columns {
    () => {
        "id, book, version, last_seq, joined_seq, lineage, heads"
    };
}

macro_rules! feed_columns {
    () => {
        "book, seq, document, lineage, arrived_ms, chain, body, chained, actor, kind, payload"
    };
}

macro_rules! edit_columns {
    () => {
        "arrived_ms, book, seq, document, chained, actor"
    };
}

macro_rules! replacement_columns {
    () => {
        "document, replaced, by"
    };
}

macro_rules! key_columns {
    () => {
        "document, master, sealed"
    };
}

macro_rules! stream_columns {
    () => {
        "actor, device, account, generation"
    };
}

pub(super) use {
    book_columns, document_columns, edit_columns, feed_columns, key_columns, known_columns,
    replacement_columns, stream_columns, whole_columns,
};

pub(super) fn book(row: &impl StoredRow) -> Stored<StoredBook> {
    let mut columns = Columns::of(row);
    Ok(StoredBook {
        id: BookId(columns.array()?),
        name: columns.string()?,
        owner: columns.maybe_unit()?,
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

pub(super) fn fill_book(row: &mut impl Fill, book: &StoredBook) {
    row.bytes(book.id.as_bytes()).text(book.name.as_str()).text(book.owner.as_ref().map(UnitCode::as_str));
    row.number(book.epoch).number(book.seq).bytes(&book.chain.0[..]);
    row.bytes(&[book.digest.0.to_be_bytes(), book.digest.1.to_be_bytes()].concat()[..]);
    row.number(book.ledger_number).bytes(&book.ledger_chain.0[..]);
}

/// A book nobody has written to.
pub(super) fn fill_new_book(row: &mut impl Fill, id: BookId, name: &str, owner: Option<&UnitCode>) {
    let book = StoredBook {
        id,
        name: name.to_owned(),
        owner: owner.cloned(),
        epoch: 1,
        seq: 0,
        chain: FeedChain::default(),
        digest: Digest::default(),
        ledger_number: 0,
        ledger_chain: FeedChain::default(),
    };
    fill_book(row, &book);
}

pub(super) fn document(row: &impl StoredRow) -> Stored<StoredDocument> {
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
        imported: columns.flag()?,
        selling_rep: columns.maybe_unit()?,
        record: RecordFacts { lapsed_on: columns.maybe_day()?, approved_sale_date: columns.maybe_day()? },
        awaiting_sale_date: columns.maybe_day()?,
        counted: counted(&mut columns)?,
        saved: columns.bytes()?.to_vec(),
    })
}

pub(super) fn whole_document(row: &impl StoredRow) -> Stored<WholeDocument> {
    let mut columns = Columns::of(row);
    Ok(WholeDocument {
        id: DocumentId(columns.array()?),
        kind: kind(&mut columns)?,
        lineage: columns.small()?,
        last_seq: columns.number()?,
        actors: columns.actors()?,
        selling_rep: columns.maybe_unit()?,
        saved: columns.bytes()?.to_vec(),
    })
}

fn kind<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Kind> {
    let number = columns.small()?;
    Kind::of_number(number).ok_or_else(|| columns.damaged("an unknown kind of document"))
}

fn counted<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Option<Counted>> {
    let Some(product) = columns.maybe_text()? else {
        (0..9).for_each(|_| _ = columns.skip());
        return Ok(None);
    };
    let facts = PolicyFacts {
        product: product.as_ref().into(),
        premium_won: columns.integer()?,
        payment_mode: columns.string()?,
        sale_date: columns.day()?,
        withdrawn_on: columns.maybe_day()?,
        lapsed_on: columns.maybe_day()?,
        // Documents of a version without it have posted none.
        ape_won: columns.maybe_integer()?.unwrap_or_default(),
    };
    let path = UnitPath { rep: columns.unit()?, branch: columns.unit()?, region: columns.unit()? };
    Ok(Some(Counted { facts, path }))
}

pub(super) fn fill_document(row: &mut impl Fill, document: &StoredDocument) {
    row.bytes(document.id.as_bytes()).integer(i64::from(document.kind.number()));
    row.bytes(document.book.as_bytes()).integer(i64::from(document.lineage)).number(document.version);
    row.number(document.last_seq).number(document.joined_seq);
    row.bytes(&document.heads.iter().flat_map(|head| head.0).collect::<Vec<u8>>()[..]);
    row.bytes(&document.actors.iter().flat_map(|actor| actor.0).collect::<Vec<u8>>()[..]);
    row.day(document.created_on).day(document.judged_on);
    row.flag(document.imported).text(document.selling_rep.as_ref().map(UnitCode::as_str));
    row.day(document.record.lapsed_on).day(document.record.approved_sale_date);
    row.day(document.awaiting_sale_date);
    fill_counted(row, document.counted.as_ref());
    row.bytes(document.saved.as_slice());
}

fn fill_counted(row: &mut impl Fill, counted: Option<&Counted>) {
    let facts = counted.map(|counted| &counted.facts);
    row.text(facts.map(|facts| facts.product.as_str())).integer(facts.map(|facts| facts.premium_won));
    row.text(facts.map(|facts| facts.payment_mode.as_str())).day(facts.map(|facts| facts.sale_date));
    row.day(facts.and_then(|facts| facts.withdrawn_on)).day(facts.and_then(|facts| facts.lapsed_on));
    row.integer(facts.map(|facts| facts.ape_won));
    let path = counted.map(|counted| &counted.path);
    for unit in [path.map(|path| &path.rep), path.map(|path| &path.branch), path.map(|path| &path.region)] {
        row.text(unit.map(UnitCode::as_str));
    }
}

/// What a commit must know of a document it wants to change.
pub(super) fn known(row: &impl StoredRow) -> Stored<(DocumentId, Known)> {
    let mut columns = Columns::of(row);
    let id = DocumentId(columns.array()?);
    let (book, version) = (BookId(columns.array()?), columns.number()?);
    let (last_seq, joined_seq) = (columns.number()?, columns.number()?);
    let lineage = columns.small()?;
    let term = Digest::of_document(&id, lineage, &columns.hashes()?);
    Ok((id, Known { book, version, last_seq, joined_seq, lineage, term }))
}

pub(super) fn feed_row(row: &impl StoredRow) -> Stored<FeedRow> {
    let mut columns = Columns::of(row);
    Ok(FeedRow {
        seq: columns.skip().number()?,
        document: DocumentId(columns.array()?),
        lineage: columns.small()?,
        arrived_ms: columns.integer()?,
        chain: FeedChain(columns.array()?),
        body: feed_body(&mut columns)?,
    })
}

fn feed_body<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<FeedBody> {
    Ok(match columns.integer()? {
        0 => FeedBody::Change {
            hash: ChangeHash(columns.array()?),
            actor: Actor(columns.array()?),
            carried: carried(columns)?,
        },
        1 => FeedBody::Snapshot {
            kind: kind(columns.skip().skip())?,
            saved: columns.maybe_bytes()?.map(<[u8]>::to_vec),
        },
        2 => FeedBody::Joined {
            heads: columns.hashes()?,
            kind: kind(columns.skip())?,
            saved: columns.maybe_bytes()?.map(<[u8]>::to_vec),
        },
        3 => FeedBody::Left,
        4 => FeedBody::Redirected { to: DocumentId(columns.array()?) },
        5 => FeedBody::Erased,
        _ => return Err(columns.damaged("an unknown kind of entry")),
    })
}

/// What an entry about a change carries: with a kind of document, a document.
fn carried<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Carried> {
    let number = columns.maybe_integer()?;
    let Some(payload) = columns.maybe_bytes()?.map(<[u8]>::to_vec) else { return Ok(Carried::Nothing) };
    let Some(number) = number else { return Ok(Carried::Change(payload)) };
    let kind = u8::try_from(number).ok().and_then(Kind::of_number);
    let kind = kind.ok_or_else(|| columns.damaged("a document of an unknown kind"))?;
    Ok(Carried::Snapshot { kind, saved: payload })
}

pub(super) fn fill_feed_row(row: &mut impl Fill, book: BookId, entry: &FeedRow) {
    row.bytes(book.as_bytes()).number(entry.seq).bytes(entry.document.as_bytes());
    row.integer(i64::from(entry.lineage)).integer(entry.arrived_ms).bytes(&entry.chain.0[..]);
    row.integer(i64::from(entry.body.number())).bytes(&entry.body.chained()[..]);
    let (actor, kind) = match &entry.body {
        FeedBody::Change { actor, carried: Carried::Snapshot { kind, .. }, .. } => (Some(actor), Some(kind)),
        FeedBody::Change { actor, .. } => (Some(actor), None),
        FeedBody::Snapshot { kind, .. } | FeedBody::Joined { kind, .. } => (None, Some(kind)),
        FeedBody::Left | FeedBody::Redirected { .. } | FeedBody::Erased => (None, None),
    };
    row.bytes(actor.map(Actor::as_bytes)).integer(kind.map(|kind| i64::from(kind.number())));
    row.bytes(entry.body.payload());
}

pub(super) fn stream(row: &impl StoredRow) -> Stored<StoredStream> {
    let mut columns = Columns::of(row);
    Ok(StoredStream {
        actor: Actor(columns.array()?),
        device: DeviceId(columns.array()?),
        user: columns.string()?,
        generation: columns.number()?,
    })
}

pub(super) fn fill_stream(row: &mut impl Fill, stream: &StoredStream) {
    row.bytes(stream.actor.as_bytes()).bytes(stream.device.as_bytes());
    row.text(stream.user.as_str()).number(stream.generation);
}

/// A replaced change, and what stands for it.
pub(super) fn replacement(row: &impl StoredRow) -> Stored<(DocumentId, Replacement)> {
    let mut columns = Columns::of(row);
    let document = DocumentId(columns.array()?);
    let (replaced, by) = (ChangeHash(columns.array()?), ChangeHash(columns.array()?));
    Ok((document, Replacement { replaced, by }))
}

/// A change of a document, and its lineage.
pub(super) fn edit(row: &impl StoredRow) -> Stored<(DocumentId, ChangeHash, u32)> {
    let mut columns = Columns::of(row);
    Ok((DocumentId(columns.array()?), ChangeHash(columns.array()?), columns.small()?))
}

/// An edit as its feed entry tells it.
pub(super) fn stored_edit(row: &impl StoredRow) -> Stored<StoredEdit> {
    let mut columns = Columns::of(row);
    Ok(StoredEdit {
        arrived_ms: columns.integer()?,
        book: BookId(columns.array()?),
        seq: columns.number()?,
        document: DocumentId(columns.array()?),
        hash: ChangeHash(columns.array()?),
        actor: Actor(columns.array()?),
    })
}

/// The documents of `changes`, in order, from rows of a document and a change each.
pub(super) fn documents_with<R: StoredRow>(
    changes: &[ChangeHash],
    rows: &[R],
) -> Stored<Vec<Option<DocumentId>>> {
    let pair = |row: &R| {
        let mut columns = Columns::of(row);
        let document = DocumentId(columns.array()?);
        Ok((ChangeHash(columns.array()?), document))
    };
    let found: BTreeMap<_, _> = all(rows, pair)?;
    Ok(changes.iter().map(|change| found.get(change).copied()).collect())
}

pub(super) fn fill_replacement(
    row: &mut impl Fill,
    (document, replaced, by): (DocumentId, ChangeHash, ChangeHash),
) {
    row.bytes(document.as_bytes()).bytes(replaced.as_bytes()).bytes(by.as_bytes());
}

/// A document's key, wrapped.
pub(super) fn key(row: &impl StoredRow) -> Stored<(DocumentId, WrappedKey)> {
    let mut columns = Columns::of(row);
    let document = DocumentId(columns.array()?);
    let master = MasterId(columns.array()?);
    Ok((document, WrappedKey { master, sealed: columns.bytes()?.to_vec() }))
}

pub(super) fn fill_key(row: &mut impl Fill, (document, key): &(DocumentId, WrappedKey)) {
    row.bytes(document.as_bytes()).bytes(&key.master.0[..]).bytes(&key.sealed[..]);
}

/// The name of a master key, or none.
pub(super) fn master<R: StoredRow>(columns: &mut Columns<'_, R>) -> Stored<Option<MasterId>> {
    let name = columns.maybe_bytes()?;
    let name = name.map(<[u8; 8]>::try_from).transpose();
    name.map(|name| name.map(MasterId)).map_err(|_| columns.damaged("no name of a master key"))
}

/// The name of a master key that is in use.
pub(super) fn master_used(row: &impl StoredRow) -> Stored<MasterId> {
    Ok(MasterId(Columns::of(row).array()?))
}

/// All records of rows.
pub(super) fn all<R, T, C: FromIterator<T>>(rows: &[R], read: fn(&R) -> Stored<T>) -> Stored<C> {
    rows.iter().map(read).collect()
}
