//! The program `fieldbook serve` with its workers, from a device's end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};

use client_sdk::transport::{NativeTransport, Transport};
use document_model::{BookId, DocumentId, UnitCode};
use serde_json::Value;
use sync_protocol::sign_in::{SignInRequest, SignInResponse};
use sync_protocol::{
    PushResult, PushedChange, PushedDocument, StreamState, SyncRequest, SyncResponse, limits,
};
use tempfile::TempDir;
use tests::black_box::get_json;
use tests::forger::quiet_request;
use tests::gate::payloads;
use tests::programs::{has_ended, program};

use super::*;

const PASSWORD: &str = "a password for this test";

/// A served hub with one rep, kim; ended when the test is.
struct Served {
    hub: Child,
    address: String,
    folder: TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.hub.kill());
        drop(self.hub.wait());
    }
}

impl Served {
    /// Serves from a copy of the program, which is deleted once it runs: as when another version is
    /// installed over it.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("fieldbook");
        std::fs::copy(program("fieldbook"), &copy).unwrap();
        let org = folder.path().join("org.csv");
        std::fs::write(
            &org,
            "region_code,region_name,branch_code,branch_name,rep_code,rep_name\nR1,Seoul,B1,Gangnam,P1,Kim\n",
        )
        .unwrap();
        let command = |arguments: &[&str]| {
            let mut command = Command::new(&copy);
            command.arg("--data").arg(folder.path().join("data")).args(arguments);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).env("FIELDBOOK__GATE__WORKERS", "2");
            command
        };
        let mut import = command(&["import", "org", org.to_str().unwrap()]).spawn().unwrap();
        assert!(import.wait().unwrap().success());
        let add = ["user", "add", "--name", "kim", "--role", "rep", "--unit", "P1", "--password-stdin"];
        let mut add = command(&add).spawn().unwrap();
        writeln!(add.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(add.wait().unwrap().success());
        let mut hub = command(&["serve", "--listen", "127.0.0.1:0", "--json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(hub.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        std::fs::remove_file(&copy).unwrap();
        Self { hub, address: said["address"].as_str().unwrap().to_owned(), folder }
    }

    fn workers(&self) -> Vec<u32> {
        children_of(self.hub.id())
    }

    async fn sign_in(&self) -> SignInResponse {
        let request = SignInRequest {
            user: "kim".to_owned(),
            password: PASSWORD.to_owned(),
            device_name: "phone".to_owned(),
        };
        NativeTransport::new().unwrap().sign_in(&self.address, &request).await.unwrap()
    }

    /// Pushes new customers, each with these changes.
    async fn push(
        &self,
        signed: &SignInResponse,
        current: u64,
        pushes: Vec<(u64, Vec<u8>)>,
    ) -> Vec<PushResult> {
        let document = |(number, change): (u64, Vec<u8>)| PushedDocument {
            document: Some(DocumentId::derived("test", &number.to_string())),
            kind: Kind::Customer,
            lineage: 1,
            book: BookId::of_rep(&UnitCode::from("P1")),
            changes: vec![PushedChange { bytes: change.into(), replaces: None }],
            proofs: None,
        };
        let stream = StreamState { actor: STREAM, current, next: current + 1 };
        let pushes = pushes.into_iter().map(document).collect();
        let page_bytes = limits::PAGE_BYTES as u32;
        let request = SyncRequest { pushes, page_bytes, ..quiet_request(signed.device, stream) };
        let message = sync_protocol::encode(&request);
        let transport = NativeTransport::new().unwrap();
        let answer = transport.exchange(&self.address, &signed.access_token, message).await.unwrap();
        let response: SyncResponse = sync_protocol::decode(&answer.body, limits::RESPONSE_BYTES).unwrap();
        response.results
    }

    /// What `/readyz` says.
    fn readiness(&self) -> Value {
        get_json(self.address.trim_start_matches("http://"), "/readyz")
    }

    async fn wait(&mut self) -> ExitStatus {
        until("the hub has ended", async || has_ended(self.hub.id())).await;
        self.hub.wait().unwrap()
    }
}

/// A good first change of a new customer.
fn good_change() -> Vec<u8> {
    good_jobs().unwrap()[0].job.changes[0].bytes.clone()
}

#[tokio::test]
async fn hostile_pushes_are_refused_and_what_is_pushed_beside_them_is_taken() {
    let mut served = Served::start();
    let ready = served.readiness();
    assert_eq!((&ready["status"], &ready["gate"]), (&"ready".into(), &"limited workers".into()));
    let kim = served.sign_in().await;
    let hostile: Vec<_> = payloads().into_iter().map(|payload| payload.change).collect();
    let innocents = hostile.iter().map(|_| good_change());
    let pushes = (0..).zip(hostile.iter().cloned().zip(innocents).flat_map(|(bad, good)| [bad, good]));
    let results = served.push(&kim, 0, pushes.collect()).await;
    assert_eq!(results.len(), 2 * hostile.len());
    for pair in results.chunks(2) {
        assert!(matches!(pair[0], PushResult::Refused { from: 0, .. } | PushResult::Fork), "{:?}", pair[0]);
        assert!(matches!(pair[1], PushResult::Accepted), "{:?}", pair[1]);
    }

    // The file the program was started from is gone; a replaced worker is of the same program.
    let workers = served.workers();
    assert_eq!(workers.len(), 2);
    workers.iter().for_each(|worker| kill(*worker, Signal::KILL));
    let results = served.push(&kim, 1, vec![(10_000, good_change())]).await;
    assert!(matches!(results[..], [PushResult::Accepted]), "{results:?}");

    kill(served.hub.id(), Signal::TERM);
    let workers = served.workers();
    assert!(served.wait().await.success());
    until("all workers have ended", async || workers.iter().all(|worker| has_ended(*worker))).await;
    assert!(served.folder.path().join("data").is_dir());
}

#[tokio::test]
async fn idle_workers_do_not_outlive_a_killed_hub() {
    let mut served = Served::start();
    let workers = served.workers();
    assert!(!workers.is_empty());
    kill(served.hub.id(), Signal::KILL);
    served.wait().await;
    until("all workers have ended", async || workers.iter().all(|worker| has_ended(*worker))).await;
}
