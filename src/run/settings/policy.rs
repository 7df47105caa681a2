//! A `DirectoryGroupSync` as the policy of the core and the query of the directory port.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use kube::ResourceExt as _;

use super::directory::{check_dn, check_filter};
use super::environment::RunEnvironment;
use super::invalid::InvalidSettings;
use crate::api::APPROVE_ANNOTATION;
use crate::api::v1alpha1::dashboard_server::AccountsMode;
use crate::api::v1alpha1::dashboard_server::grafana::GrafanaMatch;
use crate::api::v1alpha1::directory_group_sync::{GroupSelector, limits, policy as api};
use crate::api::v1alpha1::duration::Wait;
use crate::api::v1alpha1::{DashboardServer, DirectoryGroupSync};
use crate::directory::{Query, Selector};
use crate::store::Capabilities;
use crate::sync::ability::Abilities;
use crate::sync::claim::Endpoints;
use crate::sync::digest::digest;
use crate::sync::fold::fold;
use crate::sync::form::Form;
use crate::sync::identity::Owner;
use crate::sync::policy::{
    self, Accounts, AdoptAccounts, AdoptGroups, DisabledAccounts, Limit, Limits, MatchBy, Members, Policy, Protected,
    PruneAccounts, PruneGroups,
};
use crate::sync::role::Roles;

/// The settings of a sync. With the capabilities of its server they become a [`Policy`].
#[derive(Debug, Clone)]
pub struct SyncSettings {
    /// What to read.
    pub query: Query,
    policy: Policy,
    store: Option<String>,
}

impl SyncSettings {
    /// The sync itself.
    #[must_use]
    pub const fn owner(&self) -> &Owner {
        &self.policy.owner
    }

