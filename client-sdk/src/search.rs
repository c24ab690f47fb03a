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
//! Syllables in Unicode are a grid (19 initials x 21 vowels x 28 finals), so each such relation is
//! arithmetic on the two letters at hand and needs no further index than the folded text.

use std::fmt;

use minicbor::{Decode, Encode};

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
        let letters = |text: &str| {
            let mut letters = fold(text);
            letters.truncate(QUERY_LETTERS);
            Pattern::of(if letters.iter().any(|letter| is_vowel(*letter)) { compose(&letters) } else { letters })
        };
        let words: Vec<_> = text.split_whitespace().map(letters).filter(|word| !word.0.is_empty()).collect();
        // Digits apart are one number typed in groups, not several numbers.
        let number = text.chars().all(|c| !c.is_alphabetic());
        Self { whole: letters(text), words: if number || words.len() < 2 { Vec::new() } else { words } }
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
    fn of(letters: Vec<char>) -> Self {
        let part = |(at, letter): (usize, &char)| {
            let next = letters.get(at + 1);
            if initial_index(*letter).is_some() {
                Part::Initial(*letter)
            } else if Syllable::of(*letter).is_some() && next.is_none_or(|next| initial_index(*next).is_some()) {
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
