//! Several at work on one storage: two handles, as two processes of one hub hold them, and many calls at
//! once. What each is told must fit into one order in which they could have come one after the other.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::Future;

use document_model::sales::Sums;
use document_model::{BookId, DocumentId};
use futures::future::join_all;
use futures::join;

use super::Furnish;
use super::audit::{account, fact, noted, ordered, span};
use super::closings::{CLOSED, order};
use super::exceptions::{asked, end};
use super::invitations::{invitation, pairing, with_reps};
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, actor, birth, check, commit, day, device, done, edit, feed, hash, id, ledger,
    numbered, path, posting_birth, sale, state, stored, with_books,
};
use crate::auth::{Account, Role, Session};
use crate::organisation::{Level, NATION, UnitSpan};
use crate::storage::{
    AdminChange, AdminOutcome, ClosingOutcome, Commit, CommitOutcome, DocumentCommit, EndOutcome, Entries,
    ExceptionOutcome, FeedBody, FigureQuery, MoveOrder, SplitBy, Storage, StorageError, Stored,
    StreamAdvance, View,
};

/// Runs cases one after the other, each on two handles of one storage.
macro_rules! cases {
    ($pair:ident: $($case:ident),+ $(,)?) => {
        $(
            let (one, two) = $pair().await;
            Box::pin($case(with_books(one).await, two)).await;
        )+
    };
}

pub(super) async fn run<S: Storage>(pair: &impl AsyncFn() -> (S, S)) {
    cases!(pair:
        commits_to_one_book_are_numbered_in_order_and_no_reader_skips_one,
        one_of_two_writers_of_a_document_looks_again,
        a_document_is_born_once,
        a_copied_stream_moves_on_once,
        commits_and_rules_do_not_cross,
        a_roster_is_of_its_rules,
        two_folders_take_each_entry_once,
        figures_are_of_one_snapshot,
        moves_and_edits_lose_nothing,
        moves_in_both_directions_end,
        a_name_a_session_and_a_book_are_made_once,
        a_day_closes_and_an_exception_opens_and_ends_once,
        rows_of_the_audit_log_are_one_chain,
        one_of_two_administrators_looks_again,
        of_two_devices_with_one_code_one_is_signed_in,
    );
}

/// Asks again while the storage is busy: another one was first, and nothing was stored.
async fn patiently<T, F: Future<Output = Stored<T>>>(ask: impl Fn() -> F) -> T {
    loop {
        match ask().await {
            Err(StorageError::Busy) => {}
            answer => return answer.expect("a storage at work answers"),
        }
    }
}

async fn commits_to_one_book_are_numbered_in_order_and_no_reader_skips_one<S: Storage>(one: S, two: S) {
    let committed = Cell::new(0);
    let commits = async |storage: &S, from: u16| {
        let births = (from..from + 60).map(|n| storage.commit(commit(BOOK, vec![numbered(n)])));
        let outcomes = join_all(births).await;
        committed.set(committed.get() + 1);
        outcomes
    };
    let reading = async {
        let (mut after, mut last) = (0, false);
        loop {
            let page =
                one.feed(BOOK, Entries::All, (after, u64::MAX), 7, usize::MAX).await.expect("a feed is read");
            if page.is_empty() && last {
                return after;
            }
            last = committed.get() == 2;
            for entry in page {
                after += 1;
                assert_eq!(entry.seq, after, "what has a later number is not there before");
            }
        }
    };
    let (first, second, read) = join!(commits(&one, 0), commits(&two, 1_000), reading);
    let number = |outcome| match outcome {
        Ok(CommitOutcome::Done { seq }) => seq,
        other => panic!("nothing stands against {other:?}"),
    };
    let numbers: BTreeSet<u64> = first.into_iter().chain(second).map(number).collect();
    assert_eq!(numbers, (1..=120).map(|n| n * 2).collect(), "each commit has entries of its own");
    assert_eq!(read, 240, "the reader has them all");
    check(&two).await;
}

