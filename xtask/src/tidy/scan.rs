//! A small reader of Rust and TypeScript: tells code from comments and literals, nothing more.
//!
//! It lets a rule look for `x` in code without finding it in a sentence, and count lines of code.

/// The languages it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Rust.
    Rust,
    /// TypeScript, with or without JSX.
    TypeScript,
}

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Anything else.
    Code,
    /// A comment, doc comments included.
    Comment,
    /// A string or character literal with its quotes.
    Literal,
}

/// The text with the hidden parts turned into spaces. Line breaks stay, so line numbers hold.
pub(super) fn mask(text: &str, language: Language, hidden: &[Part]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut masked = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    while !rest.is_empty() {
        let (part, length) = first_part(rest, language);
        let (stretch, after) = rest.split_at(length);
        let hide = hidden.contains(&part);
        masked.extend(stretch.iter().map(|&c| if hide && c != '\n' { ' ' } else { c }));
        rest = after;
    }
    masked
}

/// Whether `line` holds `pattern` as a whole word: `ignore` is not in `ignored`.
/// Ends of the pattern that are no letters may touch anything.
pub(super) fn has_word(line: &str, pattern: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(is_word);
    line.match_indices(pattern).any(|(start, found)| {
        let before = joins(line[..start].chars().next_back()) && joins(pattern.chars().next());
        let after = joins(line[start + found.len()..].chars().next()) && joins(pattern.chars().next_back());
        !before && !after
    })
}

/// Whether a character can be part of a name.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What `rest` (never empty) starts with, and how many characters of it. At least one.
fn first_part(rest: &[char], language: Language) -> (Part, usize) {
    match (rest, language) {
        (['/', '/', ..], _) => (Part::Comment, until(rest, '\n')),
        (['/', '*', ..], _) => (Part::Comment, block_comment(rest, language)),
        (['"', ..], _) => (Part::Literal, quoted(rest, language == Language::TypeScript)),
        (['\'', ..], Language::Rust) => character(rest),
        (['\'', ..], Language::TypeScript) => (Part::Literal, quoted(rest, true)),
        (['`', ..], Language::TypeScript) => (Part::Literal, quoted(rest, false)),
        ([first, ..], _) if is_word(*first) => word_or_raw_string(rest, language),
        _ => (Part::Code, 1),
    }
}

/// Characters before the first `end`, or all.
fn until(rest: &[char], end: char) -> usize {
    rest.iter().position(|&c| c == end).unwrap_or(rest.len())
}

/// Length of a block comment. Rust's nest.
fn block_comment(rest: &[char], language: Language) -> usize {
    let mut depth = 1;
    let mut at = 2;
    while depth > 0 && at < rest.len() {
        match rest[at..] {
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            ['/', '*', ..] if language == Language::Rust => (depth, at) = (depth + 1, at + 2),
            _ => at += 1,
        }
    }
    at.min(rest.len())
}

/// Length of a literal that ends with the quote it starts with. Where one may not span lines, an open
/// quote (an apostrophe in JSX text) ends with its line.
fn quoted(rest: &[char], one_line: bool) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '\n' if one_line => return at,
            c if c == rest[0] => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// A character literal, or the tick of a lifetime.
fn character(rest: &[char]) -> (Part, usize) {
    match rest {
        ['\'', '\\', ..] => (Part::Literal, quoted(rest, true)),
        ['\'', _, '\'', ..] => (Part::Literal, 3),
        _ => (Part::Code, 1),
    }
}

/// A name or number; in Rust also `r"..."`, `r#"..."#` and their byte and C forms.
fn word_or_raw_string(rest: &[char], language: Language) -> (Part, usize) {
    let word = rest.iter().take_while(|&&c| is_word(c)).count();
    let hashes = rest[word..].iter().take_while(|&&c| c == '#').count();
    let open = word + hashes;
    let raw = matches!(rest[..word], ['r'] | ['b', 'r'] | ['c', 'r']) && rest.get(open) == Some(&'"');
    if language != Language::Rust || !raw {
        return (Part::Code, word);
    }
    let closes = |at: &usize| {
        rest[*at] == '"' && rest[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes
    };
    let close = (open + 1..rest.len()).find(closes);
    (Part::Literal, close.map_or(rest.len(), |at| at + 1 + hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code of a Rust text with runs of blanks made one.
    fn rust(text: &str) -> String {
        squeeze(&mask(text, Language::Rust, &[Part::Comment, Part::Literal]))
    }

    /// The code of a TypeScript text with runs of blanks made one.
    fn typescript(text: &str) -> String {
        squeeze(&mask(text, Language::TypeScript, &[Part::Comment, Part::Literal]))
    }

    /// Makes runs of blanks one.
    fn squeeze(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_go_also_nested_ones() {
        assert_eq!(rust("a // b\nc /* d /* e */ f */ g /* open"), "a c g");
        assert_eq!(typescript("a /* b /* c */ d"), "a d");
    }

    #[test]
    fn strings_hide_comment_signs_and_quotes() {
        assert_eq!(rust(r#"a("// b \" c", d)"#), "a( , d)");
        assert_eq!(rust("a(r#\"b \" // c\"#, br\"d\", e)"), "a( , , e)");
        assert_eq!(rust("a(\"two\nlines // x\", b)"), "a( , b)");
    }

    #[test]
    fn characters_are_literals_and_lifetimes_are_not() {
        assert_eq!(rust(r"a('/', '\'', '가') b<'a, 'static>"), "a( , , ) b<'a, 'static>");
    }

    #[test]
    fn raw_names_are_code() {
        assert_eq!(rust("let r#type = crate::b;"), "let r#type = crate::b;");
    }

    #[test]
    fn typescript_quotes_end_where_they_must() {
        assert_eq!(typescript("a('b', `c\n// d`, e)"), "a( , , e)");
        assert_eq!(typescript("<p>don't</p>\nb"), "<p>don b");
    }

    #[test]
    fn line_breaks_stay() {
        let masked = mask("/*\n\n*/\na", Language::Rust, &[Part::Comment]);
        assert_eq!(masked.lines().position(|line| line == "a"), Some(3));
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("std::time::SystemTime::now()", "SystemTime::now"));
        assert!(!has_word("MySystemTime::now_or_never()", "SystemTime::now"));
        assert!(has_word("x.rand::rng()", "rand::rng("));
        assert!(!has_word("ignored", "ignore"));
    }
}
