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
const PIECES_PER_THREAD: usize = 64;

/// What `work` makes of each piece, in their order. Natively on all cores, in a browser one by one.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn map_each<T: Sync, R: Send>(pieces: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(pieces.len() / PIECES_PER_THREAD);
    if threads < 2 {
        return pieces.iter().map(work).collect();
    }
    let map = |part: &[T]| part.iter().map(&work).collect::<Vec<R>>();
    std::thread::scope(|scope| {
        let parts = pieces.chunks(pieces.len().div_ceil(threads));
        let running: Vec<_> = parts.map(|part| scope.spawn(|| map(part))).collect();
        let done = running.into_iter().map(|thread| thread.join());
        done.flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// What `work` makes of each piece, in their order. Natively on all cores, in a browser one by one.
#[cfg(target_arch = "wasm32")]
pub(crate) fn map_each<T, R>(pieces: &[T], work: impl Fn(&T) -> R) -> Vec<R> {
    pieces.iter().map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_order() {
        for count in [0, 1, 63, 64, 127, 128, 1_000, 1_001] {
            let pieces: Vec<usize> = (0..count).collect();
            let doubled: Vec<_> = pieces.iter().map(|piece| piece * 2).collect();
            assert_eq!(map_each(&pieces, |piece| piece * 2), doubled);
        }
    }
}
