//! How the answer to a question is to come: as JSON, whole or in pages, or as a file.

use serde::Deserialize;
use utoipa::IntoParams;

use super::error::ApiError;
use super::page::Page;
use crate::export::FileForm;

/// How the answer is to come.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Delivery {
    /// `json`, as if it were left out; `csv` or `xlsx` for a file with all rows, and `parquet` where the hub was built
    /// with it.
    format: Option<String>,
    /// Of CSV: whether it begins with the mark by which spreadsheet programs know UTF-8.
    #[serde(default)]
    bom: bool,
    /// Of JSON: rows of a page, up to 1,000. The total is of all rows, on every page.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Of JSON: the page after the one that told this as `next`.
    after: Option<String>,
}

/// How the answer is to come, once understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// As JSON: a page, or all of it.
    Json(Option<Page>),
    /// As a file.
    File(FileForm),
}

impl Delivery {
    /// The parameters that say it; all others belong to the question.
    pub(super) const NAMES: [&str; 4] = ["format", "bom", "limit", "after"];

    /// What they mean together.
    pub(super) fn wanted(&self) -> Result<Wanted, ApiError> {
        let is_paged = self.limit.is_some() || self.after.is_some();
        let wanted = match self.format.as_deref() {
            None | Some("json") => {
                let page = is_paged.then(|| Page::new(self.limit, self.after.as_deref()));
                Wanted::Json(page.transpose()?)
            }
            Some("csv") => Wanted::File(FileForm::Csv { bom: self.bom }),
            Some("xlsx") => Wanted::File(FileForm::Xlsx),
            #[cfg(feature = "parquet")]
            Some("parquet") => Wanted::File(FileForm::Parquet),
            Some(word) => {
                return Err(ApiError::Question(format!(
                    "{word:?} is no format; formats are json, csv, xlsx"
                )));
            }
        };
        match wanted {
            Wanted::File(_) if is_paged => {
                Err(ApiError::Question("a file has all rows; `limit` and `after` are for JSON".to_owned()))
            }
            Wanted::File(FileForm::Csv { .. }) => Ok(wanted),
            _ if self.bom => Err(ApiError::Question("`bom` is for CSV".to_owned())),
            wanted => Ok(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_do_not_fit_together_are_refused() {
        let wanted = |format: Option<&str>, bom, limit| {
            let format = format.map(str::to_owned);
            Delivery { format, bom, limit, after: None }.wanted()
        };
        assert_eq!(wanted(None, false, None), Ok(Wanted::Json(None)));
        assert_eq!(wanted(Some("json"), false, None), Ok(Wanted::Json(None)));
        assert_eq!(wanted(Some("csv"), true, None), Ok(Wanted::File(FileForm::Csv { bom: true })));
        assert_eq!(wanted(Some("xlsx"), false, None), Ok(Wanted::File(FileForm::Xlsx)));
        assert!(matches!(wanted(None, false, Some(5)), Ok(Wanted::Json(Some(_)))));
        for (format, bom, limit) in [
            (Some("pdf"), false, None),
            (Some("CSV"), false, None),
            (None, true, None),
            (Some("xlsx"), true, None),
            (Some("csv"), false, Some(5)),
            (None, false, Some(0)),
        ] {
            let refused = wanted(format, bom, limit);
            assert!(matches!(refused, Err(ApiError::Question(_))), "{format:?} {bom} {limit:?}: {refused:?}");
        }
    }
}
