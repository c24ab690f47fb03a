//! A load balancer in its simplest form: each connection goes to the next hub that takes it. It tells who has
//! just been given a request, for those who want to kill a hub at its worst moment.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Bytes of a request after which it counts as given.
const REQUEST_BYTES: usize = 64 * 1024;

/// Listens on this machine and passes connections on; it stops when dropped.
pub struct Balancer {
    address: SocketAddr,
    passed: Arc<AtomicUsize>,
    /// Tells which hub was just given a request.
    given: Mutex<Receiver<usize>>,
    task: JoinHandle<()>,
}

impl Balancer {
    /// In front of these hubs, `HOST:PORT` each.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn before(hubs: Vec<String>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let passed = Arc::new(AtomicUsize::new(0));
        let (gives, given) = mpsc::channel();
        let count = passed.clone();
        let task = tokio::spawn(async move {
            while let Ok((device, _)) = listener.accept().await {
                let turn = count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(pass_on(device, hubs.clone(), turn, gives.clone()));
            }
        });
        Ok(Self { address, passed, given: Mutex::new(given), task })
    }

    /// Where devices reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections passed on so far.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// Waits for the next request; the hub it was given to. `None` when none comes for so long.
    #[must_use]
    pub fn next_at_work(&self, patience: Duration) -> Option<usize> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(patience).ok()
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Connects to the hub whose turn it is, or to the next one that is there; where none is, the device's
/// connection just closes.
async fn pass_on(mut device: TcpStream, hubs: Vec<String>, turn: usize, gives: Sender<usize>) {
    for offset in 0..hubs.len() {
        let index = (turn + offset) % hubs.len();
        if let Ok(mut hub) = TcpStream::connect(&hubs[index]).await {
            let mut request = vec![0; REQUEST_BYTES];
            let Ok(read) = device.read(&mut request).await else { return };
            if hub.write_all(&request[..read]).await.is_err() {
                return;
            }
            // Nobody may want to know.
            _ = gives.send(index);
            // A side that breaks off is what these connections are for.
            drop(tokio::io::copy_bidirectional(&mut device, &mut hub).await);
            return;
        }
    }
}
