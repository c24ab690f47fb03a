//! Keys of documents, wrapped.

use document_model::DocumentId;
use futures::FutureExt;
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::columns::listed;
use super::fault::Outcome;
use super::rows;
use super::script::Script;
use crate::storage::codec::{self, key_columns};
use crate::storage::columns::{Columns, bounded};
use crate::storage::sealing::{MasterId, WrappedKey};
use crate::storage::{KeyStorage, Stored};

impl KeyStorage for SqliteStorage {
    async fn document_keys(&self, documents: &[DocumentId]) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            key_columns!(),
            " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN document_keys ON document = wanted"
        );
        script.statement(sql).bind(listed(documents));
        codec::all(&self.read(script).await?, codec::key)
    }

    async fn keys_under(
        &self,
        master: MasterId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<(DocumentId, WrappedKey)>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            key_columns!(),
            " FROM document_keys WHERE master = ? AND document > ? ORDER BY document LIMIT ?"
        );
        // Nothing sorts before the empty id.
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        script.statement(sql).bind(&master.0[..]).bind(after).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::key)
    }

    async fn rewrap(&self, from: MasterId, keys: Vec<(DocumentId, WrappedKey)>) -> Stored<usize> {
        self.write(move |connection| rewrap(connection, from, keys).boxed()).await
    }

    async fn master(&self) -> Stored<Option<MasterId>> {
        let mut script = Script::default();
        script.statement("SELECT master FROM hub");
        codec::master(&mut Columns::only(&self.read(script).await?)?)
    }

    async fn name_master(&self, expected: Option<MasterId>, master: MasterId) -> Stored<bool> {
        self.write(move |connection| {
            let mut script = Script::default();
            script.statement("UPDATE hub SET master = ? WHERE master IS ? RETURNING 1");
            script.bind(master.0.to_vec()).bind(expected.map(|expected| expected.0.to_vec()));
            async move { Ok(!script.fetch(connection).await?.is_empty()) }.boxed()
        })
        .await
    }

    async fn masters(&self) -> Stored<Vec<MasterId>> {
        // From one to the next: each step is one look into the index.
        let mut script = Script::default();
        let sql = "WITH RECURSIVE used (master) AS (SELECT min(master) FROM document_keys UNION ALL \
            SELECT (SELECT min(master) FROM document_keys WHERE master > used.master) FROM used \
            WHERE used.master IS NOT NULL) SELECT master FROM used WHERE master IS NOT NULL";
        script.statement(sql);
        codec::all(&self.read(script).await?, codec::master_used)
    }
}

async fn rewrap(
    connection: &mut SqliteConnection,
    from: MasterId,
    mut keys: Vec<(DocumentId, WrappedKey)>,
) -> Outcome<usize> {
    let mut script = Script::default();
    let sql = "SELECT document FROM (SELECT unhex(value) AS wanted FROM json_each(?)) \
        CROSS JOIN document_keys ON document = wanted WHERE master = ?";
    script.statement(sql).bind(listed(keys.iter().map(|(document, _)| document))).bind(&from.0[..]);
    let there = script.fetch(connection).await?;
    let there: std::collections::BTreeSet<_> =
        there.iter().map(|row| Columns::of(row).array().map(DocumentId)).collect::<Stored<_>>()?;
    keys.retain(|(document, _)| there.contains(document));
    let mut script = Script::default();
    rows::put_keys(&mut script, &keys);
    script.run(connection).await?;
    Ok(keys.len())
}
