//! Rules 6, 8, 11, 14 and 16 for accounts: which store account each member is, which are new, and what their names come to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::sync::fold::fold;
use crate::sync::form::TextForm;
use crate::sync::found::{Account, AccountRef, Found};
use crate::sync::matching::ownership;
use crate::sync::plan::names::{Bearers, Claim, Verdict, allocate};
use crate::sync::policy::{AdoptAccounts, Policy};
use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::snapshot::{AccountState, Attributes, DirectoryUser, UserIndex};
use crate::sync::wanted::state::{Standing, standing};

/// A member of some managed group, and the account that stands for it when the plan is applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The account; one beyond the store's is to be created.
    pub(crate) account: AccountRef,
    /// Linked to this account by this plan, not before.
    pub(crate) adopted: bool,
    /// What the user's state asks for.
    pub(crate) standing: Standing,
    /// The username that it is granted; `None`: the last one stays.
    pub(crate) username: Option<Box<str>>,
    /// The e-mail that it is granted; `None`: the last one stays.
    pub(crate) email: Option<Box<str>>,
}

/// What all members came to.
#[derive(Debug, Default)]
pub(crate) struct AccountMatches {
    /// By user, for those that have or get an account; ascending.
    pub(crate) members: BTreeMap<UserIndex, Member>,
    /// The users whose accounts are created, in the order of their references.
    pub(crate) created: Vec<UserIndex>,
    /// Accounts that clash with a wanted member: they keep the memberships that the member would have.
    pub(crate) clashes: HashMap<UserIndex, Vec<AccountRef>>,
    /// Clashes.
    pub(crate) duplicates: Vec<Duplicate>,
    /// What else a person must mend.
    pub(crate) problems: Vec<Problem>,
    /// Users that are not, or not wholly, synchronized because of a clash.
    pub(crate) duplicated: BTreeSet<UserIndex>,
    /// Users with a value that the store cannot hold or does without.
    pub(crate) invalid: BTreeSet<UserIndex>,
}

/// A wanted user on its way to a decision.
struct Candidate<'a> {
    user: UserIndex,
    source: &'a DirectoryUser,
    account: Option<AccountRef>,
    adopted: bool,
    standing: Standing,
    /// The names that it wants and does not bear to the letter.
    username: Option<&'a str>,
    email: Option<&'a str>,
}

/// Matches the users that are members of a managed group, ascending and each once.
pub(crate) fn match_accounts(wanted: &[UserIndex], scene: &Scene<'_>) -> AccountMatches {
    let mut matches = AccountMatches::default();
    let mut open = Vec::new();
    for user in wanted {
        let Some(candidate) = candidate(*user, scene, &mut matches) else { continue };
        match candidate.account {
            Some(account) if candidate.username.is_none() && candidate.email.is_none() => {
                let settled =
                    Member { account, adopted: false, standing: candidate.standing, username: None, email: None };
                matches.members.insert(*user, settled);
            }
            _ => open.push(candidate),
        }
    }
    if !open.is_empty() {
        settle(open, scene, &mut matches);
    }
    matches
}

/// What a user wants, `None` if it is no member.
fn candidate<'a>(user: UserIndex, scene: &Scene<'a>, matches: &mut AccountMatches) -> Option<Candidate<'a>> {
    let source = scene.snapshot.users.get(user as usize)?;
    let standing = standing(scene.policy.disabled_accounts, source.state);
    if standing == Standing::Outside {
        return None;
    }
    let account = scene.index.account(source.id);
    let held = account.and_then(|account| scene.found.account(account));
    let mut candidate = Candidate { user, source, account, adopted: false, standing, username: None, email: None };
    if account.is_some_and(|account| !writes_attributes(account, scene)) {
        return Some(candidate);
    }
    let current = held.map(|held| &held.attributes);
    candidate.username =
        differing(source.attributes.username.as_deref(), current.and_then(|held| held.username.as_deref()));
    candidate.email = differing(source.attributes.email.as_deref(), current.and_then(|held| held.email.as_deref()));
    candidate.username = fitting(candidate.username, &scene.policy.form.username, "username", user, source, matches);
    candidate.email = fitting(candidate.email, &scene.policy.form.email, "e-mail", user, source, matches);
    if held.is_none() && source.attributes.username.is_none() && source.state == AccountState::Enabled {
        matches.invalid.insert(user);
        matches.problems.push(Problem {
            group: String::new(),
            kind: ProblemKind::Invalid,
            message: format!("the user {} has no username, so no account is made; fill the attribute in the directory or name another in the Directory's spec.users.attributes.username", source.id),
        });
    }
    Some(candidate)
}

/// Whether this sync may write the attributes of a linked account: its own, a released one, or one that no group of its
/// owner holds any more.
pub(crate) fn writes_attributes(account: AccountRef, scene: &Scene<'_>) -> bool {
    let owner = scene.found.account(account).and_then(|account| account.link.as_ref()?.owner.as_ref());
    ownership::may_take(owner, scene.policy) || !scene.held_by_owner.get(account.0 as usize).is_some_and(|held| *held)
}

