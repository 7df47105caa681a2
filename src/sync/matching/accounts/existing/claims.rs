//! Who is meant by the names of an account. A user has the account that has their username, else the one that has their
//! e-mail address, else the one that they had before. An account that several users mean is nobody's.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::fold::{fold, fold_into};
use crate::sync::found::AccountRef;
use crate::sync::identity::DirectoryId;
use crate::sync::link::Link as _;
use crate::sync::matching::accounts::name_space::Name;
use crate::sync::matching::names::Holders;
use crate::sync::naming;
use crate::sync::policy::MatchBy;
use crate::sync::snapshot::{DirectoryUser, UserIndex};
use crate::sync::values::Values;

/// The accounts that all users of a read mean, members of a managed group or not.
pub(super) struct Claims<'a> {
    context: &'a PlanContext<'a>,
    /// By user.
    by_user: Vec<Claim>,
    /// By account, for each name that users mean it by: the two with the least ids.
    claimants: HashMap<(AccountRef, Name), (UserIndex, Option<UserIndex>)>,
    /// The other directories whose groups are kept in sync with this store too.
    other_directories: BTreeSet<DirectoryId>,
}

/// The accounts that a user means.
enum Claim {
    /// No account has one of its names.
    None,
    /// The name is not text, so nothing follows from it.
    Undecodable(Name),
    /// One account has this name.
    One(Name, AccountRef),
    /// Several accounts have it.
    Several(Name, Vec<AccountRef>),
}

/// Why it is unknown which account a user has.
pub(super) struct Conflict {
    /// The accounts that it may have.
    pub(super) accounts: Vec<AccountRef>,
    /// The name by which it means them.
    pub(super) name: Name,
    pub(super) cause: Cause,
}

/// What stands in the way.
pub(super) enum Cause {
    Undecodable,
    /// This user means the account too.
    User(UserIndex),
    /// Several accounts have the name.
    Accounts(AccountRef, AccountRef),
    /// The account was matched with a user of another directory that is in use.
    OtherDirectory(AccountRef),
}

impl<'a> Claims<'a> {
    /// Compares the names of all users with those of all accounts.
    pub(super) fn new(by: MatchBy, context: &'a PlanContext<'a>) -> Self {
        let names: &[Name] = match by {
            MatchBy::UsernameThenEmail => &[Name::Username, Name::Email],
            MatchBy::Username => &[Name::Username],
            MatchBy::Email => &[Name::Email],
        };
        let holders: Vec<(Name, Holders)> = names.iter().map(|name| (*name, holders(*name, context))).collect();
        let mut claims = Self {
            context,
            by_user: Vec::with_capacity(context.snapshot.users.len()),
            claimants: HashMap::new(),
            other_directories: other_directories(context),
        };
        let mut key = String::new();
        for (user, index) in context.snapshot.users.iter().zip(0..) {
            let claim = claim(user, &holders, &mut key);
            match &claim {
                Claim::One(name, account) => claims.enter(index, *name, *account),
                Claim::Several(name, accounts) => {
                    for account in accounts {
                        claims.enter(index, *name, *account);
                    }
                }
                Claim::None | Claim::Undecodable(_) => {}
            }
            claims.by_user.push(claim);
        }
        claims
    }

    fn enter(&mut self, user: UserIndex, name: Name, account: AccountRef) {
        // By identity, so that the order in which a directory answers decides nothing.
        let id = |user: &UserIndex| self.context.snapshot.users.get(*user as usize).map(|user| user.id);
        match self.claimants.entry((account, name)) {
            Entry::Vacant(entry) => drop(entry.insert((user, None))),
            Entry::Occupied(mut entry) => {
                let (first, other) = entry.get_mut();
                let mut all = [Some(*first), Some(user), *other];
                all.sort_by_key(|user| (user.is_none(), user.as_ref().and_then(id)));
                if let [Some(least), next, _] = all {
                    (*first, *other) = (least, next);
                }
            }
        }
    }