async fn one_of_two_writers_of_a_document_looks_again<S: Storage>(one: S, two: S) {
    done(&one, commit(BOOK, vec![birth(7)])).await;
    let (first, second) = join!(
        one.commit(commit(BOOK, vec![edit(state(7), 1, &[2])])),
        two.commit(commit(BOOK, vec![edit(state(7), 1, &[3])])),
    );
    exactly_one([first, second], &CommitOutcome::Conflict(vec![id(7)]));
    check(&one).await;
}

/// One commit is done, the other came to `second`.
fn exactly_one(outcomes: [Stored<CommitOutcome>; 2], second: &CommitOutcome) {
    let outcomes = outcomes.map(|outcome| outcome.expect("a commit is decided"));
    let is_done = |outcome: &&CommitOutcome| matches!(outcome, CommitOutcome::Done { .. });
    assert_eq!(outcomes.iter().filter(is_done).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(second), "{outcomes:?}");
}

async fn a_document_is_born_once<S: Storage>(one: S, two: S) {
    for n in 1..=20 {
        let (first, second) =
            join!(one.commit(commit(BOOK, vec![birth(n)])), two.commit(commit(OTHER, vec![birth(n)])));
        exactly_one([first, second], &CommitOutcome::Conflict(vec![id(n)]));
    }
    check(&one).await;
}

async fn a_copied_stream_moves_on_once<S: Storage>(one: S, two: S) {
    for copied in 1..=20 {
        // Two copies of one store push to different books, each with a next step of its own: first
        // when nobody knows the stream, then when it is known.
        for current in [0, 1] {
            let advance = |current, next| {
                let (actor, device, user) = (actor(copied), device(1), "kim".to_owned());
                Some(StreamAdvance { actor, device, user, current, next })
            };
            let push = |next, book| Commit { stream: advance(current, next), ..commit(book, Vec::new()) };
            let (first, second) = join!(one.commit(push(11, BOOK)), two.commit(push(12, OTHER)));
            exactly_one([first, second], &CommitOutcome::StaleStream);
            let taken = one.streams(&[actor(copied)]).await.expect("streams are read");
            let taken = taken[0].as_ref().expect("the stream is known").generation;
            assert!([11, 12].contains(&taken), "it is at {taken}");
            done(&one, Commit { stream: advance(taken, 1), ..commit(BOOK, Vec::new()) }).await;
        }
    }
    check(&two).await;
}

/// Whoever changed the rules sees every document judged by the rules before.
async fn commits_and_rules_do_not_cross<S: Storage>(one: S, two: S) {
    let committing = async {
        let (mut judged, mut rules) = (Vec::new(), 1);
        for n in 0..60 {
            let commit = Commit { rules, ..commit(BOOK, vec![numbered(n)]) };
            match two.commit(commit).await.expect("a commit is decided") {
                CommitOutcome::Done { .. } => judged.push((numbered(n).state.id, rules)),
                CommitOutcome::RulesChanged => {
                    rules = two.rules_version().await.expect("the rules' version is read");
                }
                other => panic!("nothing else stands against it: {other:?}"),
            }
        }
        judged
    };
    let changing = async {
        let mut seen: Vec<(u64, BTreeSet<DocumentId>)> = Vec::new();
        for round in 0..12 {
            let unit = branch(&format!("Branch {round}"));
            patiently(|| one.put_units(vec![unit.clone()])).await;
            let rules = round + 2;
            let all = one.documents_of(BOOK, None, usize::MAX).await.expect("documents are listed");
            seen.push((rules, all.iter().map(|document| document.id).collect()));
        }
        seen
    };
    let (judged, seen) = join!(committing, changing);
    for (document, by) in judged {
        for (rules, there) in seen.iter().filter(|(rules, _)| *rules > by) {
            assert!(there.contains(&document), "{document}, judged by rules {by}, came after rules {rules}");
        }
    }
    check(&one).await;
}

/// A branch is called by the rules' version its name came with.
async fn a_roster_is_of_its_rules<S: Storage>(one: S, two: S) {
    let changing = async {
        for rules in 2..=40_u64 {
            patiently(|| one.put_units(vec![branch(&rules.to_string())])).await;
        }
    };
    let reading = async {
        let mut known = 1;
        while known < 40 {
            let (roster, rules) = two.roster().await.expect("the roster is read");
            let name = if rules == 1 { "B1".to_owned() } else { rules.to_string() };
            assert_eq!(roster.name(&"B1".into()), name, "at rules {rules}");
            known = rules;
        }
    };
    join!(changing, reading);
}

