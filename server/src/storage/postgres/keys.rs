//! Keys of documents, wrapped.

use document_model::DocumentId;
use futures::FutureExt;
use sqlx::PgConnection;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::Query;
use super::writer::Begin;
use crate::storage::codec::{self, key_columns};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::sealing::{MasterId, WrappedKey};
use crate::storage::{KeyStorage, Stored};

impl KeyStorage for PostgresStorage {
    async fn document_keys(&self, documents: &[DocumentId]) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let sql = concat!("SELECT ", key_columns!(), " FROM document_keys WHERE document = ANY($1)");
        let mut query = Query::of(sql);
        query.ids(documents.iter().map(DocumentId::as_bytes));
        codec::all(&self.read(query).await?, codec::key)
    }

    async fn keys_under(
        &self,
        master: MasterId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            key_columns!(),
            " FROM document_keys WHERE master = $1 AND document > $2 ORDER BY document LIMIT $3"
        ));
        // Nothing sorts before the empty id.
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        query.bytes(&master.0[..]).bytes(&after[..]).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::key)
    }

    async fn rewrap(&self, from: MasterId, keys: Vec<(DocumentId, WrappedKey)>) -> Stored<usize> {
        self.writer
            .write("rewrap keys", Begin::Write, (from, keys), |connection, (from, keys)| {
                rewrap(connection, *from, keys).boxed()
            })
            .await
    }

    async fn master(&self) -> Stored<Option<MasterId>> {
        codec::master(&mut Columns::only(&self.read(Query::of("SELECT master FROM hub")).await?)?)
    }

    async fn name_master(&self, expected: Option<MasterId>, master: MasterId) -> Stored<bool> {
        // Alone, as new rules are: every commit sees the one or the other, and none is under way meanwhile.
        self.writer
            .write("name master", Begin::NewRules, (expected, master), |connection, (expected, master)| {
                name_master(connection, *expected, *master).boxed()
            })
            .await
    }

    async fn masters(&self) -> Stored<Vec<MasterId>> {
        // From one to the next: each step is one look into the index.
        let sql = "WITH RECURSIVE used (master) AS ((SELECT master FROM document_keys ORDER BY master LIMIT 1) \
            UNION ALL SELECT (SELECT master FROM document_keys WHERE master > used.master ORDER BY master LIMIT 1) \
            FROM used WHERE used.master IS NOT NULL) SELECT master FROM used WHERE master IS NOT NULL";
        codec::all(&self.read(Query::of(sql)).await?, codec::master_used)
    }
}

async fn name_master(
    connection: &mut PgConnection,
    expected: Option<MasterId>,
    master: MasterId,
) -> Outcome<bool> {
    let mut query = Query::of("UPDATE hub SET master = $1 WHERE master IS NOT DISTINCT FROM $2");
    query.bytes(&master.0[..]).bytes(expected.as_ref().map(|expected| &expected.0[..]));
    Ok(query.run(connection).await? > 0)
}

async fn rewrap(
    connection: &mut PgConnection,
    from: MasterId,
    keys: &[(DocumentId, WrappedKey)],
) -> Outcome<usize> {
    let mut query = Query::of(
        "UPDATE document_keys SET master = new.master, sealed = new.sealed \
         FROM unnest($2::bytea[], $3::bytea[], $4::bytea[]) AS new (document, master, sealed) \
         WHERE document_keys.document = new.document AND document_keys.master = $1",
    );
    query.bytes(&from.0[..]);
    query.ids(keys.iter().map(|(document, _)| document.as_bytes()));
    query.ids(keys.iter().map(|(_, key)| &key.master.0[..]));
    query.ids(keys.iter().map(|(_, key)| &key.sealed[..]));
    Ok(usize::try_from(query.run(connection).await?).unwrap_or(usize::MAX))
}
