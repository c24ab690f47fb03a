//! Puts the built console, `web/dist`, into the hub: every file as it is, and compressed where that is shorter.
//!
//! A hub builds without it, and without Node: it then says at `/` how the console is built.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Where the console lies once it is built, seen from this crate.
const DIST: &str = "../web/dist";
/// A file that gains less than a tenth is sent as it is.
const WORTH_IT: (usize, usize) = (9, 10);
/// Brotli's best quality and window: it is done once, and read over thin lines ever after.
const BROTLI: (u32, u32) = (11, 22);
/// Bytes Brotli takes at a time.
const BUFFER_BYTES: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let dist = PathBuf::from(from_cargo("CARGO_MANIFEST_DIR")).join(DIST);
    let out = PathBuf::from(from_cargo("OUT_DIR"));
    if !dist.exists() {
        // Where it cannot be made, the hub is built anew each time, and no more comes of it.
        drop(make_as_of_old(&dist));
    }
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for (number, file) in files.iter().enumerate() {
        list += &embedded(&dist, file, &out, number)?;
    }
    list += "]\n";
    fs::write(out.join("console.rs"), list)
}

fn from_cargo(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("Cargo sets {name} for build scripts"))
}

/// Makes a folder that looks older than this build. Of one that is missing Cargo knows no time, and one made
/// meanwhile is news: either way it would build the hub once more than it must.
fn make_as_of_old(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::File::open(folder)?.set_modified(SystemTime::UNIX_EPOCH)
}

/// All files of a folder and of those in it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The list's entry for a file, with what it is compressed to beside it.
fn embedded(dist: &Path, file: &Path, out: &Path, number: usize) -> io::Result<String> {
    let inside = file.strip_prefix(dist).map_err(io::Error::other)?;
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    let plain = fs::read(file)?;
    let path = format!("/{}", parts.join("/"));
    let mut entry = String::new();
    let absolute = fs::canonicalize(file)?;
    write!(entry, "    Embedded {{ path: {path:?}, plain: include_bytes!({absolute:?})")
        .map_err(io::Error::other)?;
    for (name, bytes) in [("brotli", brotli(&plain)?), ("gzip", gzip(&plain)?)] {
        if bytes.len() * WORTH_IT.1 > plain.len() * WORTH_IT.0 {
            write!(entry, ", {name}: None").map_err(io::Error::other)?;
            continue;
        }
        let kept = out.join(format!("{number}.{name}"));
        fs::write(&kept, bytes)?;
        write!(entry, ", {name}: Some(include_bytes!({kept:?}))").map_err(io::Error::other)?;
    }
    entry += " },\n";
    Ok(entry)
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), BUFFER_BYTES, BROTLI.0, BROTLI.1);
    writer.write_all(plain)?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}
