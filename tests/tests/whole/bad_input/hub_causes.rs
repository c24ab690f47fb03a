//! What brings situations of the hub about, and undoes them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::stand::{Disk, Meddler, NAME, Stand, Undo, copy, statement};

/// Bytes of the disk a hub is put on: room for the hub and a little work.
const DISK_KIB: u32 = 4_096;

/// A certificate and its key, and the key of another: made for these tests, good for nothing else.
const CERTIFICATE: &str = "MIIBPjCB8aADAgECAhQSDkzXbSpPWV/Ws1l9ZlW4v0WTajAFBgMrZXAwFDESMBAGA1UEAwwJbG9jYWxob3N0\
MCAXDTI2MTEyNTIwNDU0NloYDzIxMjYxMTAxMjA0NTQ2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwKjAFBgMrZXADIQARVwICF0yiA8lKnPpM6hzY\
WvOB91V8KdZyQ983RaPxR6NTMFEwHQYDVR0OBBYEFCKFPcIYs04U3jmO2JJPNSwvXdAjMB8GA1UdIwQYMBaAFCKFPcIYs04U3jmO2JJPNSwvXdAj\
MA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAF/ySvZI3LQ0LojxtW+TyQOt94MJ4371Bj4QyxLQXtsWrBuR/r2sOaCZl/G7FQhYNXZoLgRBXvbJc\
huFjcjPJBA==";
const ITS_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIMYObAoNnDM63+FRZWIIjMAY/gCLxCgkH+e5Xu5uSsvx";
const OTHER_KEY: &str = "MC4CAQAwBQYDK2VwBCIEICy0SbSG8Z63YYb+sxApPvkgjVCo+QfxTNLdZcdYonp1";

fn undo(undo: impl FnOnce(&mut Stand) + 'static) -> Option<Undo> {
    Some(Box::new(undo))
}

pub(super) fn none(stand: &mut Stand) -> Option<Undo> {
    fs::write(stand.folder.path().join("more.csv"), MORE).unwrap();
    undo(|_| ())
}

const HEADER: &str = "region_code,region_name,branch_code,branch_name,rep_code,rep_name";
/// A rep the hub does not have.
const MORE: &str =
    "region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,Region,B1,Branch,P2,New\n";

/// Puts something else where `path` is, until it is undone.
fn instead_of(path: &Path, put: impl FnOnce(&Path)) -> Option<Undo> {
    let (path, aside) = (path.to_owned(), beside(path));
    fs::rename(&path, &aside).unwrap();
    put(&path);
    undo(move |_| {
        remove(&path);
        fs::rename(aside, path).unwrap();
    })
}

/// A name outside of the hub's folder, so that nothing in there is more than it was.
fn beside(path: &Path) -> PathBuf {
    let name = format!("aside-{}", path.file_name().unwrap().to_string_lossy());
    path.ancestors().find(|above| above.join("org.csv").exists()).unwrap().join(name)
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

pub(super) fn no_folder(stand: &mut Stand) -> Option<Undo> {
    instead_of(&stand.hub, |_| ())
}

pub(super) fn empty_folder(stand: &mut Stand) -> Option<Undo> {
    instead_of(&stand.hub, |hub| fs::create_dir(hub).unwrap())
}

pub(super) fn file_in_the_way(stand: &mut Stand) -> Option<Undo> {
    instead_of(&stand.hub, |hub| fs::write(hub, "a file").unwrap())
}

/// Moves the hub to a disk of its own.
fn on_a_disk(stand: &mut Stand) -> Option<()> {
    let disk = Disk::of_kib(DISK_KIB, stand.folder.path().join("disk"))?;
    let hub = disk.path.join("hub");
    copy(&stand.hub, &hub);
    stand.hub = hub;
    stand.disks.push(disk);
    fs::write(stand.folder.path().join("more.csv"), MORE).unwrap();
    fs::write(stand.folder.path().join("customers.csv"), "customer_no,rep_code,name\nC1,P1,New\n").unwrap();
    Some(())
}

pub(super) fn read_only_disk(stand: &mut Stand) -> Option<Undo> {
    on_a_disk(stand)?;
    stand.disks[0].writable(false);
    undo(|stand| stand.disks[0].writable(true))
}

pub(super) fn full_disk(stand: &mut Stand) -> Option<Undo> {
    on_a_disk(stand)?;
    // The log's index is there while any program has the database open; without room for it a hub that is
    // only read would not open either.
    let reader = Meddler::on(&stand.hub.join("hub.db"), "SELECT count(*) FROM accounts");
    stand.disks[0].fill();
    undo(|stand| {
        stand.disks[0].free();
        reader.leave();
    })
}

/// The hub is elsewhere, and `--data` names a folder that is not there yet.
fn new_on_a_disk(stand: &mut Stand) -> Option<PathBuf> {
    let disk = Disk::of_kib(DISK_KIB, stand.folder.path().join("disk"))?;
    let new = disk.path.join("new");
    stand.disks.push(disk);
    Some(std::mem::replace(&mut stand.hub, new))
}

pub(super) fn new_on_read_only_disk(stand: &mut Stand) -> Option<Undo> {
    let own = new_on_a_disk(stand)?;
    stand.disks[0].writable(false);
    undo(move |stand| {
        stand.disks[0].writable(true);
        stand.hub = own;
    })
}

pub(super) fn new_on_full_disk(stand: &mut Stand) -> Option<Undo> {
    let own = new_on_a_disk(stand)?;
    stand.disks[0].fill();
    undo(move |stand| {
        stand.disks[0].free();
        stand.hub = own;
    })
}

fn other_secret(stand: &Stand, name: &str, put: impl FnOnce(&Path)) -> Option<Undo> {
    instead_of(&stand.hub.join("secrets").join(name), put)
}

pub(super) fn cut_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "token.key", |path| fs::write(path, [7; 31]).unwrap())
}

