//! Places for open sockets: so many in all, a few for each device.
//!
//! A phone on a bad network leaves sockets behind that nobody has noticed are dead. So a device that
//! opens one more than it may have is not refused: its oldest is hung up.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use document_model::DeviceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Sockets one device may have.
const PER_DEVICE: usize = 2;

/// All places. Clones share them.
#[derive(Clone)]
pub(super) struct Sockets {
    places: usize,
    room: Arc<Semaphore>,
    seats: Arc<Mutex<HashMap<DeviceId, VecDeque<CancellationToken>>>>,
}

impl Sockets {
    /// Room for so many.
    pub(super) fn new(room: usize) -> Self {
        Self { places: room, room: Arc::new(Semaphore::new(room)), seats: Arc::default() }
    }

    /// How many places are taken, and how many there are.
    pub(super) fn in_use(&self) -> (usize, usize) {
        (self.places.saturating_sub(self.room.available_permits()), self.places)
    }

    /// A place for a socket of nobody knows whom yet; `None` when the house is full. It is free again
    /// when dropped.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.room.clone().try_acquire_owned().ok()
    }

    /// The seat of a device's newest socket.
    pub(super) fn seat(&self, device: DeviceId) -> Seat {
        let seat = Seat { sockets: self.clone(), device, given_up: CancellationToken::new() };
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let own = seats.entry(device).or_default();
        own.push_back(seat.given_up.clone());
        if own.len() > PER_DEVICE
            && let Some(oldest) = own.pop_front()
        {
            oldest.cancel();
        }
        seat
    }

    /// Hangs up every socket of a device.
    pub(super) fn hang_up(&self, device: DeviceId) {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.get(&device).into_iter().flatten().for_each(CancellationToken::cancel);
    }
}

/// The seat of one open socket; free again when dropped.
pub(super) struct Seat {
    sockets: Sockets,
    device: DeviceId,
    given_up: CancellationToken,
}

impl Seat {
    /// Ends when the seat is given up: to a newer socket of the device, or because it signed out.
    pub(super) async fn given_up(&self) {
        self.given_up.cancelled().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Cancelled is how it is told from the device's other seats.
        self.given_up.cancel();
        let mut seats = self.sockets.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = seats.get_mut(&self.device) {
            own.retain(|seat| !seat.is_cancelled());
            if own.is_empty() {
                seats.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_sockets_of_a_device_stay() {
        let sockets = Sockets::new(10);
        let (device, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let taken = |seat: &Seat| seat.given_up.is_cancelled();
        let first = sockets.seat(device);
        let elsewhere = sockets.seat(other);
        let second = sockets.seat(device);
        let third = sockets.seat(device);
        assert_eq!([&first, &elsewhere, &second, &third].map(taken), [true, false, false, false]);
        drop(first);
        drop(second);
        let fourth = sockets.seat(device);
        assert_eq!([&third, &fourth].map(taken), [false, false], "the second made room");
        drop((elsewhere, third, fourth));
        let last = sockets.seat(device);
        sockets.hang_up(device);
        assert!(taken(&last));
        drop(last);
        assert!(sockets.seats.lock().unwrap().is_empty(), "nothing is kept of those who left");
    }

    #[test]
    fn the_house_has_its_size() {
        let sockets = Sockets::new(1);
        let place = sockets.enter();
        assert!(place.is_some() && sockets.enter().is_none());
        assert_eq!(sockets.in_use(), (1, 1));
        drop(place);
        assert!(sockets.enter().is_some());
    }
}
