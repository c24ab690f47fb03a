//! `fieldbook-rep` and every situation it can be in.

use std::fs::{self, File};

use super::between::Habit;
use super::stand::{
    Disk, PASSPHRASE, PASSWORD, Said, Stand, Template, USER, Undo, WRONG_PASSPHRASE, WRONG_PASSWORD,
    bytes_of, copy, harmless, message, statement,
};
use super::{Words, three_parts};

/// One situation: what brings it about, what is typed, what must be said, and what must be the same.
struct Case {
    name: &'static str,
    /// `None` where this machine cannot bring it about.
    cause: fn(&mut Stand) -> Option<Undo>,
    typed: Typed,
    exit: i32,
    code: &'static str,
    words: Words,
    same: Same,
    afterwards: Afterwards,
}

/// What is typed.
enum Typed {
    /// A command.
    Line(&'static [&'static str]),
    /// A command with a passphrase that is not the store's.
    WrongPassphrase(&'static [&'static str]),
    /// Signing in on this home with this name and password.
    SignIn(&'static str, &'static str),
    /// Signing in on a home that is not there yet.
    FirstSignIn(&'static str, &'static str),
}

/// What the command leaves as it was.
#[derive(PartialEq, Eq)]
enum Same {
    /// Every byte of the home.
    Bytes,
    /// All work on the device; it may have noted that it tried.
    Work,
}

/// What a person does once the cause is gone.
#[derive(PartialEq, Eq)]
enum Afterwards {
    Nothing,
    SignIn,
}

use Afterwards::{Nothing, SignIn};
use Same::{Bytes, Work};
use Typed::{FirstSignIn, Line, SignIn as SignInAs, WrongPassphrase};

const SYNC: Typed = Line(&["sync"]);
const LIST: Typed = Line(&["customer", "list"]);
const ADD: Typed = Line(&["customer", "add", "--name", "Somebody"]);
const SAFE: &str = "your work is safe on this device";
const UNCHANGED: &str = "nothing was changed";
const WRONG: Words =
    ["the name or the password is wrong", UNCHANGED, "ask an administrator for a new password"];
const ENDED: Words = ["the sign-in has ended", SAFE, "sign in again"];
const FULL: Words = ["the disk is full", "everything saved before is safe", "free some space"];
const DAMAGED: Words =
    ["the store is damaged", "is safe on the hub", "restore a backup of it or ask for help"];
const UNWRITABLE: Words =
    ["the store cannot be written", "everything saved before is safe", "check that the folder"];
const NO_ANSWER: Words = ["no answer from the hub", SAFE, "run `fieldbook-rep sync` again"];

