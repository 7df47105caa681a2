//! What a spec asks for, in the words of the core.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::ability::Abilities;
use super::claim::Endpoints;
use super::form::Form;
use super::identity::Owner;
use super::known::KnownServer;
use super::role::Roles;
use super::store_id::StoreId;

/// The settings that decide a plan. Made once from the spec; nothing downstream reads the spec again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The sync that plans.
    pub owner: Owner,
    /// `spec.groups`, in order.
    pub selectors: Vec<Selector>,
    /// What `spec.exclude` says, the same for the same words; empty if it says nothing.
    pub exclusions: Box<str>,
    /// `spec.nameTemplate`.
    pub name_template: String,
    /// `spec.nesting` is `Transitive`: the members of member groups are members.
    pub nested: bool,
    /// `spec.members`.
    pub members: Members,
    /// `spec.disabledAccounts`.
    pub disabled_accounts: DisabledAccounts,
    /// `spec.accounts` of the DashboardServer.
    pub accounts: Accounts,
    /// `spec.adoption.groups`.
    pub adopt_groups: AdoptGroups,
    /// `spec.adoption.accounts`.
    pub adopt_accounts: AdoptAccounts,
    /// Owners whose objects may be adopted: `spec.adoption.fromOwners`, and those of this installation that the API
    /// server says do not exist.
    pub released_owners: BTreeSet<Owner>,
    /// Owners of this installation whose object exists: they keep their objects, whatever [`Self::released_owners`] says.
    pub living_owners: BTreeSet<Owner>,
    /// `spec.prune.groups`.
    pub prune_groups: PruneGroups,
    /// `spec.prune.accounts`.
    pub prune_accounts: PruneAccounts,
    /// `spec.prune.accountsAfter`.
    pub accounts_after: SignedDuration,
    /// `spec.prune.confirmAfter`.
    pub confirm_after: SignedDuration,
    /// `spec.limits`.
    pub limits: Limits,
    /// Rule `protection`: what belongs to the server's administrators.
    pub protected: Protected,
    /// The store's group that every new account is put into; it does not count as a use of an account.
    pub default_group: Option<StoreId>,
    /// What the store's server can do.
    pub abilities: Abilities,
    /// How the store keeps texts.
    pub form: Form,
    /// Rule `group-roles`: the store's roles.
    pub roles: Roles,
    /// Whether nothing will be written: then nothing is held, and the plan says what would be.
    pub preview: bool,
    /// The servers of the directory that were known before its connection was opened; `None`: the store remembers them.
    pub known_servers: Option<Vec<KnownServer>>,
    /// Which changes an administrator approved, and whose hold it is.
    pub approval: Approval,
    /// Where the Directory reads.
    pub endpoints: Endpoints,
    /// Rule `claimed-directory-id`: the hash that whoever owns the dashboard server approved.
    pub approved_claim: Option<String>,
}

/// Rule `hold`: what decides whether held removals are applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// The object whose status shows the hold; `None` without a cluster.
    pub object: Option<HeldObject>,
    /// The hash that an administrator approved.
    pub hash: Option<String>,
}

/// A `DirectoryGroupSync` of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldObject {
    /// Its UID.
    pub uid: String,
    /// Since when its status shows held removals; `None`: it shows none.
    pub since: Option<Timestamp>,
}

impl Policy {
    /// When an object that has been missing since then counts as gone: `prune.confirmAfter` later.
    pub(crate) fn confirmed_at(&self, since: Timestamp) -> Timestamp {
        since.saturating_add(self.confirm_after).unwrap_or(Timestamp::MAX)
    }
}

/// One selector of `spec.groups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// What the selector says, the same for the same words: kept in the link of what it selected.
    pub key: Box<str>,
    /// A `dn` or `name` selector: what it once selected stays selected as long as it is in the spec.
    pub sticky: bool,
    /// The names of the roles that the groups it selects are given.
    pub roles: BTreeSet<Box<str>>,
}

/// `spec.members`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// The group holds exactly the directory's members.
    Exclusive,
    /// Local accounts that were added at the dashboard server stay.
    KeepLocal,
}

/// `spec.disabledAccounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledAccounts {
    /// They are not members.
    Exclude,
    /// They are members like others.
    Include,
    /// They stay members; the store's account is made inactive.
    Deactivate,
}

/// Rule `existing-accounts`: who makes the accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accounts {
    /// The syncs do.
    Managed,
    /// Somebody else, such as the dashboard server when a person signs in for the first time.
    Existing(MatchBy),
}

/// By which names members are matched with accounts that somebody else makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchBy {
    /// By the username, and by the e-mail address if no account has the username.
    UsernameThenEmail,
    /// By the username.
    Username,
    /// By the e-mail address.
    Email,
}

/// `spec.adoption.groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdoptGroups {
    /// A group whose name is in use is a duplicate.
    Never,
    /// It adopts the one free group of that name, or the group of one whose deletion is proven.
    ByName,
}

/// `spec.adoption.accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdoptAccounts {
    /// A user whose username or e-mail address is in use is a duplicate.
    Never,
    /// The one free account with that username is linked.
    ByUsername,
    /// The one free account with that e-mail is linked.
    ByEmail,
}

/// `spec.prune.groups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneGroups {
    /// A group that is proven deleted is deleted.
    Delete,
    /// It is released.
    Retain,
}

/// `spec.prune.accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PruneAccounts {
    /// Unused accounts stay.
    Retain,
    /// They are made inactive.
    Deactivate,
    /// They are made inactive and, by the next run that still finds them so, deleted.
    Delete,
}

/// One limit: exceeded when the number is over `max`, or over `allow` and over `percent` of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Of the whole that the number is part of.
    pub percent: u64,
    /// Up to this number, the percentage does not count.
    pub allow: u64,
    /// The most in any case; `None`: no such bound.
    pub max: Option<u64>,
}

/// `spec.limits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Groups that a plan deletes.
    pub group_deletions: Limit,
    /// Members that a plan removes, including those of deleted groups.
    pub member_removals: Limit,
    /// Members that a plan removes from one group that it keeps.
    pub member_removals_per_group: Limit,
    /// Accounts that a plan deactivates or deletes.
    pub account_removals: Limit,
    /// Linked groups that a plan renames.
    pub group_renames: Limit,
    /// Linked accounts whose username or e-mail a plan changes, adopted ones included.
    pub account_renames: Limit,
}

/// Groups and accounts that a run never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protected {
    /// Folded names of groups.
    pub groups: BTreeSet<String>,
    /// Store ids of the groups whose members administrate the server.
    pub administrators: BTreeSet<StoreId>,
    /// Store ids of the groups that the server keeps in step with a directory of its own.
    pub foreign_groups: BTreeSet<StoreId>,
    /// The role that makes its owners administrators of the server.
    pub administrator_role: Option<StoreId>,
    /// Folded usernames of accounts, the one that we sign in with included.
    pub accounts: BTreeSet<String>,
}