/// For every account whether a group of the account's own owner, another sync, holds it.
pub(crate) fn held_by_owner(found: &Found, policy: &Policy) -> Vec<bool> {
    let mut held = vec![false; found.accounts.len()];
    for group in &found.groups {
        let Some(owner) = group.link.as_ref().and_then(|link| link.owner.as_ref()) else { continue };
        if **owner == policy.owner {
            continue;
        }
        for member in &group.members {
            let theirs = found.account(*member).and_then(|account| account.link.as_ref()?.owner.as_ref());
            if theirs.is_some_and(|theirs| Arc::ptr_eq(theirs, owner) || theirs == owner) {
                held[member.0 as usize] = true;
            }
        }
    }
    held
}

fn differing<'a>(wanted: Option<&'a str>, held: Option<&str>) -> Option<&'a str> {
    wanted.filter(|wanted| held != Some(*wanted))
}

fn fitting<'a>(
    wanted: Option<&'a str>,
    form: &TextForm,
    what: &str,
    user: UserIndex,
    source: &DirectoryUser,
    matches: &mut AccountMatches,
) -> Option<&'a str> {
    match form.kept(wanted?) {
        Ok(kept) => Some(kept),
        Err(unfit) => {
            matches.invalid.insert(user);
            matches.problems.push(Problem {
                group: String::new(),
                kind: ProblemKind::Invalid,
                message: format!("the store cannot hold the {what} of the user {}: {unfit}", source.id),
            });
            None
        }
    }
}

/// Decides the names of all candidates that want one, and with them who gets an account.
fn settle(mut open: Vec<Candidate<'_>>, scene: &Scene<'_>, matches: &mut AccountMatches) {
    let usernames = bearers(scene.found, |attributes| attributes.username.as_deref());
    let emails = bearers(scene.found, |attributes| attributes.email.as_deref());
    adopt(&mut open, &usernames, &emails, scene);
    let username_verdicts = verdicts(&open, &usernames, scene, |candidate| candidate.username);
    let email_verdicts = verdicts(&open, &emails, scene, |candidate| candidate.email);

    let mut next = scene.found.accounts.len();
    for (index, candidate) in open.iter().enumerate() {
        let username_granted = clash(
            &open,
            candidate,
            candidate.username,
            DuplicateReason::Username,
            username_verdicts[index],
            &usernames,
            scene,
            matches,
        );
        let email_granted = clash(
            &open,
            candidate,
            candidate.email,
            DuplicateReason::Email,
            email_verdicts[index],
            &emails,
            scene,
            matches,
        );
        let granted = |name: Option<&str>, granted: bool| name.filter(|_| granted).map(Into::into);
        let member = Member {
            account: AccountRef(0),
            adopted: candidate.adopted,
            standing: candidate.standing,
            username: granted(candidate.username, username_granted),
            email: granted(candidate.email, email_granted),
        };
        if let Some(account) = candidate.account {
            matches.members.insert(candidate.user, Member { account, ..member });
        } else if username_granted
            && email_granted
            && member.username.is_some()
            && candidate.source.state == AccountState::Enabled
            && !matches.invalid.contains(&candidate.user)
        {
            let account = AccountRef(u32::try_from(next).unwrap_or(u32::MAX));
            next += 1;
            matches.created.push(candidate.user);
            matches.members.insert(candidate.user, Member { account, ..member });
        }
    }
}

fn bearers(found: &Found, name: impl Fn(&Attributes) -> Option<&str>) -> Bearers {
    Bearers::new(
        found.accounts.iter().zip(0..).filter_map(|(account, index)| Some((index, fold(name(&account.attributes)?)))),
    )
}

/// Whether a user's wish for a name counts: a user whose state forbids a new account claims nothing, and the accounts
/// that bear its names keep its memberships all the same.
fn claims(candidate: &Candidate<'_>) -> bool {
    candidate.account.is_some() || candidate.source.state == AccountState::Enabled
}

