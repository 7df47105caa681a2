//! What a dashboard server can do to the groups and accounts of its store.

/// What a server can do. A plan asks for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and every combination exists")]
pub struct Abilities {
    /// It can rename groups. Otherwise a group keeps the name that it was created with.
    pub rename_groups: bool,
    /// It can change usernames. Otherwise an account keeps the username that it was created with.
    pub rename_accounts: bool,
    /// It can deactivate and activate accounts.
    pub deactivate_accounts: bool,
    /// It can delete accounts.
    pub delete_accounts: bool,
    /// Its groups have roles.
    pub group_roles: bool,
    /// Which groups may be deleted.
    pub group_deletion: GroupDeletion,
}

/// Rule `kept-group`: which groups of a server may be deleted. Others are emptied and released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupDeletion {
    /// All of them.
    Always,
    /// Those that have no role but those that we gave.
    WithoutForeignRoles,
    /// None.
    Never,
}

impl Abilities {
    /// The same for a server whose accounts somebody else makes: nothing of them is changed.
    #[must_use]
    pub const fn without_accounts(self) -> Self {
        Self { rename_accounts: false, deactivate_accounts: false, delete_accounts: false, ..self }
    }

    /// A store whose rows are ours to write. A table has no roles.
    pub const DATABASE: Self = Self {
        rename_groups: true,
        rename_accounts: true,
        deactivate_accounts: true,
        delete_accounts: true,
        group_roles: false,
        group_deletion: GroupDeletion::Always,
    };
}
