//! Rule `duplicate-account`: the two name spaces of accounts. Who needs a name, who holds it, and who gets it.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::Candidate;
use super::matches::AccountMatches;
use super::rival::{Likeness, Rival, Whose};
use crate::sync::context::PlanContext;
use crate::sync::escape::quoted;
use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found};
use crate::sync::look_alike::scripts;
use crate::sync::matching::names::{Allocation, Claim, Decision, Holders, allocate};
use crate::sync::naming;
use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};
use crate::sync::snapshot::{Attributes, UserValues};
use crate::sync::values::Values;

/// Which name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Username,
    Email,
}

impl Name {
    /// What a candidate needs of it.
    pub(super) const fn needed_by<'a>(self, candidate: &Candidate<'a>) -> Option<&'a str> {
        match self {
            Self::Username => candidate.username,
            Self::Email => candidate.email,
        }
    }

    /// What a directory user shows of it.
    pub(super) const fn shown(self, attributes: &UserValues) -> &Values {
        match self {
            Self::Username => &attributes.username,
            Self::Email => &attributes.email,
        }
    }

    /// What an account of the store has of it.
    pub(super) fn held(self, attributes: &Attributes) -> Option<&str> {
        match self {
            Self::Username => attributes.username.as_deref(),
            Self::Email => attributes.email.as_deref(),
        }
    }

    /// What it is called.
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "e-mail address",
        }
    }

    pub(super) const fn reason(self) -> DuplicateReason {
        match self {
            Self::Username => DuplicateReason::Username,
            Self::Email => DuplicateReason::Email,
        }
    }

    /// What to do where two users need one name.
    pub(super) const fn differ(self) -> &'static str {
        match self {
            Self::Username => {
                "give one of the two another username, or specify another attribute in the Directory's spec.users.attributes.username"
            }
            Self::Email => {
                "give one of the two another e-mail address, or specify another attribute in the Directory's spec.users.attributes.email"
            }
        }
    }

    /// What to do where a local account has the name.
    const fn adopt(self) -> &'static str {
        match self {
            Self::Username => {
                "if that account is the same person's, set spec.adoption.accounts to ByUsername; otherwise, rename one of the two"
            }
            Self::Email => {
                "if that account is the same person's, set spec.adoption.accounts to ByEmail; otherwise, change one of the two addresses"
            }
        }
    }
}

/// A name that is needed and not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// One name space: who holds its names, and what is decided about the claims to them.
pub(super) struct NameSpace {
    name: Name,
    holders: Holders,
    /// By candidate.
    allocation: Allocation,
    /// Rules `crossed-names` and `look-alike`: by candidate, what stands in the way of its claim.
    pub(super) rivals: BTreeMap<usize, Rival>,
}

impl NameSpace {
    /// The names of the store's accounts, with no claims to them yet.
    pub(super) fn new(name: Name, found: &Found) -> Self {
        let held = found.accounts.iter().zip(0..).filter_map(|(account, index)| {
            let text = name.held(&account.attributes)?;
            Some((index, fold(text)))
        });
        Self { name, holders: Holders::new(held), allocation: Allocation::default(), rivals: BTreeMap::new() }
    }

