//! The README's commands, run as they stand.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// The lines of the README's `console` blocks, without their prompts.
fn commands() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(readme).expect("the README is there");
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines =
        blocks.flat_map(str::lines).map(|line| line.strip_prefix("$ ").expect("each line is a command"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_five_minute_start_works_as_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
    let script = commands().replace("8080", &port.to_string());
    assert!(script.contains("fieldbook-rep --home phone clashes"), "the README still shows the main job");
    // The hub goes down with the script, whether it passes or fails.
    let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n{script}\n");
    let path =
        format!("{}:{}", tests::programs::folder().display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in ["김철수", "010-2222-0000", "010-3333-0000", "WL01"] {
        assert!(said.contains(expected), "the commands never print {expected}:\n{said}");
    }
}
