//! The one seam between native and browser builds.
//!
//! Natively a store and its futures move between threads, so they must be `Send` and `Sync`. In a
//! browser there is one thread and the handles of IndexedDB are neither. Generic code asks for
//! [`MaybeSend`] and [`MaybeSync`] and needs no `cfg` of its own. Work on many pieces that do not
//! know of each other goes through [`map_each`], which uses every core where there are several.

/// `Send` natively, nothing on `wasm32`.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSend: Send {}

#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Send` natively, nothing on `wasm32`.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSend {}

#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> MaybeSend for T {}

/// `Sync` natively, nothing on `wasm32`.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSync: Sync {}

#[cfg(not(target_arch = "wasm32"))]
impl<T: Sync + ?Sized> MaybeSync for T {}

/// `Sync` natively, nothing on `wasm32`.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSync {}

#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> MaybeSync for T {}

/// Fewer pieces than this are not worth a thread.
#[cfg(not(target_arch = "wasm32"))]
const PIECES_PER_THREAD: usize = 24;

/// What `work` makes of each piece, in their order. Natively on all cores, in a browser one by one.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn map_each<T: Send, R: Send>(pieces: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let worth = pieces.len() / PIECES_PER_THREAD;
    // Asking for the number of cores reads several files.
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if worth < 2 { 1 } else { worth.min(cores()) };
    if threads < 2 {
        return pieces.into_iter().map(work).collect();
    }
    let map = |part: Vec<T>| part.into_iter().map(&work).collect::<Vec<R>>();
    let most = pieces.len().div_ceil(threads);
    let mut pieces = pieces.into_iter();
    let parts: Vec<Vec<T>> = (0..threads).map(|_| pieces.by_ref().take(most).collect()).collect();
    std::thread::scope(|scope| {
        let mut parts = parts.into_iter();
        let own = parts.next().unwrap_or_default();
        let running: Vec<_> = parts.map(|part| scope.spawn(|| map(part))).collect();
        let mut done = map(own);
        for thread in running {
            done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    })
}

/// What `work` makes of each piece, in their order. Natively on all cores, in a browser one by one.
#[cfg(target_arch = "wasm32")]
pub(crate) fn map_each<T, R>(pieces: Vec<T>, work: impl Fn(T) -> R) -> Vec<R> {
    pieces.into_iter().map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order() {
        for count in [0, 1, 23, 24, 47, 48, 49, 1_000, 1_001] {
            let pieces: Vec<usize> = (0..count).collect();
            let doubled: Vec<_> = pieces.iter().map(|piece| piece * 2).collect();
            assert_eq!(map_each(pieces, |piece| piece * 2), doubled);
        }
    }
}
