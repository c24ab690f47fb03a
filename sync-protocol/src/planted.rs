//! Planted bugs: deliberate faults in the shipping hub and engine, compiled in only with the feature
//! `planted-bugs`, to prove that the simulation sees what it should see.
//!
//! Without the feature [`armed`] is constant `false` and every planted branch is compiled away.

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// One deliberate fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $($(#[$doc])* $name,)*
        }

        impl Bug {
            /// Every planted bug.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

bugs! {
    /// The hub acknowledges a push although its commit failed.
    AcknowledgeBeforeCommit,
    /// Storage applies a commit computed from an older version of a document.
    NoVersionCheck,
    /// The hub stores and numbers changes that history holds already.
    NoDeduplication,
    /// The hub stores changes whose parents are missing.
    OrphanStored,
    /// The folder adds entries to the cells and leaves them pending.
    FoldTwice,
    /// The hub serves every book to every device.
    NoScope,
    /// A page that is cut short carries the cursor of the feed's end.
    CursorSkipsEntries,
    /// The ledger posts a policy's new state without undoing the old one.
    PostWithoutUndo,
    /// The hub accepts an edit and also its second authoring.
    ReplacementTwice,
    /// The device stores its new cursor before the entries it covers.
    CursorBeforeApply,
    /// The device empties its outbox when it sends, not when it is acknowledged.
    ForgetOnSend,
    /// The device throws refused edits away instead of putting them into the tray.
    DropRefused,
    /// The device authors edits again on the newest state, so that clashes become overwrites.
    ReauthorOnNewBase,
    /// The device keeps documents that left its books.
    KeepLeftDocuments,
    /// The device does not try again after a failed exchange until the next edit.
    RetryNotArmed,
    /// The device throws away its unsent edits of a document that leaves its books.
    DropTailOnLeave,
    /// Compaction puts a document's snapshot where its oldest entry is, not where its newest is.
    SnapshotTooEarly,
    /// The device writes its unsent edits on a new lineage whatever others wrote there.
    SupersededOverwrites,
}

#[cfg(feature = "planted-bugs")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static ARMED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Arms one bug on this thread, or none.
    pub fn arm(bug: Option<Bug>) {
        ARMED.set(bug);
    }

    /// True when this bug is armed on this thread.
    #[must_use]
    pub fn armed(bug: Bug) -> bool {
        ARMED.get() == Some(bug)
    }
}

#[cfg(not(feature = "planted-bugs"))]
mod switch {
    /// Always false: no bug is compiled in.
    #[must_use]
    pub const fn armed(_: super::Bug) -> bool {
        false
    }
}

#[cfg(feature = "planted-bugs")]
pub use switch::arm;
pub use switch::armed;