const fn case(
    name: &'static str,
    cause: fn(&mut Stand) -> Option<Undo>,
    typed: Typed,
    (exit, code): (i32, &'static str),
    words: Words,
    same: Same,
    afterwards: Afterwards,
) -> Case {
    Case { name, cause, typed, exit, code, words, same, afterwards }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("a wrong password", none, SignInAs(USER, WRONG_PASSWORD), (1, "SIGN-IN-WRONG"), WRONG, Work, Nothing),
    case("a name nobody has", none, FirstSignIn("nobody", PASSWORD), (1, "SIGN-IN-WRONG"), WRONG, Bytes, Nothing),
    case("a wrong password on a new device", none, FirstSignIn(USER, WRONG_PASSWORD), (1, "SIGN-IN-WRONG"), WRONG, Bytes, Nothing),
    case("a closed account", closed_account, SYNC, (4, "SIGN-IN-EXPIRED"), ENDED, Work, SignIn),
    case("somebody else's home", none, SignInAs("another", PASSWORD), (1, "OTHER-PERSON"),
        ["the records in this folder are those of", UNCHANGED, "use a folder of your own"], Bytes, Nothing),
    case("nobody signed in yet", no_home, LIST, (4, "SIGN-IN-NONE"),
        ["nobody has signed in here yet", UNCHANGED, "sign in first"], Bytes, Nothing),
    case("an expired sign-in", expired, SYNC, (4, "SIGN-IN-EXPIRED"), ENDED, Work, SignIn),
    case("another key of tokens at the hub", other_token_key, SYNC, (4, "SIGN-IN-EXPIRED"), ENDED, Work, SignIn),
    case("a device the hub does not know", unregistered, SYNC, (4, "SIGN-IN-EXPIRED"), ENDED, Work, SignIn),
    case("a revoked device", revoked, SYNC, (1, "SYNC-DEVICE-REVOKED"),
        ["an administrator revoked this device", SAFE, "ask an administrator"], Work, SignIn),
    case("an old protocol version", old_version, SYNC, (1, "SYNC-UPGRADE"),
        ["this version is too old for the hub", SAFE, "update this program"], Work, Nothing),
    case("bytes that are no message", no_message, SYNC, (1, "SYNC-MALFORMED"),
        ["the hub could not read the message", SAFE, "show this message to an administrator"], Work, Nothing),
    case("an answer that is no message", no_message_back, SYNC, (3, "SYNC-NO-ANSWER"), NO_ANSWER, Work, Nothing),
    case("a hotel's page", hotel, SYNC, (3, "SYNC-NO-ANSWER"), NO_ANSWER, Work, Nothing),
    case("an answer lost on the way", answer_lost, SYNC, (3, "SYNC-NO-ANSWER"), NO_ANSWER, Work, Nothing),
    case("no network", no_network, SYNC, (3, "SYNC-UNREACHABLE"),
        ["cannot reach the hub", SAFE, "when there is a network"], Work, Nothing),
    case("no network on a new device", no_network, FirstSignIn(USER, PASSWORD), (3, "SYNC-UNREACHABLE"),
        ["cannot reach the hub", UNCHANGED, "check the address and the network"], Bytes, Nothing),
    case("a full disk of the hub", full_disk_of_hub, SYNC, (3, "SYNC-STORAGE"),
        ["the hub cannot store anything right now", SAFE, "again in 30 seconds"], Work, Nothing),
    case("a full disk of the hub, signing in", full_disk_of_hub, FirstSignIn(USER, PASSWORD), (3, "SYNC-STORAGE"),
        ["the hub cannot store anything right now", UNCHANGED, "sign in again in 30 seconds"], Bytes, Nothing),
    case("a full disk, adding", full_disk, ADD, (1, "STORE-FULL"), FULL, Work, Nothing),
    case("a full disk, syncing", full_disk, SYNC, (1, "STORE-FULL"), FULL, Work, Nothing),
    case("a full disk, signing in", full_disk, SignInAs(USER, PASSWORD), (1, "STORE-FULL"), FULL, Work, Nothing),
    case("a full disk, new device", full_disk, FirstSignIn(USER, PASSWORD), (1, "STORE-FULL"), FULL, Work, Nothing),
    case("a store open elsewhere", locked, LIST, (1, "STORE-LOCKED"),
        ["another program has this store open", UNCHANGED, "close the other window"], Bytes, Nothing),
    case("a store that is none", junk_store, LIST, (1, "STORE-DAMAGED"), DAMAGED, Bytes, Nothing),
    case("a damaged store", damaged_store, LIST, (1, "STORE-DAMAGED"), DAMAGED, Bytes, Nothing),
    case("a damaged record", damaged_record, LIST, (1, "STORE-DAMAGED"), DAMAGED, Bytes, Nothing),
    case("a store of a newer version", newer_store, LIST, (1, "STORE-TOO-NEW"),
        ["written by a newer version", UNCHANGED, "update this program"], Bytes, Nothing),
    case("a wrong passphrase", none, WrongPassphrase(&["customer", "list"]), (1, "STORE-WRONG-KEY"),
        ["this passphrase does not open the store", "what is stored is untouched", "try again with the passphrase"], Bytes, Nothing),
    case("a home on a read-only disk", read_only_disk, ADD, (1, "STORE-UNWRITABLE"), UNWRITABLE, Bytes, Nothing),
    case("a new home on a read-only disk", read_only_disk, FirstSignIn(USER, PASSWORD), (1, "STORE-UNWRITABLE"), UNWRITABLE, Bytes, Nothing),
    case("a home that is a file", file_in_the_way, LIST, (1, "STORE-UNWRITABLE"), UNWRITABLE, Bytes, Nothing),
];

#[test]
fn the_reps_program_says_what_happened_what_is_safe_and_what_to_do() {
    let template = Template::make();
    for case in CASES {
        let mut stand = template.stand();
        stand.serve();
        play(case, &mut stand);
    }
}

fn play(case: &Case, stand: &mut Stand) {
    let name = case.name;
    let work = stand.work_on_device();
    let Some(undo) = (case.cause)(stand) else { return };
    let hub = stand.state_of_hub();
    let bytes = bytes_of(&stand.home);
    for json in [true, false] {
        let said = case.typed.at(stand, json);
        assert_eq!(said.exit, Some(case.exit), "{name}: {}{}", said.out, said.err);
        assert_eq!(said.out, "", "{name}");
        let text = if json { message(name, case.code, &said) } else { said.err.clone() };
        three_parts(name, &text, &case.words);
        harmless(name, &said.err);
        if case.same == Bytes {
            assert_eq!(bytes_of(&stand.home), bytes, "{name}: the home was changed");
        }
    }
    let lost_answer = case.code == "SYNC-NO-ANSWER";
    assert!(lost_answer || stand.state_of_hub() == hub, "{name}: the hub was changed");
    undo(stand);
    // Nobody knows whether the hub has what a lost answer was about, or one that says that it failed
    // half-way: that alone reads otherwise.
    let unknown = matches!(case.typed, Line(&["sync"])) && (lost_answer || case.code == "SYNC-STORAGE");
    let work = work.to_string();
    let work = if unknown { work.replace("\"saved\"", "\"sent\"") } else { work };
    assert_eq!(stand.work_on_device().to_string(), work, "{name}: work was changed");
    if case.afterwards == SignIn {
        stand.sign_in();
    }
    stand.edit_arrives(name);
    let new = stand.home.with_file_name("new");
    if new.exists() {
        // A home that a first sign-in failed on is as good as none: also for another passphrase.
        stand.home = new;
        assert_eq!(stand.rep(&["status"]).exit, Some(4), "{name}");
        let server = stand.between.address();
        let login = ["login", "--server", &server, "--user", USER, "--password-stdin", "--json"];
        stand.rep_with(&login, PASSWORD, "another passphrase").json();
    }
    harmless(name, &stand.log());
    assert!(!stand.log().contains(USER), "{name}: the log names a person: {}", stand.log());
    println!("{name}: {}", case.code);
}

impl Typed {
    fn at(&self, stand: &mut Stand, json: bool) -> Said {
        let server = stand.between.address();
        let sign_in = |user: &'static str| ["login", "--server", &server, "--user", user, "--password-stdin"];
        let (mut line, stdin, passphrase) = match self {
            Line(line) => (line.to_vec(), "", PASSPHRASE),
            WrongPassphrase(line) => (line.to_vec(), "", WRONG_PASSPHRASE),
            SignInAs(user, password) | FirstSignIn(user, password) => {
                (sign_in(user).to_vec(), *password, PASSPHRASE)
            }
        };
        if json {
            line.push("--json");
        }
        if matches!(self, FirstSignIn(..)) {
            let new = stand.home.with_file_name("new");
            let own = std::mem::replace(&mut stand.home, new);
            let said = stand.rep_with(&line, stdin, passphrase);
            stand.home = own;
            return said;
        }
        stand.rep_with(&line, stdin, passphrase)
    }
}

fn undo(undo: impl FnOnce(&mut Stand) + 'static) -> Option<Undo> {
    Some(Box::new(undo))
}

fn none(_: &mut Stand) -> Option<Undo> {
    undo(|_| ())
}

/// What is between does this to exchanges.
fn habit(stand: &Stand, habit: Habit) -> Option<Undo> {
    stand.between.habit(habit);
    undo(|stand| stand.between.habit(Habit::Pass))
}

fn old_version(stand: &mut Stand) -> Option<Undo> {
    habit(stand, Habit::OldVersion)
}

fn no_message(stand: &mut Stand) -> Option<Undo> {
    habit(stand, Habit::NoMessage)
}

fn no_message_back(stand: &mut Stand) -> Option<Undo> {
    habit(stand, Habit::NoMessageBack)
}

fn hotel(stand: &mut Stand) -> Option<Undo> {
    habit(stand, Habit::Page)
}

fn answer_lost(stand: &mut Stand) -> Option<Undo> {
    habit(stand, Habit::AnswerLost)
}

fn no_network(stand: &mut Stand) -> Option<Undo> {
    stand.between.close();
    undo(|stand| stand.between.open())
}

fn closed_account(stand: &mut Stand) -> Option<Undo> {
    assert_eq!(stand.hub(&["user", "disable", USER], "").exit, Some(0));
    undo(|stand| statement(&stand.hub.join("hub.db"), "UPDATE accounts SET disabled = 0"))
}

fn no_home(stand: &mut Stand) -> Option<Undo> {
    let aside = stand.home.with_file_name("aside");
    fs::rename(&stand.home, &aside).unwrap();
    undo(move |stand| fs::rename(aside, &stand.home).unwrap())
}

fn expired(stand: &mut Stand) -> Option<Undo> {
    statement(&stand.hub.join("hub.db"), "UPDATE sessions SET expires_ms = 1");
    undo(|_| ())
}

fn unregistered(stand: &mut Stand) -> Option<Undo> {
    statement(&stand.hub.join("hub.db"), "DELETE FROM devices");
    undo(|_| ())
}

fn other_token_key(stand: &mut Stand) -> Option<Undo> {
    stand.stop();
    fs::write(stand.hub.join("secrets/token.key"), [7; 32]).unwrap();
    // What was signed with the key of before is not known by this one: who puts another there signs anew.
    assert_eq!(stand.hub(&["verify", "--sign-anew"], "").exit, Some(0));
    stand.serve();
    undo(|_| ())
}

fn revoked(stand: &mut Stand) -> Option<Undo> {
    let devices = stand.hub(&["device", "list", "--json"], "").json();
    let device = devices[0]["id"].as_str().unwrap();
    assert_eq!(stand.hub(&["device", "revoke", device], "").exit, Some(0));
    undo(|_| ())
}

/// Moves the home to a disk of its own.
fn on_a_disk(stand: &mut Stand) -> Option<()> {
    let disk = Disk::of_kib(512, stand.folder.path().join("disk"))?;
    let home = disk.path.join("home");
    copy(&stand.home, &home);
    stand.home = home;
    stand.disks.push(disk);
    Some(())
}

fn full_disk(stand: &mut Stand) -> Option<Undo> {
    on_a_disk(stand)?;
    stand.disks[0].fill();
    // What is there can be read all the same.
    assert_eq!(stand.rep(&["customer", "list"]).exit, Some(0));
    undo(|stand| stand.disks[0].free())
}

fn full_disk_of_hub(stand: &mut Stand) -> Option<Undo> {
    let disk = Disk::of_kib(4_096, stand.folder.path().join("disk"))?;
    stand.stop();
    let hub = disk.path.join("hub");
    copy(&stand.hub, &hub);
    stand.hub = hub;
    stand.serve();
    disk.fill();
    stand.disks.push(disk);
    undo(|stand| {
        stand.disks[0].free();
        stand.until_ready();
    })
}

fn read_only_disk(stand: &mut Stand) -> Option<Undo> {
    on_a_disk(stand)?;
    stand.disks[0].writable(false);
    undo(|stand| stand.disks[0].writable(true))
}

fn locked(stand: &mut Stand) -> Option<Undo> {
    let lock = File::open(stand.home.join("lock")).unwrap();
    lock.try_lock().unwrap();
    undo(move |_| drop(lock))
}

/// Replaces the store's file by what `make` makes of it.
fn other_store(stand: &Stand, make: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Option<Undo> {
    let good = fs::read(stand.home.join("store.db")).unwrap();
    fs::write(stand.home.join("store.db"), make(good.clone())).unwrap();
    undo(move |stand| fs::write(stand.home.join("store.db"), good).unwrap())
}

fn junk_store(stand: &mut Stand) -> Option<Undo> {
    other_store(stand, |good| vec![0x5a; good.len()])
}

fn damaged_store(stand: &mut Stand) -> Option<Undo> {
    other_store(stand, |mut good| {
        let page = 4_096;
        good[page..].fill(0xa5);
        good
    })
}

/// Sound for SQLite, but not what was sealed: rows under each other's keys.
fn damaged_record(stand: &mut Stand) -> Option<Undo> {
    let good = fs::read(stand.home.join("store.db")).unwrap();
    let swap = "UPDATE records SET value = (SELECT value FROM records WHERE key LIKE 'i/%' LIMIT 1) WHERE key LIKE 'r/%'";
    statement(&stand.home.join("store.db"), swap);
    undo(move |stand| fs::write(stand.home.join("store.db"), good).unwrap())
}

fn newer_store(stand: &mut Stand) -> Option<Undo> {
    let good = fs::read(stand.home.join("store.db")).unwrap();
    statement(&stand.home.join("store.db"), "PRAGMA user_version = 2");
    undo(move |stand| fs::write(stand.home.join("store.db"), good).unwrap())
}

fn file_in_the_way(stand: &mut Stand) -> Option<Undo> {
    let aside = stand.home.with_file_name("aside");
    fs::rename(&stand.home, &aside).unwrap();
    fs::write(&stand.home, "a file").unwrap();
    undo(move |stand| {
        fs::remove_file(&stand.home).unwrap();
        fs::rename(aside, &stand.home).unwrap();
    })
}