    /// Decides all claims. A protected account claims no other name, and no candidate claims a protected name.
    pub(super) fn decide(&mut self, open: &[Candidate<'_>], context: &PlanContext<'_>) {
        let claim = |(index, candidate): (usize, &Candidate<'_>)| {
            let key = fold(self.name.needed_by(candidate)?);
            let claims = candidate.may_claim() && !is_protected(candidate, context) && !self.is_reserved(&key, context);
            let claims = claims && !self.rivals.contains_key(&index);
            claims.then(|| Claim { key, claimant: candidate.account.map(|account| account.0) })
        };
        let claims: Vec<Option<Claim>> = open.iter().enumerate().map(claim).collect();
        self.allocation = allocate(&self.holders, &BTreeSet::new(), &claims);
    }

    /// Whether a name is protected: an account that got it would be protected from then on.
    fn is_reserved(&self, key: &str, context: &PlanContext<'_>) -> bool {
        self.name == Name::Username && context.policy.protected.accounts.contains(key)
    }

    /// The accounts that hold the name that a candidate needs, and go on holding it.
    pub(super) fn staying(&self, candidate: &Candidate<'_>) -> Vec<AccountRef> {
        let Some(wanted) = self.name.needed_by(candidate) else { return Vec::new() };
        self.allocation.staying(&self.holders, &fold(wanted)).map(AccountRef).collect()
    }

    /// The accounts that hold this folded name, and go on holding it.
    pub(super) fn staying_with<'a>(&'a self, key: &str) -> impl Iterator<Item = AccountRef> + 'a {
        self.allocation.staying(&self.holders, key).map(AccountRef)
    }

    /// Whether an account gets another name.
    pub(super) fn comes_free(&self, account: AccountRef) -> bool {
        self.allocation.comes_free(account.0)
    }

    /// The names that are granted so far and that the candidates do not have yet.
    pub(super) fn new_names<'a>(&'a self, open: &'a [Candidate<'a>]) -> impl Iterator<Item = (usize, &'a str)> + 'a {
        let granted = self.allocation.decisions.iter().enumerate();
        let granted = granted.filter(|(_, decision)| **decision == Some(Decision::Granted));
        granted.filter_map(|(index, _)| {
            let candidate = open.get(index)?;
            let name = self.name.needed_by(candidate)?;
            let is_held = candidate.account.is_some_and(|account| self.holders.of(&fold(name)).contains(&account.0));
            (!is_held).then_some((index, name))
        })
    }

    /// The name that a candidate needs, if it is granted; `None` if it needs none. A refusal is listed.
    pub(super) fn granted<'a>(
        &self,
        index: usize,
        open: &[Candidate<'a>],
        context: &PlanContext<'_>,
        matches: &mut AccountMatches,
    ) -> Result<Option<&'a str>, Refused> {
        let candidate = &open[index];
        let Some(wanted) = self.name.needed_by(candidate) else { return Ok(None) };
        let decision = self.allocation.decisions.get(index).copied().flatten();
        // An account keeps the name that it holds already, even where another account holds it too.
        if matches!(decision, Some(Decision::Granted | Decision::Shared(_))) {
            return Ok(Some(wanted));
        }
        if candidate.account.is_none() {
            let holding = self.holders.of(&fold(wanted)).iter().map(|account| AccountRef(*account));
            matches.conflicting.entry(candidate.user).or_default().extend(holding);
        }
        if let Some(rival) = self.rivals.get(&index) {
            self.list_rival(wanted, *rival, candidate, open, context, matches);
            return Err(Refused);
        }
        let who = naming::user(candidate.source);
        let holder = self.staying(candidate).into_iter().find(|account| candidate.account != Some(*account));
        if is_protected(candidate, context) {
            matches
                .problems
                .push(protected(format!("the account of {who} is protected and is not renamed to {}: rename it by hand, or remove it from spec.protected of the DashboardServer", quoted(wanted))));
        } else if let Some(decision) =
            decision.or(holder.filter(|_| candidate.may_claim()).map(|it| Decision::InUse(it.0)))
        {
            self.list(wanted, decision, candidate, open, context, matches);
        } else if candidate.may_claim() {
            matches.problems.push(protected(format!("{who} needs the username {}, which is protected on the dashboard server: change it in the directory, or remove it from spec.protected of the DashboardServer", quoted(wanted))));
        }
        Err(Refused)
    }

    /// Rules `crossed-names` and `look-alike`: lists a name that would be mistaken for another user's. The account of
    /// that user keeps the memberships that the candidate would have, as where the names are the same.
    fn list_rival(
        &self,
        wanted: &str,
        Rival { whose, likeness }: Rival,
        candidate: &Candidate<'_>,
        open: &[Candidate<'_>],
        context: &PlanContext<'_>,
        matches: &mut AccountMatches,
    ) {
        let (owner, former_user) = match whose {
            Whose::Account(account) => {
                if candidate.account.is_none() {
                    matches.conflicting.entry(candidate.user).or_default().push(account);
                }
                let account = context.found.account(account);
                let former = account.is_some_and(|account| is_of_former_user(account, context));
                (account.map(|account| naming::account(account, context)).unwrap_or_default(), former)
            }
            Whose::Candidate(other) => {
                (open.get(other).map(|other| naming::user(other.source)).unwrap_or_default(), false)
            }
        };
        let (conflicts_with, remedy) = match (likeness, self.name) {
            (Likeness::LooksAlike, _) => (
                format!("{owner}, whose username looks the same in other letters"),
                format!(
                    "this one has letters of {}: {}",
                    scripts(wanted).into_iter().collect::<Vec<_>>().join(" and "),
                    self.name.differ()
                ),
            ),
            (Likeness::Crossed, Name::Username) => {
                (format!("{owner}, whose e-mail address it is"), self.name.differ().to_owned())
            }
            (Likeness::Crossed, Name::Email) => {
                (format!("{owner}, whose username it is"), self.name.differ().to_owned())
            }
        };
        matches.duplicated.insert(candidate.user);
        matches.duplicates.push(Duplicate {
            reason: self.name.reason(),
            name: wanted.to_owned(),
            external_id: candidate.source.id.to_string(),
            conflicts_with,
            needed_by: naming::user(candidate.source),
            remedy,
            former_user,
        });
    }

    /// Lists a conflict.
    fn list(
        &self,
        wanted: &str,
        decision: Decision,
        candidate: &Candidate<'_>,
        open: &[Candidate<'_>],
        context: &PlanContext<'_>,
        matches: &mut AccountMatches,
    ) {
        let (conflicts_with, former_user, remedy) = match decision {
            Decision::Contested(other) => {
                let other = open.get(other).map(|other| naming::user(other.source)).unwrap_or_default();
                (other, false, self.name.differ())
            }
            Decision::InUse(object) | Decision::Shared(object) => {
                let account = context.found.account(AccountRef(object));
                let former = account.is_some_and(|account| is_of_former_user(account, context));
                let remedy = match account {
                    Some(Account { link: None, .. }) if candidate.account.is_none() => self.name.adopt(),
                    _ if former => "rename or delete that account",
                    _ => self.name.differ(),
                };
                (account.map(|account| naming::account(account, context)).unwrap_or_default(), former, remedy)
            }
            Decision::Granted => return,
        };
        matches.duplicated.insert(candidate.user);
        matches.duplicates.push(Duplicate {
            reason: self.name.reason(),
            name: wanted.to_owned(),
            external_id: candidate.source.id.to_string(),
            conflicts_with,
            needed_by: naming::user(candidate.source),
            remedy: remedy.to_owned(),
            former_user,
        });
    }
}

fn protected(message: String) -> Problem {
    Problem { group: String::new(), kind: ProblemKind::Protected, message }
}

fn is_protected(candidate: &Candidate<'_>, context: &PlanContext<'_>) -> bool {
    candidate.account.is_some_and(|account| context.protected.contains(&account))
}

/// Whether an account is linked to a user of this directory that this read did not show.
fn is_of_former_user(account: &Account, context: &PlanContext<'_>) -> bool {
    let link = account.link.as_ref().filter(|link| link.directory_id == context.snapshot.directory_id);
    link.is_some_and(|link| context.index.user(link.id).is_none())
}
