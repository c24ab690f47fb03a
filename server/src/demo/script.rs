//! The script of a day: what each rep at work does on which device. Pure: the same seed and company
//! give the same day.

use document_model::sales::Sums;
use document_model::{DocumentId, UnitCode};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::company::{Company, Rep, Sale, SumsByPlace, sale};
use super::names;

/// Devices of every rep at work: a phone and a tablet.
pub const DEVICES: usize = 2;
/// The stream of the seed the day is drawn from; the company uses another.
const STREAM: u64 = 1;

/// One thing a rep does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Adds a customer; later acts of the device name it by its place among its new ones.
    Meet {
        /// The name.
        name: String,
        /// The mobile number.
        phone: String,
    },
    /// Sells a policy.
    Sell {
        /// To whom.
        to: Buyer,
        /// What.
        sale: Sale,
    },
    /// Writes a line to a customer's notes.
    Note {
        /// Whose.
        customer: DocumentId,
        /// The line.
        line: &'static str,
    },
    /// Corrects a customer's mobile number.
    Correct {
        /// Whose.
        customer: DocumentId,
        /// The new number.
        phone: String,
    },
    /// Takes down that a customer withdrew.
    Withdraw {
        /// From which policy.
        policy: DocumentId,
    },
}

/// Who buys a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buyer {
    /// A customer the book had already.
    Known(DocumentId),
    /// A customer met on this device today, by number from 0.
    Met(usize),
}

/// What one rep does today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The rep's place in [`Company::reps`].
    pub rep: usize,
    /// What is done on each device.
    pub devices: [Vec<Act>; DEVICES],
}

/// One phone number, corrected on both devices of a rep to different values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedClash {
    /// The shift's place in [`Day::shifts`].
    pub shift: usize,
    /// The customer.
    pub customer: DocumentId,
    /// The customer's name.
    pub name: String,
    /// What each device says.
    pub numbers: [String; DEVICES],
}

/// A day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Who works.
    pub shifts: Vec<Shift>,
    /// The one clash; it is among the acts of its shift.
    pub clash: PlannedClash,
}

impl Day {
    /// The day of the first `reps_at_work` reps of a company.
    #[must_use]
    pub fn write(seed: u64, company: &Company, reps_at_work: usize) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        dice.set_stream(STREAM);
        let reps = company.reps.iter().take(reps_at_work).enumerate();
        let mut shifts: Vec<_> = reps.map(|(rep, who)| shift(rep, who, &mut dice)).collect();
        let customer = &company.reps[0].customers[0];
        let numbers = [names::phone(&mut dice), names::phone(&mut dice)];
        for (acts, phone) in shifts[0].devices.iter_mut().zip(&numbers) {
            acts.push(Act::Correct { customer: customer.id, phone: phone.clone() });
        }
        let withdrawing = shifts.len() - 1;
        let policy = company.reps[withdrawing].policies.iter().find(|policy| policy.withdrawn_on.is_none());
        if let Some(policy) = policy {
            shifts[withdrawing].devices[1].push(Act::Withdraw { policy: policy.id });
        }
        let clash = PlannedClash { shift: 0, customer: customer.id, name: customer.name.clone(), numbers };
        Self { shifts, clash }
    }

    /// What the day adds to the figures.
    #[must_use]
    pub fn sums(&self, company: &Company) -> SumsByPlace {
        let mut sums = SumsByPlace::new();
        for shift in &self.shifts {
            let rep = &company.reps[shift.rep];
            let region = &company.region_of(rep).code;
            for act in shift.devices.iter().flatten() {
                post(act, rep, region, &mut sums);
            }
        }
        sums
    }
}

fn post(act: &Act, rep: &Rep, region: &UnitCode, sums: &mut SumsByPlace) {
    let mut place = |sale: &Sale, change: Sums| {
        sums.entry((region.clone(), sale.product.clone())).or_default().add(&change);
    };
    match act {
        Act::Sell { sale, .. } => place(sale, sale.sold()),
        Act::Withdraw { policy } => {
            let sold = rep.policies.iter().find(|known| known.id == *policy);
            sold.into_iter().for_each(|policy| place(&policy.sale, policy.sale.withdrawn()));
        }
        Act::Meet { .. } | Act::Note { .. } | Act::Correct { .. } => {}
    }
}

fn shift(rep: usize, who: &Rep, dice: &mut ChaCha8Rng) -> Shift {
    let mut device = || {
        // Customer 0 is the clash's own.
        let known = |dice: &mut ChaCha8Rng| who.customers[dice.random_range(1..who.customers.len())].id;
        let mut acts = vec![Act::Meet { name: names::person(dice), phone: names::phone(dice) }];
        acts.push(Act::Sell { to: Buyer::Met(0), sale: sale(dice) });
        for _ in 0..dice.random_range(1..=2) {
            acts.push(Act::Sell { to: Buyer::Known(known(dice)), sale: sale(dice) });
        }
        acts.push(Act::Note { customer: known(dice), line: names::note(dice) });
        acts
    };
    Shift { rep, devices: [device(), device()] }
}

#[cfg(test)]
mod tests {
    use super::super::company::tests::company;
    use super::*;

    #[test]
    fn the_same_seed_writes_the_same_day() {
        let company = company(7, 48);
        assert_eq!(Day::write(7, &company, 6), Day::write(7, &company, 6));
        assert_ne!(Day::write(7, &company, 6), Day::write(8, &company, 6));
    }

    #[test]
    fn a_day_has_one_clash_and_one_withdrawal() {
        for reps in [1, 2, 48] {
            let company = company(3, reps);
            let day = Day::write(3, &company, 6);
            assert_eq!(day.shifts.len(), reps.min(6));
            let acts = || day.shifts.iter().flat_map(|shift| shift.devices.iter().flatten());
            assert_eq!(acts().filter(|act| matches!(act, Act::Withdraw { .. })).count(), 1);
            let on_clash =
                |act: &&Act| matches!(act, Act::Correct { customer, .. } if *customer == day.clash.customer);
            assert_eq!(acts().filter(on_clash).count(), DEVICES);
            assert_ne!(day.clash.numbers[0], day.clash.numbers[1]);
        }
    }

    #[test]
    fn the_day_sums_up_to_its_acts() {
        let company = company(3, 48);
        let day = Day::write(3, &company, 6);
        let sums = day.sums(&company);
        let sold: i64 = sums.values().map(|sums| sums.sold).sum();
        let acts = day.shifts.iter().flat_map(|shift| shift.devices.iter().flatten());
        assert_eq!(sold, acts.filter(|act| matches!(act, Act::Sell { .. })).count() as i64);
        assert_eq!(sums.values().map(|sums| sums.withdrawn).sum::<i64>(), 1);
    }
}