pub(super) fn empty_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "token.key", |path| fs::write(path, "").unwrap())
}

pub(super) fn lost_master_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "master.key", |_| ())
}

pub(super) fn cut_master_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "master.key", |path| fs::write(path, "7".repeat(63)).unwrap())
}

pub(super) fn foreign_master_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "master.key", |path| fs::write(path, "7".repeat(64)).unwrap())
}

/// Root reads every file, but nobody a folder.
pub(super) fn unreadable_key(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "token.key", |path| fs::create_dir(path).unwrap())
}

pub(super) fn cut_stream(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "own-stream.id", |path| fs::write(path, [7; 15]).unwrap())
}

pub(super) fn empty_stream(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "own-stream.id", |path| fs::write(path, "").unwrap())
}

pub(super) fn empty_address(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "database.url", |path| fs::write(path, "").unwrap())
}

pub(super) fn junk_address(stand: &mut Stand) -> Option<Undo> {
    other_secret(stand, "database.url", |path| fs::write(path, [0xff; 40]).unwrap())
}

pub(super) fn lost_secrets(stand: &mut Stand) -> Option<Undo> {
    instead_of(&stand.hub.join("secrets"), |_| ())
}

fn other_database(stand: &Stand, put: impl FnOnce(&Path)) -> Option<Undo> {
    fs::write(stand.folder.path().join("more.csv"), MORE).unwrap();
    let database = stand.hub.join("hub.db");
    let undo_it = instead_of(&database, put);
    undo(move |stand| {
        for beside in ["hub.db-wal", "hub.db-shm"] {
            remove(&stand.hub.join(beside));
        }
        undo_it.unwrap()(stand);
    })
}

pub(super) fn lost_database(stand: &mut Stand) -> Option<Undo> {
    other_database(stand, |_| ())
}

/// What is in the log is all there is: it must not be thrown away.
pub(super) fn lost_but_for_its_log(stand: &mut Stand) -> Option<Undo> {
    other_database(stand, |path| fs::write(path.with_file_name("hub.db-wal"), [7; 4_096]).unwrap())
}

pub(super) fn empty_database(stand: &mut Stand) -> Option<Undo> {
    other_database(stand, |path| fs::write(path, "").unwrap())
}

pub(super) fn folder_for_database(stand: &mut Stand) -> Option<Undo> {
    other_database(stand, |path| fs::create_dir(path).unwrap())
}

/// The database's bytes, changed.
fn changed_bytes(stand: &Stand, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Option<Undo> {
    let good = fs::read(stand.hub.join("hub.db")).unwrap();
    other_database(stand, |path| fs::write(path, change(good)).unwrap())
}

pub(super) fn junk_database(stand: &mut Stand) -> Option<Undo> {
    changed_bytes(stand, |good| vec![0x5a; good.len()])
}

pub(super) fn damaged_pages(stand: &mut Stand) -> Option<Undo> {
    changed_bytes(stand, |mut good| {
        let page = 4_096;
        good[page..].fill(0xa5);
        good
    })
}

pub(super) fn cut_database(stand: &mut Stand) -> Option<Undo> {
    changed_bytes(stand, |good| good[..good.len() / 2].to_vec())
}

/// The database after a statement of somebody who should not.
fn after(stand: &Stand, sql: &'static str) -> Option<Undo> {
    let good = fs::read(stand.hub.join("hub.db")).unwrap();
    other_database(stand, |path| {
        fs::write(path, good).unwrap();
        statement(path, sql);
    })
}

pub(super) fn damaged_row(stand: &mut Stand) -> Option<Undo> {
    after(stand, "UPDATE accounts SET role = 'nobody'")
}

pub(super) fn changed_feed(stand: &mut Stand) -> Option<Undo> {
    after(stand, "UPDATE feed SET payload = x'00' WHERE seq = 1")
}

pub(super) fn changed_step(stand: &mut Stand) -> Option<Undo> {
    after(stand, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1")
}

pub(super) fn newer_database(stand: &mut Stand) -> Option<Undo> {
    let newer = "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, execution_time \
                 FROM _sqlx_migrations WHERE version = 1";
    statement(&stand.hub.join("hub.db"), newer);
    undo(|stand| statement(&stand.hub.join("hub.db"), "DELETE FROM _sqlx_migrations WHERE version = 9999"))
}

pub(super) fn held_database(stand: &mut Stand) -> Option<Undo> {
    let holder = Meddler::on(&stand.hub.join("hub.db"), "BEGIN IMMEDIATE");
    undo(move |_| holder.leave())
}

/// Something that answers where PostgreSQL would, and is none.
pub(super) fn no_postgres(stand: &mut Stand) -> Option<Undo> {
    let back = no_folder(stand)?;
    let listener = UnixListener::bind(stand.folder.path().join(".s.PGSQL.5432")).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // Whoever hung up first wants no answer.
            drop(stream.read(&mut [0; 1_024]).and_then(|_| stream.write_all(b"220 mail.example ESMTP\r\n")));
        }
    });
    undo(move |stand| back(stand))
}

