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
            if initial_index(*letter).is_some() {
                Part::Initial(*letter)
            } else if Syllable::of(*letter).is_some()
                && next.is_none_or(|next| initial_index(*next).is_some())
            {
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

/// The consonants that begin a syllable, in the order of Unicode.
const INITIALS: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ',
    'ㅍ', 'ㅎ',
];
/// The consonants that end a syllable; the grid's first column, without one, is not in here.
const FINALS: [char; 27] = [
    'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ', 'ㅁ', 'ㅂ',
    'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// Letters that are typed as two.
const COMPOUNDS: [(char, char, char); 18] = [
    ('ㄳ', 'ㄱ', 'ㅅ'),
    ('ㄵ', 'ㄴ', 'ㅈ'),
    ('ㄶ', 'ㄴ', 'ㅎ'),
    ('ㄺ', 'ㄹ', 'ㄱ'),
    ('ㄻ', 'ㄹ', 'ㅁ'),
    ('ㄼ', 'ㄹ', 'ㅂ'),
    ('ㄽ', 'ㄹ', 'ㅅ'),
    ('ㄾ', 'ㄹ', 'ㅌ'),
    ('ㄿ', 'ㄹ', 'ㅍ'),
    ('ㅀ', 'ㄹ', 'ㅎ'),
    ('ㅄ', 'ㅂ', 'ㅅ'),
    ('ㅘ', 'ㅗ', 'ㅏ'),
    ('ㅙ', 'ㅗ', 'ㅐ'),
    ('ㅚ', 'ㅗ', 'ㅣ'),
    ('ㅝ', 'ㅜ', 'ㅓ'),
    ('ㅞ', 'ㅜ', 'ㅔ'),
    ('ㅟ', 'ㅜ', 'ㅣ'),
    ('ㅢ', 'ㅡ', 'ㅣ'),
];

/// The three letters of a composed syllable.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Syllable {
    initial: char,
    vowel: char,
    last: Option<char>,
}

impl Syllable {
    /// The letters of a syllable; `None` for any other character.
    fn of(letter: char) -> Option<Self> {
        if !('가'..='힣').contains(&letter) {
            return None;
        }
        let index = u32::from(letter) - u32::from('가');
        let (initial, vowel, last) = (index / 588, index / 28 % 21, index % 28);
        Some(Self {
            initial: INITIALS[initial as usize],
            vowel: char::from_u32(u32::from('ㅏ') + vowel)?,
            last: last.checked_sub(1).map(|last| FINALS[last as usize]),
        })
    }

    /// The syllable as one character; `None` when a letter cannot stand in its place.
    fn composed(self) -> Option<char> {
        let position = |letters: &[char], letter: char| letters.iter().position(|other| *other == letter);
        let initial = position(&INITIALS, self.initial)? as u32;
        let last = match self.last {
            Some(last) => position(&FINALS, last)? as u32 + 1,
            None => 0,
        };
        let vowel =
            if is_vowel(self.vowel) { u32::from(self.vowel) - u32::from('ㅏ') } else { return None };
        char::from_u32(u32::from('가') + (initial * 21 + vowel) * 28 + last)
    }

    fn with_last(self, last: Option<char>) -> Option<char> {
        Self { last, ..self }.composed()
    }
}

fn is_vowel(letter: char) -> bool {
    ('ㅏ'..='ㅣ').contains(&letter)
}

fn initial_index(letter: char) -> Option<usize> {
    INITIALS.iter().position(|initial| *initial == letter)
}

fn parts_of(compound: char) -> Option<(char, char)> {
    COMPOUNDS.iter().find(|(whole, ..)| *whole == compound).map(|(_, first, second)| (*first, *second))
}

fn joined(first: char, second: char) -> Option<char> {
    COMPOUNDS.iter().find(|(_, a, b)| (*a, *b) == (first, second)).map(|(whole, ..)| *whole)
}

fn begins_with(found: char, consonant: char) -> bool {
    found == consonant || Syllable::of(found).is_some_and(|syllable| syllable.initial == consonant)
}

