//! What only the person knows, and where the person's records are.

use std::io::BufRead;
use std::path::PathBuf;

use etcetera::BaseStrategy;
use zeroize::Zeroizing;

use crate::error::{Exit, Failure};

/// Gives scripts the passphrase of the sealed store.
const PASSPHRASE: &str = "FIELDBOOK_PASSPHRASE";

/// The folder of this person's records on this system.
pub(crate) fn default_home() -> Result<PathBuf, Failure> {
    let system = etcetera::base_strategy::choose_native_strategy().map_err(|error| {
        Failure::usage(format!("no folder for data is known here ({error}); name one with --home DIR"))
    })?;
    // On Windows the data folder travels between machines; a store that does is a copy, so it goes
    // where things stay.
    let data = if cfg!(windows) { system.cache_dir() } else { system.data_dir() };
    Ok(data.join("fieldbook-rep"))
}

/// The passphrase of the store; chosen now, and typed twice, when the store is new.
pub(crate) fn passphrase(new_store: bool) -> Result<Zeroizing<String>, Failure> {
    if let Some(given) = std::env::var(PASSPHRASE).ok().filter(|given| !given.is_empty()) {
        return Ok(Zeroizing::new(given));
    }
    let prompt =
        if new_store { "Choose a passphrase for this device: " } else { "Passphrase of this device: " };
    let typed = ask(prompt, &format!("give the passphrase in {PASSPHRASE}"))?;
    if typed.is_empty() {
        return Err(Failure::mistyped("an empty passphrase protects nothing"));
    }
    if new_store && *ask("Once more: ", "type it at a terminal")? != *typed {
        return Err(Failure::mistyped("the two passphrases differ"));
    }
    Ok(typed)
}

/// The password of an account: the first line of standard input, or typed.
pub(crate) fn password(user: &str, from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
        return first_line(&mut std::io::stdin().lock());
    }
    ask(&format!("Password of {user}: "), "give the password with --password-stdin")
}

fn first_line(input: &mut impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    input
        .read_line(&mut line)
        .map_err(|error| Failure::mistyped(format!("no password can be read ({error})")))?;
    let password = line.trim_end_matches(['\n', '\r']);
    if password.is_empty() {
        return Err(Failure::mistyped("standard input holds no password"));
    }
    Ok(Zeroizing::new(password.to_owned()))
}

fn ask(prompt: &str, otherwise: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|error| {
        let message = format!("there is no terminal to ask at ({error}); nothing was changed; {otherwise}");
        Failure::new(Exit::Usage, "NO-TERMINAL", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_and_keeps_its_spaces() {
        let read = |text: &str| first_line(&mut text.as_bytes()).map(|password| password.to_string());
        assert_eq!(read(" two words \r\nrest").unwrap(), " two words ");
        assert_eq!(read("last").unwrap(), "last");
        assert_eq!(read("\n").unwrap_err().exit, Exit::Usage);
        assert_eq!(read("").unwrap_err().exit, Exit::Usage);
    }
}