fn settings(stand: &Stand, text: &[u8]) -> Option<Undo> {
    let file = stand.hub.join("fieldbook.toml");
    fs::write(&file, text).unwrap();
    undo(move |_| remove(&file))
}

pub(super) fn unknown_setting(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"colour = 1\n")
}

pub(super) fn setting_of_a_wrong_type(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"[http]\ndrain_s = \"soon\"\n")
}

pub(super) fn setting_out_of_range(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"[gate]\nmemory_mib = 1\n")
}

pub(super) fn no_toml(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"this is no toml")
}

pub(super) fn settings_of_bytes(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"\xff\xfe\x00")
}

pub(super) fn unreadable_settings(stand: &mut Stand) -> Option<Undo> {
    let file = stand.hub.join("fieldbook.toml");
    fs::create_dir(&file).unwrap();
    undo(move |_| remove(&file))
}

pub(super) fn no_zone(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"zone = \"Seoul\"\n")
}

pub(super) fn no_filter(stand: &mut Stand) -> Option<Undo> {
    settings(stand, b"[log]\nfilter = \"server=loud\"\n")
}

/// A file to import.
fn sheet(stand: &Stand, bytes: &[u8]) -> Option<Undo> {
    fs::write(stand.folder.path().join("sheet.csv"), bytes).unwrap();
    undo(|_| ())
}

pub(super) fn junk_sheet(stand: &mut Stand) -> Option<Undo> {
    let junk: Vec<u8> = (0..4_000_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    sheet(stand, &junk)
}

pub(super) fn missing_column(stand: &mut Stand) -> Option<Undo> {
    sheet(stand, b"region_code,region_name,branch_code,branch_name,rep_code\nR1,Region,B1,Branch,P2\n")
}

pub(super) fn empty_sheet(stand: &mut Stand) -> Option<Undo> {
    sheet(stand, b"")
}

/// As old Korean programs write.
pub(super) fn korean_sheet(stand: &mut Stand) -> Option<Undo> {
    let row = b"\nR1,\xbc\xad\xbf\xef,B1,Branch,P2,New\n";
    sheet(stand, &[HEADER.as_bytes(), row].concat())
}

pub(super) fn wide_sheet(stand: &mut Stand) -> Option<Undo> {
    let wide: Vec<_> = MORE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    sheet(stand, &[b"\xff\xfe".as_slice(), &wide].concat())
}

pub(super) fn huge_line(stand: &mut Stand) -> Option<Undo> {
    sheet(stand, format!("{HEADER}\nR1,{},B1,Branch,P2,New\n", "x".repeat(5_000_000)).as_bytes())
}

/// How a workbook begins.
pub(super) fn xlsx(stand: &mut Stand) -> Option<Undo> {
    sheet(
        stand,
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xee\x9dN\xb6[Content_Types].xml\xad\x94,\n\r\x00",
    )
}

pub(super) fn customers_of_nobody(stand: &mut Stand) -> Option<Undo> {
    sheet(stand, format!("customer_no,rep_code,name\nC1,P9,{NAME}\n").as_bytes())
}

pub(super) fn huge_file(stand: &mut Stand) -> Option<Undo> {
    let file = stand.folder.path().join("sheet.csv");
    fs::File::create(&file).unwrap().set_len(65 * 1_024 * 1_024).unwrap();
    undo(move |_| remove(&file))
}

pub(super) fn junk_map(stand: &mut Stand) -> Option<Undo> {
    fs::write(stand.folder.path().join("map.toml"), "this is no toml").unwrap();
    customers_of_nobody(stand)
}

pub(super) fn keys(stand: &mut Stand) -> Option<Undo> {
    let pem = |kind, text| format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n");
    let put = |name, text: String| fs::write(stand.folder.path().join(name), text).unwrap();
    put("cert.pem", pem("CERTIFICATE", CERTIFICATE));
    put("key.pem", pem("PRIVATE KEY", ITS_KEY));
    put("other.pem", pem("PRIVATE KEY", OTHER_KEY));
    undo(|_| ())
}