    /// The account of a user; `None`: it has none yet.
    pub(super) fn account_of(&self, user: UserIndex, source: &DirectoryUser) -> Result<Option<AccountRef>, Conflict> {
        let conflict = |name, accounts: &[AccountRef], cause| Conflict { accounts: accounts.to_vec(), name, cause };
        let (name, account) = match self.by_user.get(user as usize) {
            Some(Claim::One(name, account)) => (*name, *account),
            Some(Claim::Several(name, accounts)) => {
                let [first, second, ..] = accounts[..] else { return Ok(None) };
                return Err(conflict(*name, accounts, Cause::Accounts(first, second)));
            }
            Some(Claim::Undecodable(name)) => return Err(conflict(*name, &[], Cause::Undecodable)),
            Some(Claim::None) | None => {
                let before = self.context.index.account(source.id);
                return Ok(before.filter(|account| !self.is_meant(*account)));
            }
        };
        if let Some(rival) = self.rival(user, name, account) {
            return Err(conflict(name, &[account], Cause::User(rival)));
        }
        let evidence = self.context.found.account_link(account);
        if evidence.is_some_and(|link| self.other_directories.contains(&link.directory_id)) {
            return Err(conflict(name, &[account], Cause::OtherDirectory(account)));
        }
        Ok(Some(account))
    }

    fn is_meant(&self, account: AccountRef) -> bool {
        [Name::Username, Name::Email].iter().any(|name| self.claimants.contains_key(&(account, *name)))
    }

    /// Another user who means an account by a name that counts as much or more: whoever signs in with a username has its
    /// account, also where somebody else has the same e-mail address.
    fn rival(&self, user: UserIndex, name: Name, account: AccountRef) -> Option<UserIndex> {
        let by_username = self.claimants.get(&(account, Name::Username)).filter(|_| name == Name::Email);
        let (first, other) = by_username.or_else(|| self.claimants.get(&(account, name)))?;
        if *first == user { *other } else { Some(*first) }
    }
}

impl Cause {
    /// What a name conflicts with, and what to do; `None`: it is not text.
    pub(super) fn explain(&self, name: Name, context: &PlanContext<'_>) -> Option<(String, String)> {
        let username = |account: &AccountRef| {
            let account = context.found.account(*account);
            quoted(account.and_then(|account| account.attributes.username.as_deref()).unwrap_or_default()).to_string()
        };
        match self {
            Self::Undecodable => None,
            Self::User(user) => {
                let user = context.snapshot.users.get(*user as usize).map(naming::user).unwrap_or_default();
                Some((user, format!("neither gets that account: {}", name.differ())))
            }
            Self::Accounts(first, second) => {
                let accounts = format!("the accounts {} and {}", username(first), username(second));
                Some((accounts, "rename or delete one of the two on the dashboard server".to_owned()))
            }
            Self::OtherDirectory(account) => {
                let account = format!("the account {} of a user of another directory", username(account));
                Some((account, name.differ().to_owned()))
            }
        }
    }
}

fn holders(name: Name, context: &PlanContext<'_>) -> Holders {
    let accounts = context.found.accounts.iter().zip(0..);
    Holders::new(accounts.filter_map(|(account, index)| Some((index, fold(name.held(&account.attributes)?)))))
}

/// The first name that any account has decides.
fn claim(user: &DirectoryUser, holders: &[(Name, Holders)], key: &mut String) -> Claim {
    for (name, holders) in holders {
        let shown = name.shown(&user.attributes);
        if *shown == Values::Undecodable {
            return Claim::Undecodable(*name);
        }
        let mut accounts = BTreeSet::new();
        for text in shown.iter() {
            key.clear();
            fold_into(text, key);
            accounts.extend(holders.of(key).iter().map(|account| AccountRef(*account)));
        }
        match accounts.len() {
            0 => {}
            1 => return accounts.pop_first().map_or(Claim::None, |account| Claim::One(*name, account)),
            _ => return Claim::Several(*name, accounts.into_iter().collect()),
        }
    }
    Claim::None
}

/// Directories of groups that belong to some sync. What was matched with a user of any other directory is free.
fn other_directories(context: &PlanContext<'_>) -> BTreeSet<DirectoryId> {
    let links = context.found.groups.iter().filter_map(|group| group.link.as_ref());
    let owned = links.filter(|link| link.owner().is_some()).map(|link| link.directory_id);
    owned.filter(|directory_id| *directory_id != context.snapshot.directory_id).collect()
}
