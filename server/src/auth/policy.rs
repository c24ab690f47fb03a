//! The one authorisation function: who may do what to what.

use document_model::{DeviceId, UnitCode};

use super::Role;
use crate::organisation::Roster;

/// Who asks: an account on a registered device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account's name.
    pub user: String,
    /// Its role.
    pub role: Role,
    /// Its unit.
    pub unit: UnitCode,
    /// The device.
    pub device: DeviceId,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Receive documents.
    Read,
    /// Edit documents.
    Write,
    /// See figures.
    SeeFigures,
    /// Close days.
    CloseDay,
    /// Open exceptions to closed days and end them.
    ExceptDay,
    /// Approve days of sale that lie too far back.
    ApproveSale,
    /// Set what units are to reach.
    SetTargets,
    /// See the devices of an account and end their sign-ins.
    KeepDevices,
    /// Run the system: accounts, devices, the organisation, imports, the audit log, health.
    Administer,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Write,
        Self::SeeFigures,
        Self::CloseDay,
        Self::ExceptDay,
        Self::ApproveSale,
        Self::SetTargets,
        Self::KeepDevices,
        Self::Administer,
    ];
}

/// What it is asked of.
#[derive(Debug, Clone, Copy)]
pub enum Object<'a> {
    /// The shared book: catalogue and schemas.
    SharedBook,
    /// A book a rep is responsible for.
    Book {
        /// The rep.
        owner: &'a UnitCode,
    },
    /// The figures of a unit.
    Figures {
        /// The unit.
        unit: &'a UnitCode,
        /// The organisation it stands in.
        roster: &'a Roster,
    },
    /// The devices that an account is signed in on.
    Devices {
        /// The account's name.
        of: &'a str,
    },
    /// The system as a whole.
    System,
}

/// Whether `principal` may do `action` to `object`. Every route and every pushed document asks here.
#[must_use]
pub fn may(principal: &Principal, action: Action, object: Object<'_>) -> bool {
    match (object, action) {
        (Object::SharedBook, Action::Read) => true,
        (Object::Book { owner }, Action::Read | Action::Write) => {
            principal.role == Role::Rep && *owner == principal.unit
        }
        (Object::Figures { unit, roster }, Action::SeeFigures) => match principal.role {
            Role::Hq | Role::Admin => true,
            Role::Rep => *unit == principal.unit,
            Role::Manager => roster.within(unit, &principal.unit),
        },
        // A rep says that a day is complete; what it comes to is stamped by those who see more than their own.
        (Object::Figures { unit, roster }, Action::CloseDay) => match principal.role {
            Role::Hq | Role::Admin => true,
            Role::Rep => false,
            Role::Manager => roster.within(unit, &principal.unit),
        },
        // The stamps of all units above change with an exception, and what is approved is headquarters' record.
        (Object::Figures { .. }, Action::ExceptDay | Action::ApproveSale) => {
            matches!(principal.role, Role::Hq | Role::Admin)
        }
        // A lost phone cannot wait for an administrator.
        (Object::Devices { of }, Action::KeepDevices) => principal.role == Role::Rep && of == principal.user,
        (Object::System, Action::SetTargets) => matches!(principal.role, Role::Hq | Role::Admin),
        (Object::System, Action::Administer) => principal.role == Role::Admin,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisation::{Level, NATION, UnitSpan};

    fn principal(role: Role, unit: &str) -> Principal {
        Principal { user: "x".into(), role, unit: unit.into(), device: DeviceId([1; 16]) }
    }

    fn roster() -> Roster {
        let span = |code: &str, level, parent: &str| UnitSpan {
            code: code.into(),
            from: None,
            to: None,
            level,
            name: code.into(),
            parent: parent.into(),
            successor: None,
        };
        [
            span("R1", Level::Region, NATION),
            span("B1", Level::Branch, "R1"),
            span("B2", Level::Branch, "R1"),
            span("P1", Level::Rep, "B1"),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn books_are_their_reps_alone() {
        let (own, other) = (UnitCode::from("P1"), UnitCode::from("P2"));
        for role in Role::ALL {
            for action in Action::ALL {
                let expected = role == Role::Rep && matches!(action, Action::Read | Action::Write);
                assert_eq!(may(&principal(role, "P1"), action, Object::Book { owner: &own }), expected);
                assert!(!may(&principal(role, "P1"), action, Object::Book { owner: &other }));
            }
            assert!(may(&principal(role, "P1"), Action::Read, Object::SharedBook));
            assert!(!may(&principal(role, "P1"), Action::Write, Object::SharedBook));
        }
    }

    #[test]
    fn the_system_is_run_by_administrators_and_targets_are_headquarters_too() {
        for role in Role::ALL {
            for action in Action::ALL {
                let expected = match action {
                    Action::Administer => role == Role::Admin,
                    Action::SetTargets => matches!(role, Role::Hq | Role::Admin),
                    _ => false,
                };
                assert_eq!(
                    may(&principal(role, NATION), action, Object::System),
                    expected,
                    "{role:?} {action:?}"
                );
            }
        }
    }

    #[test]
    fn reps_keep_their_own_devices() {
        for role in Role::ALL {
            for action in Action::ALL {
                let expected = role == Role::Rep && action == Action::KeepDevices;
                let may = |of| may(&principal(role, "P1"), action, Object::Devices { of });
                assert_eq!((may("x"), may("y")), (expected, false), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn figures_follow_the_organisation() {
        let roster = roster();
        let see = |role, unit: &str, of: &str| {
            let of = UnitCode::from(of);
            may(&principal(role, unit), Action::SeeFigures, Object::Figures { unit: &of, roster: &roster })
        };
        assert!(see(Role::Rep, "P1", "P1") && !see(Role::Rep, "P1", "B1"));
        assert!(
            see(Role::Manager, "R1", "P1")
                && see(Role::Manager, "B1", "P1")
                && !see(Role::Manager, "B2", "P1")
        );
        assert!(!see(Role::Manager, "R1", NATION) && !see(Role::Manager, "B1", "R1"));
        assert!(see(Role::Hq, NATION, NATION) && see(Role::Admin, NATION, "P1"));
        assert!(!see(Role::Manager, "R1", "nobody"));
        let close = |role, unit: &str, of: &str| {
            let of = UnitCode::from(of);
            may(&principal(role, unit), Action::CloseDay, Object::Figures { unit: &of, roster: &roster })
        };
        assert!(!close(Role::Rep, "P1", "P1") && close(Role::Hq, NATION, NATION));
        assert!(close(Role::Manager, "B1", "B1") && !close(Role::Manager, "B1", "R1"));
        for action in [Action::ExceptDay, Action::ApproveSale] {
            for (role, unit, allowed) in [
                (Role::Rep, "P1", false),
                (Role::Manager, "B1", false),
                (Role::Hq, NATION, true),
                (Role::Admin, NATION, true),
            ] {
                let object = Object::Figures { unit: &UnitCode::from("B1"), roster: &roster };
                assert_eq!(may(&principal(role, unit), action, object), allowed, "{role:?} {action:?}");
            }
        }
    }
}
