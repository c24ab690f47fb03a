//! Which rows of the log are asked for.

use super::AuditEntry;

/// Which rows are asked for. What is not said takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The account, letter by letter.
    pub user: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// A part of what was done to what, or by whom; small and capital letters alike.
    pub text: Option<String>,
}

impl AuditFilter {
    /// Whether a row is one of those asked for.
    #[must_use]
    pub fn takes(&self, entry: &AuditEntry) -> bool {
        let fact = &entry.fact;
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user, &fact.user) && is(&self.action, &fact.action) && self.text_is_in(entry)
    }

    fn text_is_in(&self, entry: &AuditEntry) -> bool {
        let Some(text) = &self.text else { return true };
        let (text, fact) = (text.to_lowercase(), &entry.fact);
        let texts = [&fact.user, &fact.object].into_iter().chain(&fact.detail);
        texts.into_iter().any(|found| found.to_lowercase().contains(&text))
    }
}

#[cfg(test)]
mod tests {
    use document_model::Moment;

    use super::*;
    use crate::audit::{AuditAction, AuditWalk, By};

    #[test]
    fn rows_are_found_by_user_action_and_text() {
        let by = |user: &str| By { user: user.to_owned(), device: None };
        let facts = vec![
            by("ada").did(AuditAction::AccountAdd, "kim", Moment(1)),
            by("ada").did(AuditAction::Import, "org", Moment(2)).with("Branch B7 is new"),
            by("kim").did(AuditAction::SignIn, "kim", Moment(3)),
        ];
        let rows = AuditWalk::default().append(facts);
        let found = |filter: AuditFilter| {
            let taken = rows.iter().filter(|row| filter.takes(row));
            taken.map(|row| row.number).collect::<Vec<_>>()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found(AuditFilter::default()), [1, 2, 3]);
        assert_eq!(found(AuditFilter { user: some("ada"), ..AuditFilter::default() }), [1, 2]);
        assert_eq!(found(AuditFilter { user: some("ad"), ..AuditFilter::default() }), [0_u64; 0]);
        assert_eq!(found(AuditFilter { action: some("sign_in"), ..AuditFilter::default() }), [3]);
        assert_eq!(found(AuditFilter { text: some("KIM"), ..AuditFilter::default() }), [1, 3]);
        assert_eq!(found(AuditFilter { text: some("b7"), ..AuditFilter::default() }), [2]);
        let both = AuditFilter { user: some("ada"), text: some("kim"), ..AuditFilter::default() };
        assert_eq!(found(both), [1]);
    }
}
