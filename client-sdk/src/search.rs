//! Search on the device, for people who type Korean.
//!
//! A query finds a record in which its letters stand next to each other: whole syllables ("철수"
//! in 김철수), initial consonants ("ㄱㅊㅅ"), both mixed ("김ㅊㅅ"), Latin letters and digits.
//! Spaces, hyphens and capitals do not matter.
//!
//! The last syllable is still being typed, and the input method shows states that the name does
//! not have: 처 on the way to 철, but also 첤 on the way to 철수, whose ㅅ hops over with the next
//! vowel. Likewise "이ㅅㄱ" (for 이수경) appears as "잇ㄱ". So a final consonant at the end of the
//! query, or before a bare consonant, may also be the beginning of the next syllable.
//!
//! Each such relation is arithmetic on the two letters at hand, so the folded text is the only index:
//! a scan of 10,000 records takes 1 to 2 ms without stored initials or separate letters.

mod hangul;

use std::fmt;

use minicbor::{Decode, Encode};

use hangul::{begins_with, compose, fold, grows_into, hops_over, is_initial, is_syllable};

/// Letters of one record that search looks at; the rest of a longer text is not found.
const RECORD_LETTERS: usize = 1_024;
/// Letters of a query that count.
const QUERY_LETTERS: usize = 64;
/// Stands between the texts of a record. No query holds it, so no match crosses it.
const SEPARATOR: char = '\u{1f}';

/// What search reads of one record, computed once when the record is stored.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct SearchKeys {
    #[n(0)]
    folded: String,
}

impl fmt::Debug for SearchKeys {
    /// The length only: names and phone numbers are customer data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchKeys({} bytes)", self.folded.len())
    }
}

/// How well a record matches; the best is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The name begins with the query.
    NameBegins,
    /// The query stands inside the name.
    NameHolds,
    /// The query stands in another text of the record.
    Elsewhere,
}

/// The keys of a record: its name first, then whatever else it is found by.
#[must_use]
pub fn keys_of(texts: &[&str]) -> SearchKeys {
    let mut folded = String::new();
    let mut room = RECORD_LETTERS;
    for text in texts {
        let letters = fold(text);
        folded.extend(letters.iter().take(room));
        room = room.saturating_sub(letters.len());
        folded.push(SEPARATOR);
    }
    SearchKeys { folded }
}

/// Whether the record answers the query. An empty query matches everything.
#[must_use]
pub fn matches(keys: &SearchKeys, query: &Query) -> bool {
    query.rank(keys).is_some()
}

/// A parsed query; parse once, then ask for many records.
#[derive(Clone)]
pub struct Query {
    /// The query without its spaces.
    whole: Pattern,
    /// Its words, when there are several: "철수 강남" finds both wherever they stand.
    words: Vec<Pattern>,
}

impl Query {
    /// Reads what a person typed, in any state of the input method.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<_> = text.split_whitespace().map(Pattern::of).collect();
        words.retain(|word| !word.0.is_empty());
        // Digits apart are one number typed in groups, not several numbers.
        if words.len() < 2 || !text.chars().any(char::is_alphabetic) {
            words.clear();
        }
        Self { whole: Pattern::of(text), words }
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.0.is_empty()
    }

    /// How well the record matches, `None` when it does not. Sort by it, then by name.
    #[must_use]
    pub fn rank(&self, keys: &SearchKeys) -> Option<Rank> {
        if self.is_empty() {
            return Some(Rank::NameBegins);
        }
        let whole = self.whole.rank(&keys.folded);
        if whole.is_some() || self.words.is_empty() {
            return whole;
        }
        self.words.iter().try_fold(Rank::Elsewhere, |best, word| Some(best.min(word.rank(&keys.folded)?)))
    }
}

/// Letters that must follow each other.
#[derive(Clone)]
struct Pattern(Vec<Part>);

#[derive(Clone, Copy)]
enum Part {
    /// This letter.
    Letter(char),
    /// This consonant, or a syllable that begins with it.
    Initial(char),
    /// A syllable whose final consonant may belong to what follows: it is the last one typed, or a
    /// bare consonant comes after it.
    Open {
        syllable: char,
        /// The last one may also grow: a longer vowel, a final consonant.
        last: bool,
    },
}

