//! Texts made of lines, such as notes: every line ends itself with `\n`.
//!
//! Two devices that add the first line at the same time then make two lines, in whatever order they are
//! merged. Were the end of a line written by the next one, nobody would have written it. What people see
//! leaves the last `\n` out.
//!
//! A text that does not end so was written before this was the rule. It goes on as it is: its lines
//! *begin* with `\n`, which is as good where there is a line already.

/// The end of a line.
const END: char = '\n';

/// A text as people see it.
pub(crate) fn shown(mut stored: String) -> String {
    if stored.ends_with(END) {
        stored.pop();
    }
    stored
}

/// How `text`, as a person wants to see it, is stored in place of `present`.
pub(crate) fn stored(text: &str, present: &str) -> String {
    let ends = present.is_empty() || present.ends_with(END) || text.ends_with(END);
    if text.is_empty() || !ends { text.to_owned() } else { format!("{text}{END}") }
}

/// What to insert at the end of `present` for one more line.
pub(crate) fn appended(line: &str, present: &str) -> String {
    let line = line.trim_end_matches(END);
    if present.is_empty() || present.ends_with(END) { format!("{line}{END}") } else { format!("{END}{line}") }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::Transactable;
    use automerge::{ROOT, ReadDoc};
    use proptest::prelude::*;

    use super::*;
    use crate::{Actor, Author, Document, Entropy, FieldValue, Kind, Moment, Operation, parse_assignment};

    struct Zero;
    impl Entropy for Zero {
        fn sixteen(&mut self) -> [u8; 16] {
            [0; 16]
        }
    }

    /// A customer whose notes are stored as these very bytes.
    fn with_notes(raw: &str) -> Document {
        let mut document = Document::born(Kind::Customer);
        if !raw.is_empty() {
            document.inner_mut().set_actor(Actor([1; 16]).into());
            let mut transaction = document.inner_mut().transaction();
            let (_, notes) = transaction.get(ROOT, "notes").unwrap().unwrap();
            transaction.splice_text(&notes, 0, 0, raw).unwrap();
            transaction.commit();
        }
        document
    }

    fn perform(document: &mut Document, actor: u8, operation: Operation) {
        let author = Author { actor: Actor([actor; 16]), now: Moment(5_000) };
        document.edit(author, &[operation], &mut Zero).unwrap();
    }

    fn append(line: &str) -> Operation {
        Operation::Append { field: "notes".to_owned(), line: line.to_owned() }
    }

    fn set(text: &str) -> Operation {
        Operation::Set(parse_assignment(Kind::Customer, &format!("notes={text}")).unwrap())
    }

    fn notes(document: &Document) -> String {
        let fields = document.fields();
        fields.get("notes").and_then(FieldValue::as_text).unwrap_or_default().to_owned()
    }

    /// What both orders of merging show.
    fn merged(a: &Document, b: &Document) -> String {
        let (mut first, mut second) = (a.clone(), b.clone());
        first.merge(b).unwrap();
        second.merge(a).unwrap();
        assert_eq!(notes(&first), notes(&second));
        notes(&first)
    }

    #[test]
    fn what_is_stored_is_shown_as_it_was_meant() {
        for (present, text) in
            [("", "a"), ("", "a\nb"), ("x\n", "a"), ("x", "a"), ("x", "a\n"), ("", "a\n"), ("x\n", "a\n\n")]
        {
            assert_eq!(shown(stored(text, present)), text, "{text:?} over {present:?}");
        }
        assert_eq!(
            (stored("", "x\n"), stored("a", "x"), shown("a\nb".into())),
            ("".into(), "a".into(), "a\nb".into())
        );
    }

    #[test]
    fn the_first_lines_of_two_devices_are_two_lines() {
        for (raw, start) in
            [("", vec![]), ("old", vec!["old"]), ("old\nmore", vec!["old", "more"]), ("new\n", vec!["new"])]
        {
            let (mut a, mut b) = (with_notes(raw), with_notes(raw));
            assert_eq!(notes(&a).lines().collect::<Vec<_>>(), start, "existing notes read as before");
            perform(&mut a, 2, append("met at the fair"));
            perform(&mut b, 3, append("likes tea\n"));
            let both = merged(&a, &b);
            let mut lines: Vec<_> = both.lines().collect();
            assert_eq!(lines[..start.len()], start, "{both:?}");
            lines.drain(..start.len());
            lines.sort_unstable();
            assert_eq!(lines, ["likes tea", "met at the fair"], "{both:?}");
        }
    }

    #[test]
    fn a_rewritten_text_and_an_added_line_stay_apart() {
        for raw in ["", "old\n"] {
            let (mut a, mut b) = (with_notes(raw), with_notes(raw));
            perform(&mut a, 2, set("rewritten"));
            perform(&mut b, 3, append("added"));
            let both = merged(&a, &b);
            let mut lines: Vec<_> = both.lines().collect();
            lines.sort_unstable();
            assert_eq!(lines, ["added", "rewritten"], "{both:?}");
        }
    }

    #[test]
    fn seeing_a_text_and_setting_it_changes_nothing() {
        for raw in ["old", "new\n", "a\nb\n"] {
            let mut document = with_notes(raw);
            let heads = document.heads();
            let seen = notes(&document);
            perform(&mut document, 2, set(&seen));
            assert_eq!(document.heads(), heads, "{raw:?}");
        }
    }

    proptest! {
        /// Whatever lines devices add apart, all are there, each on a line of its own, those of one
        /// device in their order, after those that were there.
        #[test]
        fn lines_of_all_devices_stay_whole(
            start in prop::sample::select(vec!["", "old", "new\n", "old\nmore"]),
            added in prop::collection::vec(prop::collection::vec("[a-z가-힣 ]{1,6}", 0..4), 2..4),
        ) {
            // No two devices add the same line, so that each can be told whose it is.
            let mark = |(number, lines): (usize, Vec<String>)| {
                lines.into_iter().map(|line| format!("{number}{line}")).collect::<Vec<_>>()
            };
            let added: Vec<_> = added.into_iter().enumerate().map(mark).collect();
            let begun = with_notes(start);
            let devices: Vec<_> = added.iter().enumerate().map(|(number, lines)| {
                let mut device = begun.clone();
                for line in lines {
                    perform(&mut device, 2 + number as u8, append(line));
                }
                device
            }).collect();
            let (mut forth, mut back) = (begun.clone(), begun.clone());
            devices.iter().for_each(|device| forth.merge(device).unwrap());
            devices.iter().rev().for_each(|device| back.merge(device).unwrap());
            let shown = notes(&forth);
            prop_assert_eq!(&shown, &notes(&back));
            let lines: Vec<_> = shown.lines().collect();
            let before: Vec<_> = start.lines().collect();
            prop_assert_eq!(&lines[..before.len()], &before[..]);
            let mut rest = lines[before.len()..].to_vec();
            for own in &added {
                let mut after = 0;
                for line in own {
                    let at = rest[after..].iter().position(|found| found == line);
                    prop_assert!(at.is_some(), "{:?} is not there in its order: {:?}", line, shown);
                    after += at.unwrap();
                    rest.remove(after);
                }
            }
            prop_assert!(rest.is_empty(), "nothing else is there: {:?}", shown);
        }
    }
}
