//! Master keys: in the environment, or in a file of secrets. One key a line, 64 hexadecimal digits, newest last.

use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use document_model::Entropy;
use zeroize::Zeroizing;

use super::{DataFolder, SECRETS, unusable};
use crate::app::AppError;
use crate::storage::sealing::{KeyRing, MasterId, MasterKey};

/// Where the keys are looked for first; several are separated by commas.
pub(super) const VARIABLE: &str = "FIELDBOOK_MASTER_KEY";
/// Where they are otherwise.
const FILE: &str = "master.key";
/// The most keys there may be: a file of more is none of ours.
const KEYS_MAX: usize = 1_000;

/// Where the master keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MasterPlace {
    /// In the variable.
    Environment,
    /// In the file.
    File,
}

impl DataFolder {
    /// The master keys: those of the variable, or those of the file; none where there is neither.
    pub fn master_keys(&self) -> Result<KeyRing, AppError> {
        match self.master_texts()? {
            (MasterPlace::Environment, text) => parse(&text.replace(',', "\n")).ok_or_else(|| {
                AppError::MasterKeys(format!(
                    "{VARIABLE} holds no master keys. Nothing was changed. Give one of 64 hexadecimal digits, or several \
                     with commas between them, the newest last"
                ))
            }),
            (MasterPlace::File, text) => parse(&text).ok_or_else(|| AppError::Secret {
                path: self.master_file(),
                why: "a line of it is no key of 64 hexadecimal digits",
                without: "nothing that is sealed can be read",
            }),
        }
    }

    /// Where they are.
    pub fn master_place(&self) -> Result<MasterPlace, AppError> {
        Ok(self.master_texts()?.0)
    }

    /// Makes the first master key, where there is none at all. Whether it did.
    pub fn make_master_key(&self, entropy: &mut dyn Entropy) -> Result<bool, AppError> {
        if self.master_keys()?.newest().is_some() {
            return Ok(false);
        }
        // Another process may be first; then its one holds.
        let text = MasterKey::new_text(entropy);
        let kept = Zeroizing::new(self.keep(FILE, format!("{}\n", *text).as_bytes())?);
        Ok(kept.starts_with(text.as_bytes()))
    }

    /// Adds a new master key, the newest; its name.
    pub fn add_master_key(&self, entropy: &mut dyn Entropy) -> Result<MasterId, AppError> {
        let (_, text) = self.file_only("the new one is added there, at the end")?;
        let new = MasterKey::new_text(entropy);
        self.replace_master_file(&format!("{}\n{}\n", text.trim_end(), *new))?;
        self.master_keys()?.newest().map(MasterKey::id).ok_or_else(|| none_left(self.master_file()))
    }

    /// Takes all master keys but one away; how many went.
    pub fn forget_master_keys_but(&self, kept: MasterId) -> Result<usize, AppError> {
        let (before, text) = self.file_only("the older ones are taken out there")?;
        let stays = |line: &&str| MasterKey::of_text(line.trim()).is_some_and(|key| key.id() == kept);
        let line = text.lines().find(stays).ok_or_else(|| none_left(self.master_file()))?;
        self.replace_master_file(&format!("{}\n", line.trim()))?;
        Ok(before.ids().count() - 1)
    }

    fn master_file(&self) -> PathBuf {
        self.secret(FILE)
    }

    fn master_texts(&self) -> Result<(MasterPlace, Zeroizing<String>), AppError> {
        let given = std::env::var_os(VARIABLE).filter(|text| !text.is_empty());
        if let Some(text) = given {
            // What is no text is no key either.
            let text = text.into_string().unwrap_or_else(|_: OsString| "?".to_owned());
            return Ok((MasterPlace::Environment, Zeroizing::new(text)));
        }
        let file = self.master_file();
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(absent) if absent.kind() == ErrorKind::NotFound => String::new(),
            Err(why) if why.kind() == ErrorKind::InvalidData => "?".to_owned(),
            Err(why) => return Err(unusable(&file, &why)),
        };
        Ok((MasterPlace::File, Zeroizing::new(text)))
    }

    fn file_only(&self, instead: &str) -> Result<(KeyRing, Zeroizing<String>), AppError> {
        let keys = self.master_keys()?;
        match self.master_texts()? {
            (MasterPlace::File, text) => Ok((keys, text)),
            (MasterPlace::Environment, _) => Err(AppError::MasterKeys(format!(
                "the master keys are in {VARIABLE}, which only whoever starts the hub can change. Nothing was changed. \
                 Change it where it is set: {instead}"
            ))),
        }
    }

    /// Puts another file in the place of the one with the keys, durably: whoever reads it sees the one or the
    /// other.
    fn replace_master_file(&self, text: &str) -> Result<(), AppError> {
        let (path, folder) = (self.master_file(), self.path.join(SECRETS));
        let store = || {
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|failed| failed.error)?;
            fs::File::open(&folder)?.sync_all()
        };
        store().map_err(|why| unusable(&path, &why))
    }
}

fn parse(text: &str) -> Option<KeyRing> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<_>> = lines.take(KEYS_MAX + 1).map(MasterKey::of_text).collect();
    keys.filter(|keys| keys.len() <= KEYS_MAX).map(KeyRing::of)
}

fn none_left(path: PathBuf) -> AppError {
    AppError::Secret {
        path,
        why: "the master key in use is not in it",
        without: "nothing that is sealed can be read",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fresh;
    use super::*;
    use crate::app::SystemEntropy;

    #[test]
    fn the_first_key_is_made_once_and_another_one_is_added_behind_it() {
        let (_above, folder) = fresh();
        assert!(folder.master_keys().unwrap().newest().is_none());
        assert!(folder.make_master_key(&mut SystemEntropy).unwrap());
        assert!(!folder.make_master_key(&mut SystemEntropy).unwrap());
        let first = folder.master_keys().unwrap().newest().unwrap().id();
        let second = folder.add_master_key(&mut SystemEntropy).unwrap();
        assert_eq!(folder.master_keys().unwrap().ids().collect::<Vec<_>>(), [first, second]);
        assert_eq!(folder.forget_master_keys_but(second).unwrap(), 1);
        assert_eq!(folder.master_keys().unwrap().ids().collect::<Vec<_>>(), [second]);
        assert!(folder.forget_master_keys_but(first).is_err(), "it is gone");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.master_file()).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_holds_no_keys_is_named_and_not_replaced() {
        let (_above, folder) = fresh();
        for junk in [&b"123"[..], b"\xff\xfe", &b"0".repeat(63)] {
            fs::write(folder.master_file(), junk).unwrap();
            let error = folder.make_master_key(&mut SystemEntropy).unwrap_err();
            assert_eq!(error.code(), "HUB-SECRET");
            assert!(error.to_string().contains("master.key is damaged"), "{error}");
            assert_eq!(fs::read(folder.master_file()).unwrap(), junk);
        }
    }
}