/// One verdict a candidate that wants a name; `None` where it claims none.
fn verdicts<'a>(
    open: &[Candidate<'a>],
    bearers: &Bearers,
    scene: &Scene<'_>,
    name: impl Fn(&Candidate<'a>) -> Option<&'a str>,
) -> Vec<Option<Verdict>> {
    let claiming: Vec<(usize, Claim)> = open
        .iter()
        .enumerate()
        .filter(|(_, candidate)| claims(candidate))
        .filter(|(_, candidate)| candidate.account.is_none_or(|account| !scene.protected.contains(&account)))
        .filter_map(|(index, candidate)| {
            let key = fold(name(candidate)?);
            Some((index, Claim { key, holder: candidate.account.map(|account| account.0) }))
        })
        .collect();
    let (indices, claims): (Vec<usize>, Vec<Claim>) = claiming.into_iter().unzip();
    let mut verdicts = vec![None; open.len()];
    for (index, verdict) in indices.iter().zip(allocate(bearers, &BTreeSet::new(), &claims)) {
        // `allocate` counts claims, the caller counts candidates.
        verdicts[*index] = Some(match verdict {
            Verdict::Contested(claim) => Verdict::Contested(indices[claim]),
            other => other,
        });
    }
    verdicts
}

/// Notes a clash and tells whether the name, if one is wanted, is granted.
#[expect(clippy::too_many_arguments, reason = "one name space of one candidate, and what both are judged by")]
fn clash(
    open: &[Candidate<'_>],
    candidate: &Candidate<'_>,
    name: Option<&str>,
    reason: DuplicateReason,
    verdict: Option<Verdict>,
    bearers: &Bearers,
    scene: &Scene<'_>,
    matches: &mut AccountMatches,
) -> bool {
    let Some(name) = name else { return true };
    let bearing = bearers.of(&fold(name)).iter().map(|account| AccountRef(*account));
    let clashing = bearing.filter(|account| candidate.account != Some(*account));
    if !claims(candidate) {
        matches.clashes.entry(candidate.user).or_default().extend(clashing);
        return false;
    }
    let (clashes_with, former_user) = match verdict {
        Some(Verdict::Granted) => return true,
        // A protected account is not renamed.
        None => {
            matches.problems.push(Problem {
                group: String::new(),
                kind: ProblemKind::Protected,
                message: format!(
                    "the protected account of the user {} is not renamed to \"{name}\"",
                    candidate.source.id
                ),
            });
            return false;
        }
        Some(Verdict::Contested(other)) => (
            format!(
                "the directory user {}",
                open.get(other).map(|other| other.source.id.to_string()).unwrap_or_default()
            ),
            false,
        ),
        Some(Verdict::Taken(object)) => {
            let account = scene.found.accounts.get(object as usize);
            (
                account.map(describe).unwrap_or_default(),
                account.is_some_and(|account| stands_for_nobody(account, scene)),
            )
        }
    };
    matches.clashes.entry(candidate.user).or_default().extend(clashing);
    matches.duplicated.insert(candidate.user);
    matches.duplicates.push(Duplicate {
        reason,
        name: name.to_owned(),
        external_id: candidate.source.id.to_string(),
        clashes_with,
        former_user,
    });
    false
}

/// An account of this realm whose user this read did not show.
fn stands_for_nobody(account: &Account, scene: &Scene<'_>) -> bool {
    let link = account.link.as_ref().filter(|link| link.realm == scene.snapshot.realm);
    link.is_some_and(|link| scene.index.user(link.id).is_none())
}

fn describe(account: &Account) -> String {
    let username = account.attributes.username.as_deref().unwrap_or_default();
    match &account.link {
        None => format!("the local account \"{username}\""),
        Some(link) => format!("the account \"{username}\" of the directory user {}", link.id),
    }
}

/// `adoption.accounts`: only a free account that is the one match, whose other key is free or its own, that no other user
/// of this read claims, and that is not protected.
fn adopt(open: &mut [Candidate<'_>], usernames: &Bearers, emails: &Bearers, scene: &Scene<'_>) {
    let (by_username, same, other) = match scene.policy.adopt_accounts {
        AdoptAccounts::Never => return,
        AdoptAccounts::ByUsername => (true, usernames, emails),
        AdoptAccounts::ByEmail => (false, emails, usernames),
    };
    let keys = |candidate: &Candidate<'_>| {
        let (username, email) = (candidate.username.map(fold), candidate.email.map(fold));
        if by_username { (username, email) } else { (email, username) }
    };
    let mut claimed: HashMap<String, usize> = HashMap::new();
    for candidate in open.iter() {
        let (first, second) = keys(candidate);
        // The two name spaces are apart, so a username never counts as a claim of an e-mail.
        for key in first.map(|key| format!("1{key}")).into_iter().chain(second.map(|key| format!("2{key}"))) {
            *claimed.entry(key).or_default() += 1;
        }
    }
    for candidate in open
        .iter_mut()
        .filter(|candidate| candidate.account.is_none() && candidate.source.state != AccountState::Unknown)
    {
        let (Some(first), second) = keys(candidate) else { continue };
        let [object] = same.of(&first) else { continue };
        let others = second.as_deref().map_or(&[][..], |key| other.of(key));
        let alone = claimed.get(&format!("1{first}")) == Some(&1)
            && second.is_none_or(|key| claimed.get(&format!("2{key}")) == Some(&1));
        let account = AccountRef(*object);
        let free = scene
            .found
            .account(account)
            .is_some_and(|held| ownership::account_is_free(held.link.as_ref(), scene.snapshot.realm));
        if alone && free && others.iter().all(|other| other == object) && !scene.protected.contains(&account) {
            (candidate.account, candidate.adopted) = (Some(account), true);
        }
    }
}
