//! Views for business intelligence programs, on PostgreSQL.

use super::Stored;
use super::postgres::PostgresStorage;

/// The views, made or made anew.
const VIEWS: &str = include_str!("bi.sql");

impl PostgresStorage {
    /// Makes the views of the schema `bi`, or makes them anew, and lets `reader` read them and nothing else: all
    /// or nothing. False when the server has no such role; nothing was done then.
    ///
    /// # Errors
    /// As writes; `Failed` where the hub's own role may make no schema, or something else has a view's name.
    pub async fn put_views(&self, reader: Option<&str>) -> Stored<bool> {
        let mut grants = String::new();
        if let Some(reader) = reader {
            if !self.has_role(reader).await? {
                return Ok(false);
            }
            let role = format!("\"{}\"", reader.replace('"', "\"\""));
            grants = format!(
                "GRANT USAGE ON SCHEMA bi TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA bi TO {role};"
            );
        }
        self.run_script(format!("BEGIN; {VIEWS} {grants} COMMIT")).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

    use super::*;
    use crate::organisation::{Level, NATION, UnitSpan};
    use crate::storage::FigureStorage;
    use crate::storage::conformance::Furnish;
    use crate::storage::conformance::sample::{
        BOOK, commit, day, done, path, posting_birth, sale, with_books,
    };
    use crate::storage::conformance::scratch;

    /// Each row as text, its columns between bars.
    async fn rows(connection: &mut PgConnection, sql: &str) -> sqlx::Result<Vec<String>> {
        let sql = format!("SELECT concat_ws('|', VARIADIC ARRAY[{sql}");
        let found = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?;
        Ok(found.iter().map(|row| row.get(0)).collect())
    }

    #[tokio::test]
    async fn a_reader_sees_what_was_sold_and_no_document() {
        scratch::with_database(async |url| {
            let storage = with_books(PostgresStorage::open(&url).await.unwrap()).await;
            let region = UnitSpan {
                code: "R1".into(),
                from: Some(day("2026-01-01")),
                to: None,
                level: Level::Region,
                name: "Seoul".to_owned(),
                parent: NATION.into(),
                successor: None,
            };
            let sold = |on: &str, product: &str| sale(on, product, path("P1", "B1", "R1"));
            let (first, second) = (sold("2026-06-01", "WL01"), sold("2026-06-02", "TL01"));
            done(&storage, commit(BOOK, vec![posting_birth(1, &[first.clone(), second])])).await;
            storage.fold(1_000, 0).await.unwrap();
            done(&storage, commit(BOOK, vec![posting_birth(2, &[first])])).await;
            storage.put_units(vec![region]).await.unwrap();

            let mut outside = PgConnection::connect(&url).await.unwrap();
            let name: String =
                sqlx::query_scalar("SELECT current_database()::text").fetch_one(&mut outside).await.unwrap();
            let reader = format!("the \"reader\" of {name}");
            assert_eq!(storage.put_views(Some(&reader)).await, Ok(false), "there is no such role");
            let quoted = format!("\"{}\"", reader.replace('"', "\"\""));
            let run = async |connection: &mut PgConnection, sql: String| {
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
            };
            run(&mut outside, format!("CREATE ROLE {quoted}")).await.unwrap();
            for _ in 0..2 {
                assert_eq!(storage.put_views(Some(&reader)).await, Ok(true), "as often as one likes");
            }
            run(&mut outside, format!("SET ROLE {quoted}")).await.unwrap();
            let daily = "business_date::text, rep, product, sold::text, net::text, premium_net_won::text, \
                ape_net_won::text]) FROM bi.daily_sales ORDER BY business_date";
            let told = rows(&mut outside, daily).await.unwrap();
            let due = ["2026-06-01|P1|WL01|2|2|20000|240000", "2026-06-02|P1|TL01|1|1|10000|120000"];
            assert_eq!(told, due, "folded or not");
            let entries = "measure, kind, count::text, won::text]) FROM bi.entries WHERE moment IS NULL";
            assert_eq!(rows(&mut outside, entries).await.unwrap(), ["sold|sold|1|10000"]);
            let units = "code, level, name, valid_from::text]) FROM bi.units";
            assert_eq!(rows(&mut outside, units).await.unwrap(), ["R1|region|Seoul|2026-01-01"]);
            for empty in ["unit]) FROM bi.closings", "unit]) FROM bi.targets"] {
                assert_eq!(rows(&mut outside, empty).await.unwrap(), [""; 0]);
            }
            for denied in [
                "SELECT * FROM documents",
                "SELECT * FROM ledger",
                "SELECT * FROM accounts",
                "DELETE FROM bi.units",
                "UPDATE bi.closings SET stamp = 9",
            ] {
                let refused = run(&mut outside, denied.to_owned()).await.unwrap_err();
                let code = refused.as_database_error().and_then(|error| error.code().map(String::from));
                assert_eq!(code.as_deref(), Some("42501"), "{denied}: {refused}");
            }
            let drop = format!("RESET ROLE; DROP OWNED BY {quoted}; DROP ROLE {quoted}");
            run(&mut outside, drop).await.unwrap();
        })
        .await;
    }
}
