//! Identifiers and chunks the samples are made of: distinct, so that swapped fields show.

use document_model::{Actor, BookId, ChangeHash, DeviceId, DocumentId};
use minicbor::bytes::ByteVec;
use sync_protocol::{Cursor, DownloadToken};

use crate::folder::unhex;

/// The first edit of a customer by the actor of [`actor`]: `name` becomes "Kim". A real change.
pub(crate) const EDIT: &str = "856f4a8307385433015801dd339372fc6e1af3011c6244e759462a47f9276c2e9accbdc404e1a63534e4\
    3010202122232425262728292a2b2c2d2e2f010880cae2d0060000061506340142025602570370027f046e616d65017f017f364b696d7f00";
/// Its hash.
pub(crate) const EDIT_HASH: &str = "073854330a0cfd947c2931bda60331251604d60583e36960209373af8b824e3f";

fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|index| {
        first.wrapping_add(u8::try_from(index).expect("ids are shorter than 256 bytes"))
    })
}

pub(crate) fn document() -> DocumentId {
    DocumentId(counting(0x10))
}

pub(crate) fn actor() -> Actor {
    Actor(counting(0x20))
}

pub(crate) fn book() -> BookId {
    BookId(counting(0x30))
}

pub(crate) fn device() -> DeviceId {
    DeviceId(counting(0x40))
}

pub(crate) fn other_document() -> DocumentId {
    DocumentId(counting(0x50))
}

pub(crate) fn hash() -> ChangeHash {
    ChangeHash(counting(0x60))
}

pub(crate) fn other_hash() -> ChangeHash {
    ChangeHash(counting(0x80))
}

/// A cursor whose numbers need all widths.
pub(crate) fn cursor() -> Cursor {
    Cursor { book: book(), epoch: 1, seq: 812, check: 0xfedc_ba98_7654_3210 }
}

pub(crate) fn token(revisited: Option<DocumentId>) -> DownloadToken {
    DownloadToken { as_of: cursor(), last_used: 640, revisited }
}

/// The real change [`EDIT`].
pub(crate) fn edit() -> ByteVec {
    ByteVec::from(unhex(EDIT))
}

/// A chunk of one type with a body nobody reads: the codec carries chunks unopened.
pub(crate) fn chunk(kind: u8) -> ByteVec {
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0x01, 0x02, 0x03, 0x04, kind, 3];
    bytes.extend([0xaa, 0xbb, 0xcc]);
    ByteVec::from(bytes)
}

/// A receipt.
pub(crate) fn receipt() -> ByteVec {
    ByteVec::from((0..16).map(|index| 0xa0 ^ index).collect::<Vec<u8>>())
}
