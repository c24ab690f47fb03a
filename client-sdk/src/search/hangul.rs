//! Korean letters: syllables taken apart and put together, texts folded to one form.
//!
//! Unicode arranges syllables as a grid of 19 initials, 21 vowels and 28 finals, so taking one
//! apart is arithmetic. Letters are named by their compatibility characters (ㄱ, ㅏ), which is what
//! a keyboard types; the conjoining ones (U+1100...) exist only until [`fold`].

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
        if !is_syllable(letter) {
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

/// Whether this is a bare consonant that can begin a syllable.
pub(super) fn is_initial(letter: char) -> bool {
    INITIALS.contains(&letter)
}

/// Whether this is a composed syllable.
pub(super) fn is_syllable(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}

fn parts_of(compound: char) -> Option<(char, char)> {
    COMPOUNDS.iter().find(|(whole, ..)| *whole == compound).map(|(_, first, second)| (*first, *second))
}

fn joined(first: char, second: char) -> Option<char> {
    COMPOUNDS.iter().find(|(_, a, b)| (*a, *b) == (first, second)).map(|(whole, ..)| *whole)
}

/// Whether `found` is this consonant, or a syllable that begins with it.
pub(super) fn begins_with(found: char, consonant: char) -> bool {
    found == consonant || Syllable::of(found).is_some_and(|syllable| syllable.initial == consonant)
}

/// Whether more keystrokes turn `typed` into `found`: 고 into 과 and 관, 달 into 닭.
pub(super) fn grows_into(typed: char, found: char) -> bool {
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
pub(super) fn hops_over(typed: char, found: char, text: &mut std::str::Chars<'_>) -> bool {
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
pub(super) fn fold(text: &str) -> Vec<char> {
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
    let initial = letters.last().copied().filter(|letter| is_initial(*letter));
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
pub(super) fn compose(letters: &[char]) -> Vec<char> {
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
pub(super) mod tests {
    use super::*;

    /// Canonical decomposition, as macOS stores it.
    pub(in crate::search) fn nfd(text: &str) -> String {
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
    pub(in crate::search) fn keys_pressed(text: &str) -> Vec<char> {
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

    pub(in crate::search) fn typed(keys: &[char]) -> String {
        compose(keys).into_iter().collect()
    }

    /// What a person types who searches by initials.
    pub(in crate::search) fn initials_of(text: &str) -> Vec<char> {
        text.chars().filter_map(Syllable::of).map(|syllable| syllable.initial).collect()
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
    fn texts_fold_to_one_form() {
        let rows = [
            ("Kim Chul-Soo", "kimchulsoo"),
            ("ＫＩＭ　０１０", "kim010"),
            ("(02) 123.4567", "021234567"),
            ("010\u{2013}2222\u{2010}0000", "01022220000"),
            ("\u{1100}\u{1175}\u{11b7}", "김"),
            ("기\u{11b7}", "김"),
            ("\u{1100}\u{110e}", "ㄱㅊ"),
            ("\u{1161}", "ㅏ"),
            ("a\u{11aa}", "aㄱㅅ"),
            ("ㄳ", "ㄱㅅ"),
            ("\u{feff}金\u{200b}\t哲", "金哲"),
        ];
        for (text, folded) in rows {
            assert_eq!(fold(text).into_iter().collect::<String>(), folded, "{text:?}");
        }
    }
}
