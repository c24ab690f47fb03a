//! Randomness of a run: one seed, split into separate streams, so that one more network fault does
//! not change what people type.

use document_model::Entropy;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The streams a seed is split into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Who goes on next.
    Schedule,
    /// What the network does.
    Network,
    /// What people do.
    Workload,
    /// What fails.
    Faults,
    /// What devices draw.
    Devices,
}

/// A random stream of a seed.
#[must_use]
pub(crate) fn stream(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream as u64 + 1);
    rng
}

/// Entropy of one device, drawn from the seed.
#[derive(Debug)]
pub struct Entropies(ChaCha8Rng);

impl Entropies {
    /// The entropy of the `index`-th device of a run.
    #[must_use]
    pub fn new(seed: u64, index: u64) -> Self {
        let mut rng = stream(seed, Stream::Devices);
        rng.set_stream(1_000 + index);
        Self(rng)
    }
}

impl Entropy for Entropies {
    fn sixteen(&mut self) -> [u8; 16] {
        self.0.random()
    }
}