impl Pattern {
    fn of(text: &str) -> Self {
        let mut folded = fold(text);
        folded.truncate(QUERY_LETTERS);
        let letters = compose(&folded);
        let part = |(at, letter): (usize, &char)| {
            let next = letters.get(at + 1);
            if is_initial(*letter) {
                Part::Initial(*letter)
            } else if is_syllable(*letter) && next.is_none_or(|next| is_initial(*next)) {
                Part::Open { syllable: *letter, last: next.is_none() }
            } else {
                Part::Letter(*letter)
            }
        };
        Self(letters.iter().enumerate().map(part).collect())
    }

    /// The first match decides: it is the furthest left and so the best.
    fn rank(&self, folded: &str) -> Option<Rank> {
        let mut rank = Rank::NameBegins;
        let mut rest = folded.chars();
        loop {
            if self.matches_at(rest.clone()) {
                return Some(rank);
            }
            rank = match rest.next()? {
                SEPARATOR => Rank::Elsewhere,
                _ => rank.max(Rank::NameHolds),
            };
        }
    }

    fn matches_at(&self, mut text: std::str::Chars<'_>) -> bool {
        self.0.iter().all(|part| {
            let Some(found) = text.next() else { return false };
            match *part {
                Part::Letter(letter) => found == letter,
                Part::Initial(consonant) => begins_with(found, consonant),
                Part::Open { syllable, last } => {
                    found == syllable
                        || last && grows_into(syllable, found)
                        || hops_over(syllable, found, &mut text)
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::hangul::tests::{initials_of, keys_pressed, nfd, typed};
    use super::*;

    fn rank_in(texts: &[&str], query: &str) -> Option<Rank> {
        Query::parse(query).rank(&keys_of(texts))
    }

    fn finds(query: &str, text: &str) -> bool {
        matches(&keys_of(&[text]), &Query::parse(query))
    }

    /// A query and a text that it finds.
    const FINDS: &[(&str, &str)] = &[
        // Whole syllables: all, the given name, the family name.
        ("김철수", "김철수"),
        ("철수", "김철수"),
        ("김", "김철수"),
        ("김철", "김철수"),
        ("수", "김철수"),
        ("남궁민수", "남궁 민수"),
        ("남궁 민", "남궁민수"),
        // Initial consonants.
        ("ㄱㅊㅅ", "김철수"),
        ("ㅊㅅ", "김철수"),
        ("ㄱ", "김철수"),
        ("ㅅ", "김철수"),
        ("ㄲㄸ", "까똑"),
        ("ㅇㅅㄱ", "이수경"),
        // Input methods that join two of them: ㄱㅅ shown as ㄳ, ㅂㅅ as ㅄ.
        ("ㄳ", "강수"),
        ("ㄳㅈ", "강수지"),
        ("ㅂㅎㅄ", "박한별송"),
        // Mixed.
        ("김ㅊㅅ", "김철수"),
        ("김ㅊ", "김철수"),
        ("ㄱ철수", "김철수"),
        ("ㄱ철ㅅ", "김철수"),
        ("ㅊ수", "김철수"),
        // The last syllable on its way.
        ("김처", "김철수"),
        ("김ㅊ", "김철수"),
        ("처", "김철수"),
        ("김첤", "김철수"),
        ("ㄱ처", "김철수"),
        ("바", "박바구니"),
        ("박", "바구니"),
        ("달", "닭갈비"),
        ("닭", "달걀"),
        ("고", "곽도원"),
        ("과", "곽도원"),
        ("구", "권은비"),
        ("그", "긔성"),
        ("앉", "안지영"),
        ("갔", "가쓰오"),
        // Consonants that the input method pulled into the syllable before them.
        ("잇ㄱ", "이수경"),
        ("읷", "이각수"),
        ("읷ㅈ", "이각수진"),
        ("값", "가방수선"),
        ("첤ㅎ", "철수현"),
        ("바ㄱㄴ", "바구니"),
        ("박ㄴ", "바구니"),
        ("박ㄴ", "박나래"),
        // Letters one by one.
        ("ㄱㅣㅁ", "김철수"),
        ("ㄱㅣㅁㅊㅓ", "김철수"),
        ("ㄱㅣㅁㅊㅅ", "김철수"),
        ("ㅊㅓㄹㅅㅜ", "김철수"),
        ("김처ㄹ", "김철수"),
        ("ㄱㅗㅏㄱ", "곽도원"),
        // Latin, digits, gaps, widths.
        ("kim", "KIM Chul-Soo"),
        ("KIM CHULSOO", "Kim Chul-Soo"),
        ("chul soo", "Kim Chul-Soo"),
        ("ｋｉｍ", "Kim"),
        ("2222", "010-2222-0000"),
        ("01022220000", "010-2222-0000"),
        ("010-2222", "01022220000"),
        ("010 2222 0000", "010-2222-0000"),
        ("22-22", "010–2222–0000"),
        ("02)123", "(02) 123-4567"),
        ("２２２２", "010-2222-0000"),
        ("삼성 sds", "삼성SDS(주)"),
        ("a.com", "kim@a.com"),
        // Several words, in any order.
        ("철수 김", "김철수"),
        // Nothing typed yet.
        ("", "김철수"),
        (" - ", "김철수"),
    ];

    /// A query and a text that it must not find.
    const FINDS_NOT: &[(&str, &str)] = &[
        ("영희", "김철수"),
        ("김수", "김철수"),
        ("수철", "김철수"),
        ("ㅅㅊ", "김철수"),
        ("ㄱㅅ", "김철수"),
        ("ㄱㅊㅅㅇ", "김철수"),
        ("김철수아", "김철수"),
        // A syllable before others is complete.
        ("기철수", "김철수"),
        ("김처수", "김철수"),
        ("김처ㅅ", "김철수"),
        ("달ㄴ", "닭님"),
        ("가ㅃ", "각뽀"),
        ("박수", "바구수"),
        // A final consonant hops only to a syllable that begins with it.
        ("박", "바둑이"),
        ("첤", "철민수"),
        ("읷", "이수각"),
        ("잇ㄱ", "이구수"),
        // Growing goes one way.
        ("과", "고도원"),
        ("닭", "달님"),
        ("철", "처가"),
        ("까", "가수"),
        ("ㄲ", "가수"),
        // An initial is no final consonant, and no vowel.
        ("ㅁㅊ", "김철수"),
        ("ㅏ", "김철수"),
        ("kims", "Kim"),
        ("2223", "010-2222-0000"),
        ("철수 영희", "김철수"),
        ("0000 2222", "010-2222-0000"),
    ];

    #[test]
    fn queries_find_in_every_form_of_unicode() {
        for (query, text) in FINDS {
            assert!(finds(query, text), "{query:?} should find {text:?}");
            assert!(finds(&nfd(query), text), "{query:?} decomposed should find {text:?}");
            assert!(finds(query, &nfd(text)), "{query:?} should find {text:?} decomposed");
        }
    }

    #[test]
    fn queries_do_not_find_more() {
        for (query, text) in FINDS_NOT {
            assert!(!finds(query, text), "{query:?} should not find {text:?}");
            assert!(!finds(&nfd(query), text), "{query:?} decomposed should not find {text:?}");
        }
    }

    #[test]
    fn names_that_begin_come_first_and_texts_stay_apart() {
        let texts = ["김철수", "010-2222-0000", "서울 강남구"];
        assert_eq!(rank_in(&texts, "김철"), Some(Rank::NameBegins));
        assert_eq!(rank_in(&texts, "ㄱㅊ"), Some(Rank::NameBegins));
        assert_eq!(rank_in(&texts, "철수"), Some(Rank::NameHolds));
        assert_eq!(rank_in(&texts, "2222"), Some(Rank::Elsewhere));
        assert_eq!(rank_in(&texts, "010"), Some(Rank::Elsewhere));
        assert_eq!(rank_in(&texts, "강남"), Some(Rank::Elsewhere));
        assert_eq!(rank_in(&texts, "강남 철수"), Some(Rank::NameHolds));
        assert_eq!(rank_in(&texts, "수010"), None);
        assert_eq!(rank_in(&texts, "ㅅ0"), None);
        assert_eq!(rank_in(&texts, "\u{1f}"), Some(Rank::NameBegins), "control characters are gaps");
        assert_eq!(rank_in(&[], "김"), None);
        assert_eq!(rank_in(&["", "김철수"], "김"), Some(Rank::Elsewhere));
        assert!(Rank::NameBegins < Rank::NameHolds && Rank::NameHolds < Rank::Elsewhere);
    }

    #[test]
    fn long_texts_and_queries_are_cut() {
        let long = "가".repeat(3 * RECORD_LETTERS);
        let keys = keys_of(&["김철수", &long, "010"]);
        assert!(keys.folded.chars().count() <= RECORD_LETTERS + 3);
        assert!(matches(&keys, &Query::parse("철수")));
        assert!(matches(&keys, &Query::parse(&"가".repeat(2 * QUERY_LETTERS))));
        assert!(!matches(&keys, &Query::parse("010")));
    }

    /// Rows of keys are stored: a change of these bytes needs rows to be made again.
    #[test]
    fn stored_keys_stay_the_same() {
        let keys = keys_of(&["김 Chul-수", "010-1"]);
        let bytes = minicbor::to_vec(&keys).unwrap();
        let expected = b"\x81\x70\xea\xb9\x80chul\xec\x88\x98\x1f0101\x1f";
        assert_eq!(bytes, expected);
        assert_eq!(minicbor::decode::<SearchKeys>(&bytes).unwrap(), keys);
        assert_eq!(format!("{keys:?}"), "SearchKeys(16 bytes)");
    }

    #[test]
    fn ten_thousand_names_take_milliseconds() {
        let family = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"];
        let given: Vec<char> = "가나다라마바사아자차카타파하철수영희민준서연".chars().collect();
        let names = (0..10_000).map(|index| {
            let (first, second) = (given[index / 10 % 22], given[index / 220 % 22]);
            let name = format!("{}{first}{second}", family[index % 10]);
            keys_of(&[
                &name,
                &format!("010-{:04}-{index:04}", index * 7 % 10_000),
                "서울특별시 강남구 역삼동 12-3",
            ])
        });
        let names: Vec<_> = names.collect();
        for text in ["ㅎㅊㅅ", "철수", "김처", "잇ㄱ", "9999", "없는 이름"] {
            let query = Query::parse(text);
            // The best of three, and a bound far above it: the machine does other things meanwhile.
            let scan = |_| {
                let start = Instant::now();
                let found = names.iter().filter(|keys| matches(keys, &query)).count();
                (start.elapsed(), found)
            };
            let (taken, found) = (0..3).map(scan).min().unwrap();
            println!("{text:?}: {found} of 10,000 in {taken:?}");
            assert!(taken < Duration::from_millis(50), "{text:?} took {taken:?}");
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_name_finds_it(name in "[가-힣]{2,6}", from in 0_usize..5, length in 2_usize..7) {
            let letters: Vec<char> = name.chars().collect();
            let from = from.min(letters.len() - 2);
            let part: String = letters[from..].iter().take(length).collect();
            prop_assert!(finds(&part, &name));
            prop_assert!(finds(&nfd(&part), &name));
            prop_assert!(finds(&part, &nfd(&name)));
            let rank = rank_in(&[&name], &part).unwrap();
            prop_assert!(from > 0 || rank == Rank::NameBegins);
        }

        #[test]
        fn every_state_of_typing_a_name_finds_it(name in "[가-힣]{1,5}") {
            let keys = keys_pressed(&name);
            prop_assert_eq!(&typed(&keys), &name);
            for pressed in 1..=keys.len() {
                let shown = typed(&keys[..pressed]);
                prop_assert!(finds(&shown, &name), "{:?} on the way to {:?}", shown, name);
            }
        }

        #[test]
        fn a_family_name_and_initials_find_it(name in "[가-힣]{2,5}", whole in 0_usize..3) {
            let rest: String = name.chars().skip(whole).collect();
            let mut keys = keys_pressed(&name.chars().take(whole).collect::<String>());
            keys.extend(initials_of(&rest));
            let shown = typed(&keys);
            prop_assert!(finds(&shown, &name), "{:?} for {:?}", shown, name);
        }

        #[test]
        fn nothing_typed_can_break_the_search(query in any::<String>(), text in any::<String>()) {
            finds(&query, &text);
            let whole: String = text.chars().take(20).collect();
            prop_assert!(finds(&whole, &text), "{:?} in {:?}", whole, text);
        }
    }
}