/// Whether more keystrokes turn `typed` into `found`: 고 into 과 and 관, 달 into 닭.
fn grows_into(typed: char, found: char) -> bool {
    let (Some(typed), Some(found)) = (Syllable::of(typed), Syllable::of(found)) else { return false };
    let grows = |from: char, to: char| from == to || parts_of(to).is_some_and(|(first, _)| first == from);
    if typed.initial != found.initial {
        return false;
    }
    match (typed.last, found.last) {
        (None, _) => grows(typed.vowel, found.vowel),
        (Some(from), Some(to)) => typed.vowel == found.vowel && grows(from, to),
        (Some(_), None) => false,
    }
}

/// Whether `found` is `typed` without its final consonant, which begins the next letter of `text`:
/// 첤 in 철수, 잇 in 이수경. A compound final may be two beginnings: 읷 in 이각수.
fn hops_over(typed: char, found: char, text: &mut std::str::Chars<'_>) -> bool {
    let (Some(typed), Some(found)) = (Syllable::of(typed), Syllable::of(found)) else { return false };
    let Some(last) = typed.last else { return false };
    if (typed.initial, typed.vowel) != (found.initial, found.vowel) {
        return false;
    }
    let mut next_begins_with = |consonant| text.next().is_some_and(|next| begins_with(next, consonant));
    match (parts_of(last), found.last) {
        (None, None) => next_begins_with(last),
        (None, Some(_)) => false,
        (Some((first, second)), None) => next_begins_with(first) && next_begins_with(second),
        (Some((first, second)), Some(stays)) => stays == first && next_begins_with(second),
    }
}

/// The letters of a text in the one form that search compares: composed, small, without gaps.
fn fold(text: &str) -> Vec<char> {
    let mut letters = Vec::with_capacity(text.len() / 2);
    for c in text.chars() {
        match c {
            '\u{1100}'..='\u{1112}' => letters.push(INITIALS[(u32::from(c) - 0x1100) as usize]),
            '\u{1161}'..='\u{1175}' => push_vowel(&mut letters, c),
            '\u{11a8}'..='\u{11c2}' => push_final(&mut letters, FINALS[(u32::from(c) - 0x11a8) as usize]),
            // Input methods show two bare consonants as one (ㄳ) where a person typed two.
            'ㄱ'..='ㅎ' => push_consonants(&mut letters, c),
            // Full-width Latin and digits, which Korean forms still produce.
            '\u{ff01}'..='\u{ff5e}' => push_plain(&mut letters, char::from((u32::from(c) - 0xfee0) as u8)),
            _ => push_plain(&mut letters, c),
        }
    }
    letters
}

fn push_plain(letters: &mut Vec<char>, c: char) {
    let gap = c.is_whitespace()
        || c.is_control()
        || matches!(c, '-' | '.' | ',' | '(' | ')' | '/' | '·' | '\u{ad}' | '\u{2212}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}');
    if !gap {
        letters.extend(c.to_lowercase());
    }
}

/// A conjoining vowel (macOS writes names in these) completes the consonant before it.
fn push_vowel(letters: &mut Vec<char>, conjoining: char) {
    let vowel = char::from_u32(u32::from('ㅏ') + u32::from(conjoining) - 0x1161).unwrap_or(conjoining);
    let initial = letters.last().copied().filter(|letter| initial_index(*letter).is_some());
    let composed = initial.and_then(|initial| Syllable { initial, vowel, last: None }.composed());
    if composed.is_some() {
        letters.pop();
    }
    letters.push(composed.unwrap_or(vowel));
}

/// A conjoining final closes the syllable before it.
fn push_final(letters: &mut Vec<char>, last: char) {
    let open =
        letters.last().and_then(|letter| Syllable::of(*letter)).filter(|syllable| syllable.last.is_none());
    match open.and_then(|syllable| syllable.with_last(Some(last))) {
        Some(closed) => {
            letters.pop();
            letters.push(closed);
        }
        None => push_consonants(letters, last),
    }
}

