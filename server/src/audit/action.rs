//! What is noted of.

/// What somebody does that the log notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// Signing in.
    SignIn,
    /// Signing out.
    SignOut,
    /// A new account.
    AccountAdd,
    /// Another role or unit of an account, or closing or opening it.
    AccountChange,
    /// A new password of an account.
    AccountPassword,
    /// A code that signs a device of an account in.
    AccountInvite,
    /// Shutting a device out.
    DeviceRevoke,
    /// Orders to the organisation.
    OrganisationOrder,
    /// Who is away, and who is back.
    OrganisationAbsence,
    /// A file that was imported.
    Import,
    /// What units are to reach.
    TargetSet,
    /// Settings of the hub.
    SettingChange,
    /// Closing a day.
    DayClose,
    /// Opening an exception to a closed day.
    ExceptionOpen,
    /// Ending one.
    ExceptionEnd,
    /// Approving a day of sale.
    SaleApprove,
    /// Judging all policies again.
    Rejudge,
    /// Another master key.
    KeyRotate,
    /// Figures that leave the hub as a file.
    FiguresExport,
    /// Opening the history of a policy.
    PolicyOpen,
    /// This log, leaving the hub as a file.
    AuditExport,
    /// Background work ordered to run at once.
    JobRun,
    /// Asking for what only administrators may: noted where it was refused.
    Administer,
}

impl AuditAction {
    /// Every action.
    pub const ALL: [Self; 23] = [
        Self::SignIn,
        Self::SignOut,
        Self::AccountAdd,
        Self::AccountChange,
        Self::AccountPassword,
        Self::AccountInvite,
        Self::DeviceRevoke,
        Self::OrganisationOrder,
        Self::OrganisationAbsence,
        Self::Import,
        Self::TargetSet,
        Self::SettingChange,
        Self::DayClose,
        Self::ExceptionOpen,
        Self::ExceptionEnd,
        Self::SaleApprove,
        Self::Rejudge,
        Self::KeyRotate,
        Self::FiguresExport,
        Self::PolicyOpen,
        Self::AuditExport,
        Self::JobRun,
        Self::Administer,
    ];

    /// The word of it, as it is stored and asked for.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::AccountAdd => "account_add",
            Self::AccountChange => "account_change",
            Self::AccountPassword => "account_password",
            Self::AccountInvite => "account_invite",
            Self::DeviceRevoke => "device_revoke",
            Self::OrganisationOrder => "organisation_order",
            Self::OrganisationAbsence => "organisation_absence",
            Self::Import => "import",
            Self::TargetSet => "target_set",
            Self::SettingChange => "setting_change",
            Self::DayClose => "day_close",
            Self::ExceptionOpen => "exception_open",
            Self::ExceptionEnd => "exception_end",
            Self::SaleApprove => "sale_approve",
            Self::Rejudge => "rejudge",
            Self::KeyRotate => "key_rotate",
            Self::FiguresExport => "figures_export",
            Self::PolicyOpen => "policy_open",
            Self::AuditExport => "audit_export",
            Self::JobRun => "job_run",
            Self::Administer => "administer",
        }
    }
}
