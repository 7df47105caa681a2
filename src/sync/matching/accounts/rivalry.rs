//! Rules `crossed-names` and `look-alike`: which claims to names have a rival.

use std::collections::{BTreeMap, HashMap};

use super::candidate::Candidate;
use super::name_space::NameSpace;
use super::rival::{Likeness, Rival, Whose};
use crate::sync::context::PlanContext;
use crate::sync::fold::fold;
use crate::sync::found::{AccountRef, Found};
use crate::sync::look_alike::{look_alike, looks, scripts};

/// What the usernames look like; empty where all of them are of one script, so that none is mistaken.
#[derive(Debug, Default)]
pub(super) struct Looks {
    of_accounts: HashMap<String, Vec<AccountRef>>,
    is_needed: bool,
}

impl Looks {
    pub(super) fn new(open: &[Candidate<'_>], found: &Found) -> Self {
        let held =
            || (0..).zip(&found.accounts).filter_map(|(index, it)| Some((index, it.attributes.username.as_deref()?)));
        let wanted = || open.iter().filter_map(|candidate| candidate.username);
        let mut all = wanted().chain(held().map(|(_, username)| username)).map(scripts).filter(|it| !it.is_empty());
        let first = all.next();
        if wanted().next().is_none() || all.all(|scripts| Some(scripts) == first) {
            return Self::default();
        }
        let mut of_accounts: HashMap<String, Vec<AccountRef>> = HashMap::new();
        for (index, username) in held() {
            for look in looks(username) {
                of_accounts.entry(look).or_default().push(AccountRef(index));
            }
        }
        Self { of_accounts, is_needed: true }
    }

    /// The candidates by what the names look like that are granted to them.
    fn of_candidates(&self, usernames: &NameSpace, open: &[Candidate<'_>]) -> HashMap<String, Vec<usize>> {
        let mut of_candidates: HashMap<String, Vec<usize>> = HashMap::new();
        if self.is_needed {
            for (index, username) in usernames.new_names(open) {
                for look in looks(username) {
                    of_candidates.entry(look).or_default().push(index);
                }
            }
        }
        of_candidates
    }
}

/// Decides all claims to names. A claim that has a rival is refused, so the name that the claimant has now does not
/// come free. Others that wait for it may be refused too, so it is decided again until nothing changes.
pub(super) fn decide(
    usernames: &mut NameSpace,
    emails: &mut NameSpace,
    looks: &Looks,
    open: &[Candidate<'_>],
    context: &PlanContext<'_>,
) {
    usernames.rivals.clear();
    emails.rivals.clear();
    loop {
        usernames.decide(open, context);
        emails.decide(open, context);
        let mut of_usernames = crossed(usernames, emails, open);
        of_usernames.extend(alike(usernames, looks, open, context.found));
        let of_emails = crossed(emails, usernames, open);
        if of_usernames.is_empty() && of_emails.is_empty() {
            return;
        }
        usernames.rivals.extend(of_usernames);
        emails.rivals.extend(of_emails);
    }
}

/// Rule `crossed-names`: the new names of one name space that another user has, or gets, in the other one.
fn crossed(names: &NameSpace, others: &NameSpace, open: &[Candidate<'_>]) -> BTreeMap<usize, Rival> {
    let mut granted: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, name) in others.new_names(open) {
        granted.entry(fold(name)).or_default().push(index);
    }
    let rival = |(index, name): (usize, &str)| {
        let key = fold(name);
        let account = others.staying_with(&key).find(|account| open[index].account != Some(*account));
        let claimant = || granted.get(&key)?.iter().copied().find(|other| *other != index);
        let whose = account.map(Whose::Account).or_else(|| claimant().map(Whose::Candidate))?;
        Some((index, Rival { whose, likeness: Likeness::Crossed }))
    };
    names.new_names(open).filter_map(rival).collect()
}

/// Rule `look-alike`: the new usernames that look like another user's.
fn alike(usernames: &NameSpace, known: &Looks, open: &[Candidate<'_>], found: &Found) -> BTreeMap<usize, Rival> {
    if !known.is_needed {
        return BTreeMap::new();
    }
    let granted = known.of_candidates(usernames, open);
    let username = |account| found.account(account)?.attributes.username.as_deref();
    let rival = |(index, name): (usize, &str)| {
        let looks = looks(name);
        let mut accounts = looks.iter().filter_map(|look| known.of_accounts.get(look)).flatten().copied();
        let account = accounts.find(|account| {
            open[index].account != Some(*account)
                && !usernames.comes_free(*account)
                && username(*account).is_some_and(|username| look_alike(name, username))
        });
        let mut claimants = looks.iter().filter_map(|look| granted.get(look)).flatten().copied();
        let mut claimant =
            || claimants.find(|other| open[*other].username.is_some_and(|other| look_alike(name, other)));
        let whose = account.map(Whose::Account).or_else(|| claimant().map(Whose::Candidate))?;
        Some((index, Rival { whose, likeness: Likeness::LooksAlike }))
    };
    usernames.new_names(open).filter_map(rival).collect()
}
