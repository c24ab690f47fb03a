//! Pages of answers: so many rows at a time, a total always over all of them.

use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::tag;
use crate::hub::{FigureAnswerNamed, FigureRowNamed};

/// Rows one page has at most.
pub(super) const PAGE_ROWS: usize = 1_000;
/// Stands between the two parts of a row's key; neither codes nor days hold one.
const BETWEEN: char = '\n';

/// Which rows are wanted: so many, after one that was told. The rows of an answer stand in order of unit, then of
/// product, type or day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    limit: usize,
    /// The unit and the product or day of the row before the page.
    after: Option<(String, String)>,
}

/// Figures, or a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    #[serde(flatten)]
    answer: FigureAnswerNamed,
    /// Of a page with more rows after it: what to ask `after` for the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Page {
    /// The page that somebody asks for.
    pub(super) fn new(limit: Option<usize>, after: Option<&str>) -> Result<Self, ApiError> {
        let limit = checked(limit)?;
        let unreadable =
            || ApiError::Question("`after` is what an answer told as `next`, and nothing else".to_owned());
        let after = after.map(|after| read(after).ok_or_else(unreadable)).transpose()?;
        Ok(Self { limit, after })
    }

    /// The page's rows of an answer, and where the next one begins.
    fn cut(&self, rows: &mut Vec<FigureRowNamed>) -> Option<String> {
        if let Some((unit, part)) = &self.after {
            // Rows may have come and gone since: what stands behind the last one told is next.
            let told = rows.partition_point(|row| key(row) <= (unit.as_str(), part.as_str()));
            rows.drain(..told);
        }
        let is_last = rows.len() <= self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| !is_last).map(written)
    }
}

/// Which rows are wanted of those that one text names, and that stand in order of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    limit: usize,
    after: Option<String>,
}

impl Stretch {
    /// The rows that somebody asks for.
    pub(super) fn new(limit: Option<usize>, after: Option<String>) -> Result<Self, ApiError> {
        Ok(Self { limit: checked(limit)?, after })
    }

    /// Leaves the page's rows, and says where the next one begins.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> String) -> Option<String> {
        if let Some(after) = &self.after {
            let told = rows.partition_point(|row| key(row) <= *after);
            rows.drain(..told);
        }
        let is_last = rows.len() <= self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| !is_last).map(key)
    }
}

/// The number of rows asked for, if a page may have so many.
pub(super) fn checked(limit: Option<usize>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(PAGE_ROWS);
    if (1..=PAGE_ROWS).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::Question(format!("a page has 1 to {PAGE_ROWS} rows, not {limit}")))
}

/// The answer, or the page of it that is wanted.
pub(super) fn answer(
    asked: &HeaderMap,
    mut answer: FigureAnswerNamed,
    page: Option<&Page>,
) -> Result<Response, ApiError> {
    let next = page.and_then(|page| page.cut(&mut answer.rows));
    tag::json(asked, &Figures { answer, next })
}

/// What rows are in order of.
fn key(row: &FigureRowNamed) -> (&str, &str) {
    let part = row.product.as_deref().or(row.product_type.as_deref()).or(row.day.as_deref());
    (row.unit.as_str(), part.unwrap_or_default())
}

fn written(row: &FigureRowNamed) -> String {
    let (unit, part) = key(row);
    URL_SAFE_NO_PAD.encode(format!("{unit}{BETWEEN}{part}"))
}

fn read(after: &str) -> Option<(String, String)> {
    let key = String::from_utf8(URL_SAFE_NO_PAD.decode(after).ok()?).ok()?;
    key.split_once(BETWEEN).map(|(unit, part)| (unit.to_owned(), part.to_owned()))
}

#[cfg(test)]
mod tests {
    use document_model::sales::Sums;

    use super::*;
    use crate::hub::SumsShown;

    fn row(unit: &str, product: Option<&str>) -> FigureRowNamed {
        FigureRowNamed {
            unit: unit.into(),
            name: "강남".to_owned(),
            product: product.map(str::to_owned),
            product_type: None,
            day: None,
            sums: SumsShown::from(&Sums::default()),
        }
    }

    fn rows() -> Vec<FigureRowNamed> {
        let products = ["A", "B", "C"].map(Some);
        ["B1", "B10", "B2"].iter().flat_map(|unit| products.map(|product| row(unit, product))).collect()
    }

    /// The rows page by page, with what `between` does to them after each.
    fn paged(limit: usize, mut between: impl FnMut(&mut Vec<FigureRowNamed>)) -> Vec<FigureRowNamed> {
        let (mut rows, mut told, mut after) = (rows(), Vec::new(), None);
        loop {
            let page = Page::new(Some(limit), after.as_deref()).unwrap();
            let mut part = rows.clone();
            after = page.cut(&mut part);
            assert!(part.len() == limit || after.is_none());
            told.extend(part);
            assert!(told.len() <= 9, "a row comes twice");
            if after.is_none() {
                return told;
            }
            between(&mut rows);
        }
    }

    #[test]
    fn pages_hold_every_row_once() {
        for limit in 1..=10 {
            assert_eq!(paged(limit, |_| {}), rows(), "{limit}");
        }
    }

    #[test]
    fn a_page_begins_after_the_last_row_told_even_when_that_is_gone() {
        let told = paged(2, |rows| drop(rows.remove(1)));
        let keys: Vec<_> = told.iter().map(key).collect();
        assert!(keys.is_sorted_by(|one, next| one < next), "no row twice: {keys:?}");
        assert_eq!(keys.len(), rows().len(), "rows that went were told before");
    }

    #[test]
    fn pages_that_are_none_are_refused() {
        for (limit, after) in
            [(Some(0), None), (Some(1_001), None), (None, Some("B1")), (None, Some("")), (None, Some("é"))]
        {
            assert!(matches!(Page::new(limit, after), Err(ApiError::Question(_))), "{limit:?} {after:?}");
        }
        assert_eq!(Page::new(None, None).unwrap().limit, PAGE_ROWS);
    }

    #[test]
    fn figures_without_a_page_are_told_as_they_are() {
        let answer = FigureAnswerNamed {
            from: "2026-06-01".to_owned(),
            to: "2026-06-30".to_owned(),
            level: "branch",
            view: "now",
            structure: "as_it_was",
            completeness: None,
            moment: 7,
            open: Vec::new(),
            rows: rows(),
            total: SumsShown::from(&Sums::default()),
        };
        let alone = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::to_string(&Figures { answer, next: None }).unwrap(), alone);
    }
}