fn push_consonants(letters: &mut Vec<char>, consonant: char) {
    match parts_of(consonant) {
        Some((first, second)) => letters.extend([first, second]),
        None => letters.push(consonant),
    }
}

/// Puts letters together as the two-set keyboard does, so that a query is in one form however it
/// was typed: ㄱㅣㅁ is 김, and 이ㅅ is 잇. Complete syllables stay as they are.
fn compose(letters: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(letters.len());
    for letter in letters {
        match Syllable::of(*letter) {
            Some(syllable) => {
                press(&mut out, syllable.initial);
                press(&mut out, syllable.vowel);
                if let Some(last) = syllable.last {
                    let (first, second) = parts_of(last).map_or((last, None), |(a, b)| (a, Some(b)));
                    press(&mut out, first);
                    second.into_iter().for_each(|second| press(&mut out, second));
                }
            }
            None => press(&mut out, *letter),
        }
    }
    out
}

/// One key of the two-set keyboard.
fn press(out: &mut Vec<char>, key: char) {
    let before = out.last().copied();
    let replacement = match before.and_then(Syllable::of) {
        Some(syllable) if is_vowel(key) => match syllable.last {
            None => joined(syllable.vowel, key).and_then(|vowel| Syllable { vowel, ..syllable }.composed()),
            Some(last) => {
                // The final consonant, or its second half, begins the new syllable.
                let (stays, initial) = parts_of(last).map_or((None, last), |(a, b)| (Some(a), b));
                out.pop();
                out.extend(syllable.with_last(stays));
                out.push(initial);
                Syllable { initial, vowel: key, last: None }.composed()
            }
        },
        Some(syllable) => {
            let last = syllable.last.map_or(Some(key), |last| joined(last, key));
            last.and_then(|last| syllable.with_last(Some(last)))
        }
        None => before.and_then(|initial| Syllable { initial, vowel: key, last: None }.composed()),
    };
    if replacement.is_some() {
        out.pop();
    }
    out.push(replacement.unwrap_or(key));
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn rank_in(texts: &[&str], query: &str) -> Option<Rank> {
        Query::parse(query).rank(&keys_of(texts))
    }

    fn finds(query: &str, text: &str) -> bool {
        matches(&keys_of(&[text]), &Query::parse(query))
    }

    /// Canonical decomposition, as macOS stores it.
    fn nfd(text: &str) -> String {
        let split = |c: char| match Syllable::of(c) {
            None => vec![c],
            Some(_) => {
                let index = u32::from(c) - 0xac00;
                let letters = [0x1100 + index / 588, 0x1161 + index / 28 % 21, 0x11a7 + index % 28];
                let kept = if index.is_multiple_of(28) { 2 } else { 3 };
                letters[..kept].iter().filter_map(|letter| char::from_u32(*letter)).collect()
            }
        };
        text.chars().flat_map(split).collect()
    }

    /// The keys a person presses for a text.
    fn keys_pressed(text: &str) -> Vec<char> {
        let letters = |c: char| match Syllable::of(c) {
            None => vec![c],
            Some(syllable) => {
                let halves = |letter: char| parts_of(letter).map_or(vec![letter], |(a, b)| vec![a, b]);
                let last = syllable.last.map_or(vec![], halves);
                [vec![syllable.initial], halves(syllable.vowel), last].concat()
            }
        };
        text.chars().flat_map(letters).collect()
    }

    fn typed(keys: &[char]) -> String {
        compose(keys).into_iter().collect()
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
    fn the_grid_of_syllables_is_complete() {
        for c in '가'..='힣' {
            let syllable = Syllable::of(c).unwrap();
            assert_eq!(syllable.composed(), Some(c));
            assert_eq!(fold(&nfd(&c.to_string())), [c]);
            assert_eq!(typed(&keys_pressed(&c.to_string())), c.to_string());
        }
        assert!(Syllable::of('ㄱ').is_none() && Syllable::of('a').is_none());
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
            let initials = name.chars().skip(whole).filter_map(Syllable::of).map(|syllable| syllable.initial);
            let mut keys = keys_pressed(&name.chars().take(whole).collect::<String>());
            keys.extend(initials);
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
