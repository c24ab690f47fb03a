//! One simulated device: the shipping client over a store in memory.

use client_sdk::store::MemoryStore;
use client_sdk::{Client, ClientError, SyncReport};
use document_model::{DeviceId, Moment};
use jiff::tz::TimeZone;
use sync_protocol::limits;

use super::choice::Entropies;
use super::net::{Net, SimTransport, Work};

/// The client of a simulated device.
pub(crate) type SimClient = Client<MemoryStore, SimTransport>;

/// An exchange that came to its end: the client back, what was done, whether another should follow.
type Finished = (SimClient, SyncReport, Result<bool, ClientError>);

/// A device of a run.
pub struct SimDevice {
    /// Its registration.
    pub id: DeviceId,
    /// Which rep's it is.
    pub rep: usize,
    /// Its durable store.
    pub store: MemoryStore,
    /// The client, while nothing is under way.
    pub(crate) client: Option<SimClient>,
    /// The exchange under way.
    pub(crate) under_way: Option<Work<Finished>>,
    /// An older copy of the store and the edits it is sure to hold.
    pub(crate) backup: Option<(MemoryStore, Vec<u64>)>,
    /// Edits saved on this device.
    pub(crate) edits: Vec<u64>,
    /// Its place in the order of devices, for its randomness.
    pub(crate) number: u64,
    /// How often it was started.
    starts: u64,
    seed: u64,
    net: Net,
}

impl SimDevice {
    /// A new device of `rep`, signed in.
    pub(crate) async fn sign_in(
        seed: u64,
        number: u64,
        rep: usize,
        rep_code: &str,
        net: &Net,
        now: Moment,
    ) -> Result<Self, ClientError> {
        let store = MemoryStore::new();
        let mut client = open(seed, number, 0, &store, net).await?;
        let name = format!("device {number}");
        let signed_in = client.sign_in("hub", rep_code, "password", &name, now).await?;
        shrink_pages(&mut client, number);
        Ok(Self {
            id: signed_in.device,
            rep,
            store,
            client: Some(client),
            under_way: None,
            backup: None,
            edits: Vec::new(),
            number,
            starts: 1,
            seed,
            net: net.clone(),
        })
    }

    /// Another device with a copy of this one's store.
    pub(crate) async fn clone_device(&self, number: u64) -> Result<Self, ClientError> {
        let store = self.store.fork();
        let client = open(self.seed, number, 0, &store, &self.net).await?;
        Ok(Self {
            id: self.id,
            rep: self.rep,
            store,
            client: Some(client),
            under_way: None,
            backup: None,
            edits: self.edits.clone(),
            number,
            starts: 1,
            seed: self.seed,
            net: self.net.clone(),
        })
    }

    /// Starts the device again from what its store holds; whatever was under way is gone.
    pub(crate) async fn restart(&mut self) -> Result<(), ClientError> {
        self.under_way = None;
        self.store.reopen();
        self.starts += 1;
        self.client = Some(open(self.seed, self.number, self.starts, &self.store, &self.net).await?);
        Ok(())
    }

    /// Begins an exchange.
    pub(crate) fn begin_exchange(&mut self, now: Moment) {
        let Some(mut client) = self.client.take() else { return };
        self.under_way = Some(Box::pin(async move {
            let mut report = SyncReport::default();
            let result = client.exchange(now, &mut report).await;
            (client, report, result)
        }));
    }
}

async fn open(
    seed: u64,
    number: u64,
    starts: u64,
    store: &MemoryStore,
    net: &Net,
) -> Result<SimClient, ClientError> {
    let zone = TimeZone::get("Asia/Seoul").expect("the zone is bundled");
    let entropy = Box::new(Entropies::new(seed, number * 1_000_003 + starts));
    let mut client = Client::open(store.clone(), SimTransport { net: net.clone() }, zone, entropy).await?;
    shrink_pages(&mut client, number);
    Ok(client)
}

/// Every second device is on a thin link and asks for small pages.
fn shrink_pages(client: &mut SimClient, number: u64) {
    if let Ok(engine) = client.engine_mut()
        && number % 2 == 1
    {
        engine.set_page_bytes(limits::PAGE_BYTES_MIN as u32);
    }
}