fn branch(name: &str) -> UnitSpan {
    let (code, name, parent) = ("B1".into(), name.to_owned(), NATION.into());
    UnitSpan { code, from: None, to: None, level: Level::Branch, name, parent, successor: None }
}

async fn two_folders_take_each_entry_once<S: Storage>(one: S, two: S) {
    let postings = vec![sale("2026-06-01", "WL01", path("P1", "B1", "R1")); 50];
    let folding = async |storage: &S| {
        let mut taken = 0;
        while ledger(storage, BOOK).await.iter().filter(|entry| entry.moment.is_some()).count() < 150 {
            taken += storage.fold(7, ARRIVED_MS).await.expect("entries are folded").entries;
        }
        taken
    };
    let committing = async {
        for n in 1..=3 {
            done(&one, commit(BOOK, vec![posting_birth(n, &postings)])).await;
        }
    };
    let (first, second, ()) = join!(folding(&one), folding(&two), committing);
    assert_eq!(first + second, 150, "each entry is taken by one of them");
    for (key, sums) in one.cells().await.expect("cells are read") {
        assert_eq!((sums.sold, sums.premium_gross_won), (150, 1_500_000), "{key:?}");
    }
    let entries = ledger(&two, BOOK).await;
    let moments: BTreeSet<_> = entries.iter().filter_map(|entry| entry.moment).collect();
    let newest = two.fold(1, ARRIVED_MS).await.expect("nothing is folded").moment;
    assert_eq!(moments, (1..=newest).collect(), "every moment took some entries");
}

async fn figures_are_of_one_snapshot<S: Storage>(one: S, two: S) {
    let postings = vec![sale("2026-06-01", "WL01", path("P1", "B1", "R1")); 60];
    done(&one, commit(BOOK, vec![posting_birth(1, &postings)])).await;
    let query = FigureQuery {
        from: day("2026-06-01"),
        to: day("2026-06-01"),
        level: Level::Branch,
        under: None,
        by: SplitBy::Unit,
        view: View::Now,
        placed: None,
    };
    let folding = async { while one.fold(1, ARRIVED_MS).await.expect("entries are folded").entries > 0 {} };
    let asking = async {
        let mut moment = 0;
        while moment < 60 {
            let answer = two.figures(&query).await.expect("figures are answered");
            let Sums { sold, .. } = answer.rows[0].sums;
            assert_eq!(sold, 60, "at moment {}: cells and pending entries", answer.moment);
            assert!(answer.moment >= moment, "moments do not go back");
            moment = answer.moment;
        }
    };
    join!(folding, asking);
}

/// A document goes back and forth while it is edited.
async fn moves_and_edits_lose_nothing<S: Storage>(one: S, two: S) {
    done(&one, commit(BOOK, vec![birth(1)])).await;
    let moving = async {
        for round in 0..20 {
            let (from, to) = if round % 2 == 0 { (BOOK, OTHER) } else { (OTHER, BOOK) };
            let mut outcome = CommitOutcome::RulesChanged;
            while !matches!(outcome, CommitOutcome::Done { .. }) {
                let documents = vec![(id(1), stored(&one, 1).await.version)];
                let order = MoveOrder { documents, from, to, arrived_ms: ARRIVED_MS };
                outcome = patiently(|| one.move_documents(order.clone())).await;
            }
        }
    };
    let editing = async {
        for change in 2..=21 {
            let mut outcome = CommitOutcome::RulesChanged;
            while !matches!(outcome, CommitOutcome::Done { .. }) {
                let before = stored(&two, 1).await;
                let (book, version) = (before.book, before.version);
                let after = edit(before, version, &[change]);
                outcome = patiently(|| two.commit(commit(book, vec![after.clone()]))).await;
            }
        }
    };
    join!(moving, editing);
    let mut changes = BTreeSet::new();
    for book in [BOOK, OTHER] {
        for entry in feed(&one, book).await {
            if let FeedBody::Change { hash, .. } = entry.body {
                assert!(changes.insert(hash), "a change is in one feed, once");
            }
        }
    }
    assert_eq!(changes, (1..=21).map(|n| hash(1, n)).collect());
    assert_eq!(stored(&two, 1).await.version, 41, "a birth, 20 moves, 20 edits");
    check(&one).await;
}

