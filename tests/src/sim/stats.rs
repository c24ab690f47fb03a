//! What a run met. A count that stays zero over a whole campaign means that the campaign did not
//! test what it says.

use std::fmt;

macro_rules! stats {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counts of what a run met.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Stats {
            /// Adds another run's counts.
            pub fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }

            /// Every count with its name.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

stats! {
    /// Edits people made.
    edits,
    /// Exchanges begun.
    exchanges,
    /// Requests that never reached the hub.
    lost_requests,
    /// Answers that never reached the device.
    lost_answers,
    /// Requests delivered twice.
    repeats,
    /// Requests delivered once more, after later ones.
    reorderings,
    /// Pushes that reached the hub without the change the others stand on.
    orphans,
    /// Hub stops in the middle of work.
    hub_crashes,
    /// Device stops in the middle of work.
    device_crashes,
    /// Commits the hub's storage refused.
    failed_commits,
    /// Access tokens that ended.
    expired_tokens,
    /// Stores copied to another device.
    clones,
    /// Stores put back to an older copy.
    restores,
    /// Customers moved to another rep's book.
    moves,
    /// Fields with two values, as first seen by a device or left at the end.
    clashes,
    /// Clashes a person settled.
    resolutions,
    /// Edits that went into a tray.
    refusals,
    /// Tray items a person applied again.
    tray_applied,
    /// Stores found to be older copies or forks.
    stale_streams,
    /// Documents fetched because digests differed.
    repairs,
    /// Pushes that a waiting device's hub answered with a fork: history holds another change of the
    /// same actor and number.
    forks,
    /// Pushes whose edits history had already in another form.
    replaced,
    /// Pushes of a store that another copy had overtaken.
    stale_pushes,
    /// Times the hub's storage was put back to an older copy.
    hub_restores,
    /// Edits that devices gave back to such a hub.
    given_back,
    /// Documents whose feed entries were compacted.
    compacted,
    /// Documents that began anew.
    begun_anew,
    /// Times another master key took over.
    rotations,
    /// Times the folder ran.
    folds,
    /// Policies counted at the end.
    policies,
    /// Times a device's own figures were compared with the hub's.
    figures_compared,
    /// Of them, those in which the two differed, by the policies that the device named.
    figures_apart,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, count)) in self.named().into_iter().enumerate() {
            let gap = if index == 0 { "" } else { ", " };
            write!(f, "{gap}{} {count}", name.replace('_', " "))?;
        }
        Ok(())
    }
}