    /// Rule `same-store`: the store of the last run, where it is remembered.
    #[must_use]
    pub fn store(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Rule `claimed-directory-id`: says where the Directory reads.
    pub(super) fn read_from(&mut self, endpoints: Endpoints) {
        self.policy.endpoints = endpoints;
    }

    /// Makes every run a preview, whatever the spec says.
    pub const fn preview(&mut self) {
        self.policy.preview = true;
    }

    /// The policy for a server with these capabilities.
    ///
    /// # Errors
    /// When the spec asks for what the server cannot do.
    pub fn policy(&self, capabilities: &Capabilities) -> Result<Policy, InvalidSettings> {
        let mut policy = self.policy.clone();
        policy.abilities = match policy.accounts {
            Accounts::Managed => capabilities.abilities,
            Accounts::Existing(_) => capabilities.abilities.without_accounts(),
        };
        let Abilities { deactivate_accounts, delete_accounts, .. } = policy.abilities;
        let (disables, prunes) = ("DirectoryGroupSync spec.disabledAccounts", "DirectoryGroupSync spec.prune.accounts");
        for (field, value, is_asked, what) in [
            (
                disables,
                "Deactivate",
                policy.disabled_accounts == DisabledAccounts::Deactivate && !deactivate_accounts,
                "deactivate",
            ),
            (
                prunes,
                "Deactivate",
                policy.prune_accounts == PruneAccounts::Deactivate && !deactivate_accounts,
                "deactivate",
            ),
            (prunes, "Delete", policy.prune_accounts == PruneAccounts::Delete && !deactivate_accounts, "deactivate"),
            (prunes, "Delete", policy.prune_accounts == PruneAccounts::Delete && !delete_accounts, "delete"),
        ] {
            if is_asked {
                let problem = match policy.accounts {
                    Accounts::Managed => {
                        format!("is {value}, and {} cannot {what} accounts: choose another value", capabilities.product)
                    }
                    Accounts::Existing(_) => format!(
                        "is {value}, but the DashboardServer has accounts: Existing, so syncs do not {what} accounts: choose another value"
                    ),
                };
                return Err(InvalidSettings::field(field, problem));
            }
        }
        policy.form = capabilities.form.clone();
        policy.roles.all.clone_from(&capabilities.roles);
        policy.default_group.clone_from(&capabilities.default_group);
        protect(&mut policy.protected, capabilities);
        Ok(policy)
    }
}

/// Makes settings of a sync and its server's protected names.
///
/// # Errors
/// When a name, filter or owner is not valid.
pub fn sync_settings(
    sync: &DirectoryGroupSync,
    server: &DashboardServer,
    environment: &RunEnvironment,
) -> Result<SyncSettings, InvalidSettings> {
    let spec = &sync.spec;
    let nested = spec.nesting == api::Nesting::Transitive;
    let query =
        Query { selectors: selectors("groups", &spec.groups)?, exclude: selectors("exclude", &spec.exclude)?, nested };
    check_adoption(sync, server)?;
    let accounts = accounts(server);
    check_emptied_adoption(sync, accounts)?;
    let mut released_owners = BTreeSet::new();
    for (index, owner) in spec.adoption.from_owners.iter().enumerate() {
        let field = format!("DirectoryGroupSync spec.adoption.fromOwners[{index}]");
        released_owners.insert(owner.parse().map_err(|error| InvalidSettings::field(field, format!("{error}")))?);
    }
    let policy = Policy {
        owner: Owner {
            installation: environment.installation.clone(),
            namespace: sync.namespace().unwrap_or_else(|| "default".to_owned()),
            name: sync.name_any(),
        },
        selectors: query.selectors.iter().zip(&spec.groups).map(selecting).collect(),
        exclusions: exclusions(&query),
        name_template: spec.name_template.clone(),
        nested,
        members: match spec.members {
            api::Members::Exclusive => Members::Exclusive,
            api::Members::KeepLocal => Members::KeepLocal,
        },
        disabled_accounts: match spec.disabled_accounts {
            api::DisabledAccounts::Exclude => DisabledAccounts::Exclude,
            api::DisabledAccounts::Include => DisabledAccounts::Include,
            api::DisabledAccounts::Deactivate => DisabledAccounts::Deactivate,
        },
        accounts,
        adopt_groups: match spec.adoption.groups {
            api::AdoptGroups::Never => AdoptGroups::Never,
            api::AdoptGroups::ByName => AdoptGroups::ByName,
        },
        adopt_accounts: match spec.adoption.accounts {
            api::AdoptAccounts::Never => AdoptAccounts::Never,
            api::AdoptAccounts::ByUsername => AdoptAccounts::ByUsername,
            api::AdoptAccounts::ByEmail => AdoptAccounts::ByEmail,
        },
        released_owners,
        living_owners: BTreeSet::new(),
        prune_groups: match spec.prune.groups {
            api::PruneGroups::Delete => PruneGroups::Delete,
            api::PruneGroups::Retain => PruneGroups::Retain,
        },
        prune_accounts: match spec.prune.accounts {
            api::PruneAccounts::Retain => PruneAccounts::Retain,
            api::PruneAccounts::Deactivate => PruneAccounts::Deactivate,
            api::PruneAccounts::Delete => PruneAccounts::Delete,
        },
        accounts_after: signed(spec.prune.accounts_after),
        confirm_after: signed(spec.prune.confirm_after),
        limits: core_limits(&spec.limits),
        protected: protected(server),
        default_group: None,
        abilities: Abilities::DATABASE,
        form: Form::ANY,
        roles: Roles { all: Vec::new(), grantable: grantable_roles(server) },
        preview: spec.mode == api::Mode::Preview,
        known_servers: environment.known_servers.clone(),
        approval: environment.approval.clone(),
        endpoints: Endpoints::default(),
        approved_claim: server.annotations().get(APPROVE_ANNOTATION).cloned(),
    };
    Ok(SyncSettings { query, policy, store: environment.store.clone() })
}

/// Rule `allowed-adoption`: whoever owns a dashboard server decides whether syncs may take over what it has.
fn check_adoption(sync: &DirectoryGroupSync, server: &DashboardServer) -> Result<(), InvalidSettings> {
    let adoption = &sync.spec.adoption;
    let asked = [
        ("groups", adoption.groups != api::AdoptGroups::Never),
        ("accounts", adoption.accounts != api::AdoptAccounts::Never),
        ("fromOwners", !adoption.from_owners.is_empty()),
    ];
    match asked.into_iter().find(|(_, is_asked)| *is_asked && !server.spec.allow_adoption) {
        Some((field, _)) => Err(InvalidSettings::AdoptionNotAllowed {
            field: format!("DirectoryGroupSync spec.adoption.{field}"),
            server: server.name_any(),
        }),
        None => Ok(()),
    }
}

/// A group that is adopted by its name loses all members that no account is found for.
fn check_emptied_adoption(sync: &DirectoryGroupSync, accounts: Accounts) -> Result<(), InvalidSettings> {
    let adopts = sync.spec.adoption.groups == api::AdoptGroups::ByName;
    let keeps =
        sync.spec.adoption.accounts != api::AdoptAccounts::Never || sync.spec.members == api::Members::KeepLocal;
    if adopts && !keeps && accounts == Accounts::Managed {
        let problem = "is ByName, which would empty the groups that it adopts: set adoption.accounts to ByUsername or \
                       ByEmail, or members to KeepLocal";
        return Err(InvalidSettings::field("DirectoryGroupSync spec.adoption.groups", problem));
    }
    Ok(())
}

/// The names that the spec of a server protects, in addition to those that the server itself protects.
#[must_use]
pub fn protected(server: &DashboardServer) -> Protected {
    Protected {
        groups: server.spec.protected.groups.iter().map(|name| fold(name)).collect(),
        administrators: BTreeSet::new(),
        foreign_groups: BTreeSet::new(),
        administrator_role: None,
        accounts: server.spec.protected.accounts.iter().map(|name| fold(name)).collect(),
    }
}

/// Adds what the server itself protects.
pub fn protect(protected: &mut Protected, capabilities: &Capabilities) {
    protected.administrators.extend(capabilities.administrators.iter().cloned());
    protected.foreign_groups.extend(capabilities.foreign_groups.iter().cloned());
    protected.administrator_role.clone_from(&capabilities.administrator_role);
    protected.accounts.extend(capabilities.administrator_accounts.iter().map(|name| fold(name)));
}

/// Rule `existing-accounts`: who makes the accounts of a server.
pub(super) fn accounts(server: &DashboardServer) -> Accounts {
    let grafana = server.spec.grafana.as_ref();
    match server.spec.accounts {
        Some(AccountsMode::Managed) => Accounts::Managed,
        None if grafana.is_none() => Accounts::Managed,
        Some(AccountsMode::Existing) | None => {
            Accounts::Existing(match grafana.and_then(|grafana| grafana.match_by).unwrap_or_default() {
                GrafanaMatch::LoginThenEmail => MatchBy::UsernameThenEmail,
                GrafanaMatch::Login => MatchBy::Username,
                GrafanaMatch::Email => MatchBy::Email,
            })
        }
    }
}

/// The roles that syncs may give to groups of a server.
fn grantable_roles(server: &DashboardServer) -> BTreeSet<Box<str>> {
    let superset = server.spec.superset.iter();
    superset.flat_map(|superset| &superset.grantable_roles).map(|name| name.as_str().into()).collect()
}

fn selectors(list: &str, specified: &[GroupSelector]) -> Result<Vec<Selector>, InvalidSettings> {
    let parse = |(index, selector): (usize, &GroupSelector)| {
        let field = format!("DirectoryGroupSync spec.{list}[{index}]");
        match (&selector.dn, &selector.name, &selector.filter) {
            (Some(dn), None, None) => check_dn(&format!("{field}.dn"), dn).map(|()| Selector::Dn(dn.clone())),
            (None, Some(name), None) => Ok(Selector::Name(name.clone())),
            (None, None, Some(filter)) => {
                check_filter(&format!("{field}.filter"), filter)?;
                selector.base_dn.as_deref().map_or(Ok(()), |dn| check_dn(&format!("{field}.baseDN"), dn))?;
                Ok(Selector::Filter { filter: filter.clone(), base: selector.base_dn.clone() })
            }
            _ => Err(InvalidSettings::field(field, "exactly one of dn, name and filter must be set")),
        }
    };
    specified.iter().enumerate().map(parse).collect()
}

/// The key is the text of the selector, so a link finds its selector again as long as that text is in the spec.
fn core_selector(selector: &Selector) -> policy::Selector {
    let (key, sticky) = match selector {
        Selector::Dn(dn) => (format!("dn: {dn}"), true),
        Selector::Name(name) => (format!("name: {name}"), true),
        Selector::Filter { filter, base: None } => (format!("filter: {filter}"), false),
        Selector::Filter { filter, base: Some(base) } => (format!("filter: {filter} below {base}"), false),
    };
    policy::Selector { key: key.into(), sticky, roles: BTreeSet::new() }
}

/// A selector with the roles that its groups are given.
fn selecting((selector, specified): (&Selector, &GroupSelector)) -> policy::Selector {
    let roles = specified.roles.iter().map(|name| name.as_str().into()).collect();
    policy::Selector { roles, ..core_selector(selector) }
}

/// A digest of the exclusions, whatever their order, because there may be a thousand.
fn exclusions(query: &Query) -> Box<str> {
    let keys: BTreeSet<Box<str>> = query.exclude.iter().map(|selector| core_selector(selector).key).collect();
    if keys.is_empty() {
        Box::default()
    } else {
        digest(keys.into_iter().collect::<Vec<_>>().join("\n").as_bytes()).into()
    }
}

fn signed(duration: Wait) -> SignedDuration {
    SignedDuration::try_from(duration.get()).unwrap_or(SignedDuration::MAX)
}

fn core_limits(limits: &limits::Limits) -> Limits {
    Limits {
        group_deletions: limit(limits.group_deletions),
        member_removals: limit(limits.member_removals),
        member_removals_per_group: limit(limits.member_removals_per_group),
        account_removals: limit(limits.account_removals),
        group_renames: limit(limits.group_renames),
        account_renames: limit(limits.account_renames),
    }
}

fn limit<const A: i32, const P: i32, const M: i32>(limit: limits::Limit<A, P, M>) -> Limit {
    let count = |number: i32| u64::try_from(number).unwrap_or_default();
    Limit { percent: count(limit.percent), allow: count(limit.allow), max: Some(count(limit.max)) }
}