/// Orders between the same books, each the other's way round, do not wait for each other for ever.
async fn moves_in_both_directions_end<S: Storage>(one: S, two: S) {
    let there: Vec<_> = (1..=20).map(birth).collect();
    let back: Vec<_> = (101..=120).map(birth).collect();
    done(&one, commit(BOOK, there)).await;
    done(&one, commit(OTHER, back)).await;
    let moves = async |storage: &S, from: BookId, to: BookId, first: u8| {
        let order = |n| MoveOrder { documents: vec![(id(n), 1)], from, to, arrived_ms: ARRIVED_MS };
        join_all((first..first + 20).map(|n| storage.move_documents(order(n)))).await
    };
    let edits = join_all((1..=20_u16).map(|n| two.commit(commit(BOOK, vec![numbered(n)]))));
    let (first, second, edits) = join!(moves(&one, BOOK, OTHER, 1), moves(&two, OTHER, BOOK, 101), edits);
    for outcome in first.into_iter().chain(second).chain(edits) {
        assert!(matches!(outcome, Ok(CommitOutcome::Done { .. })), "{outcome:?}");
    }
    check(&one).await;
    let of = async |book| one.documents_of(book, None, usize::MAX).await.expect("documents are listed").len();
    assert_eq!((of(BOOK).await, of(OTHER).await), (40, 20));
}

async fn a_name_a_session_and_a_book_are_made_once<S: Storage>(one: S, two: S) {
    let kim = |unit: &str| Account {
        name: "kim".to_owned(),
        role: Role::Rep,
        unit: unit.into(),
        password_hash: "x".to_owned(),
        disabled: false,
    };
    let (first, second) = join!(one.add_account(kim("P1")), two.add_account(kim("P2")));
    assert_eq!([first, second].iter().filter(|made| **made == Ok(true)).count(), 1);
    let session = |token| Session { device: device(1), current: [token; 32], previous: None, expires_ms: 9 };
    let (first, second) = join!(one.replace_session(None, session(1)), two.replace_session(None, session(2)));
    assert_eq!([first, second].iter().filter(|made| **made == Ok(true)).count(), 1);
    let known = one.session(device(1)).await.expect("a session is read");
    let (first, second) =
        join!(one.replace_session(known.clone(), session(3)), two.replace_session(known.clone(), session(4)));
    assert_eq!([first, second].iter().filter(|made| **made == Ok(true)).count(), 1);
    let book = BookId([7; 16]);
    let make = |name: &str| vec![(book, name.to_owned(), None)];
    let (first, second) = join!(one.create_books(make("a")), two.create_books(make("b")));
    assert_eq!((first, second), (Ok(()), Ok(())));
    let documents = vec![DocumentCommit { ..birth(1) }];
    done(&two, commit(book, documents)).await;
    check(&one).await;
}

