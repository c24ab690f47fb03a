//! Bad input, black box: whatever goes wrong, both programs say what happened, what is safe and what to
//! do, with the exit code and the stable code that programs decide by; they change nothing, repeat no
//! secret, and what waited goes out once the cause is gone.
//!
//! Each test is a table: what brings a situation about, what is typed, what must be said.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod between;
mod http;
mod hub;
mod hub_causes;
mod rep;
mod stand;

/// Words that must stand in the three parts of a message, in this order.
type Words = [&'static str; 3];

/// What happened, what is safe, what to do: three parts, each with its words, one after the other.
fn three_parts(name: &str, message: &str, words: &Words) {
    let mut rest = message;
    for word in words {
        let at = rest
            .find(word)
            .unwrap_or_else(|| panic!("{name}: {word:?} is missing, or too early, in: {message}"));
        rest = &rest[at + word.len()..];
    }
    let parts = message.split("; ").flat_map(|part| part.split(". ")).count();
    assert!(parts >= words.len(), "{name}: {parts} parts in: {message}");
}

/// Says how many situations were played; none would prove nothing.
fn all_played(played: usize) {
    assert!(played > 0, "no situation was played");
    println!("{played} situations");
}

/// A situation that this machine cannot bring about proves nothing: only root may mount a disk.
fn must_be_brought_about<T>(name: &str, brought_about: Option<T>) -> T {
    brought_about
        .unwrap_or_else(|| panic!("{name}: this machine cannot bring it about; run the tests as root"))
}