async fn a_day_closes_and_an_exception_opens_and_ends_once<S: Storage>(one: S, two: S) {
    let sold = [sale(CLOSED, "WL01", path("P1", "B1", "R1"))];
    done(&one, commit(BOOK, vec![posting_birth(1, &sold)])).await;
    one.set_judged(1).await.expect("all is judged");
    let close = async |storage: &S| patiently(|| storage.close(order(&["B1"], &[]))).await;
    let (first, second) = join!(close(&one), close(&two));
    let closed = ClosingOutcome::Closed(vec!["B1".into()]);
    assert!((first == closed) != (second == closed), "{first:?}, {second:?}");

    let of_p1 = || asked(path("P1", "B1", "R1"));
    let open = async |storage: &S| patiently(|| storage.open_exception(of_p1())).await;
    let (first, second) = join!(open(&one), open(&two));
    let is_opened = |outcome: &ExceptionOutcome| matches!(outcome, ExceptionOutcome::Opened(_));
    assert!(is_opened(&first) != is_opened(&second), "{first:?}, {second:?}");

    let late = [sale(CLOSED, "TL01", path("P1", "B1", "R1"))];
    done(&one, commit(BOOK, vec![posting_birth(2, &late)])).await;
    let end = async |storage: &S| patiently(|| storage.end_exception(end(1, ARRIVED_MS + 30))).await;
    let (first, second) = join!(end(&one), end(&two));
    let is_ended = |outcome: &EndOutcome| matches!(outcome, EndOutcome::Ended(..));
    assert!(is_ended(&first) != is_ended(&second), "{first:?}, {second:?}");
    let stamps = two.closings(day(CLOSED), day(CLOSED)).await.expect("closings are read");
    assert_eq!(stamps.iter().map(|one| (one.stamp, one.sums.sold)).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    check(&one).await;
}

async fn rows_of_the_audit_log_are_one_chain<S: Storage>(one: S, two: S) {
    let note = |storage: S, who: &str, n: u16| {
        let fact = fact(&format!("{who}{n}"), ARRIVED_MS);
        async move { patiently(|| storage.note(vec![fact.clone()])).await }
    };
    let notes = (0..40).flat_map(|n| [note(one.clone(), "a", n), note(two.clone(), "b", n)]);
    join_all(notes).await;
    let rows = noted(&one).await;
    assert_eq!(rows.len(), 80);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), 80, "each once: {rows:?}");
}

async fn of_two_devices_with_one_code_one_is_signed_in<S: Storage>(one: S, two: S) {
    with_reps(&one, &["kim", "lee"]).await;
    let invite = |user: &str, code| AdminChange::Invite(invitation(user, code));
    let (done, changed) = (AdminOutcome::Done, AdminOutcome::Changed);
    // Two accounts get one code: the second of them looks for another.
    let told = join!(ordered(&one, invite("kim", 7), "kim"), ordered(&two, invite("lee", 7), "lee"));
    assert!(told == (done, changed) || told == (changed, done), "{told:?}");
    let user = if told.0 == done { "kim" } else { "lee" };
    let told = join!(ordered(&one, pairing(1, user, 7), "1"), ordered(&two, pairing(2, user, 7), "2"));
    assert!(told == (done, changed) || told == (changed, done), "{told:?}");
    let devices = two.devices().await.expect("devices are listed");
    assert_eq!(
        devices.iter().map(|one| one.id).collect::<Vec<_>>(),
        [device(if told.0 == done { 1 } else { 2 })]
    );
}

async fn one_of_two_administrators_looks_again<S: Storage>(one: S, two: S) {
    let (ada, bob) = (account("ada", Role::Admin), account("bob", Role::Admin));
    for account in [&ada, &bob] {
        assert_eq!(one.add_account(account.clone()).await, Ok(true));
    }
    let close = |account: &Account| AdminChange::ChangeAccount {
        expected: account.clone(),
        account: Account { disabled: true, ..account.clone() },
        sign_out: true,
    };
    // Each closes the other's account: somebody is left who can open it again.
    let told = join!(ordered(&one, close(&ada), "ada"), ordered(&two, close(&bob), "bob"));
    let (done, last) = (AdminOutcome::Done, AdminOutcome::LastAdmin);
    assert!(told == (done, last) || told == (last, done), "{told:?}");
    let accounts = one.accounts().await.expect("accounts are listed");
    assert_eq!(accounts.iter().filter(|account| account.may_administer()).count(), 1);
    let rules = one.rules_version().await.expect("the version is read");
    let units = |code: &str| AdminChange::Units {
        rules,
        spans: vec![span(code, Level::Region, NATION)],
        books: Vec::new(),
    };
    let told = join!(ordered(&one, units("R8"), "R8"), ordered(&two, units("R9"), "R9"));
    assert!(told == (done, AdminOutcome::Changed) || told == (AdminOutcome::Changed, done), "{told:?}");
    let (roster, now) = one.roster().await.expect("the roster is read");
    assert_eq!((roster.level(&"R8".into()).is_some(), now), (told.0 == done, rules + 1));
    assert_eq!((roster.level(&"R9".into()).is_some(), noted(&two).await.len()), (told.1 == done, 2));
}
