//! The two name spaces of accounts: who wants a name, who bears it, and who gets it.

use std::collections::BTreeSet;

use super::AccountMatches;
use super::candidate::Candidate;
use crate::sync::escape::quoted;
use crate::sync::fold::fold;
use crate::sync::found::{Account, AccountRef, Found};
use crate::sync::plan::names::{Allocation, Bearers, Claim, Verdict, allocate};
use crate::sync::problem::{Duplicate, DuplicateReason, Problem, ProblemKind};
use crate::sync::scene::Scene;
use crate::sync::snapshot::UserValues;
use crate::sync::values::Values;
use crate::sync::wording;

/// Which name of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Username,
    Email,
}

impl Name {
    /// What a candidate wants of it.
    pub(super) const fn of<'a>(self, candidate: &Candidate<'a>) -> Option<&'a str> {
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

    /// What a set of attributes says of it.
    pub(super) fn borne(self, attributes: &crate::sync::snapshot::Attributes) -> Option<&str> {
        match self {
            Self::Username => attributes.username.as_deref(),
            Self::Email => attributes.email.as_deref(),
        }
    }

    const fn reason(self) -> DuplicateReason {
        match self {
            Self::Username => DuplicateReason::Username,
            Self::Email => DuplicateReason::Email,
        }
    }

    /// What mends that two people want one name.
    const fn differ(self) -> &'static str {
        match self {
            Self::Username => {
                "give one of the two another username, or name another attribute in the Directory's spec.users.attributes.username"
            }
            Self::Email => {
                "give one of the two another e-mail address, or name another attribute in the Directory's spec.users.attributes.email"
            }
        }
    }

    /// What mends that a local account has the name.
    const fn adopt(self) -> &'static str {
        match self {
            Self::Username => {
                "if that account is the same person's, set spec.adoption.accounts to ByUsername; else rename one of the two"
            }
            Self::Email => {
                "if that account is the same person's, set spec.adoption.accounts to ByEmail; else change one of the two addresses"
            }
        }
    }
}

/// A name that is wanted and not had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// The claims of one name space, decided together.
pub(super) struct Claims {
    name: Name,
    bearers: Bearers,
    allocation: Allocation,
    /// By candidate; `None` where it claims nothing.
    verdicts: Vec<Option<Verdict>>,
}

impl Claims {
    /// No claims yet on the names that the store's accounts bear.
    pub(super) fn new(name: Name, found: &Found) -> Self {
        let borne = found.accounts.iter().zip(0..).filter_map(|(account, index)| {
            let text = name.borne(&account.attributes)?;
            Some((index, fold(text)))
        });
        let bearers = Bearers::new(borne);
        Self { name, bearers, allocation: Allocation::default(), verdicts: Vec::new() }
    }

    /// Decides anew. Neither does a protected account claim another name, nor anybody a protected name.
    pub(super) fn decide(&mut self, open: &[Candidate<'_>], scene: &Scene<'_>) {
        let (indices, claims): (Vec<usize>, Vec<Claim>) = open
            .iter()
            .enumerate()
            .filter(|(_, candidate)| candidate.claims() && !is_protected(candidate, scene))
            .filter_map(|(index, candidate)| {
                let key = fold(self.name.of(candidate)?);
                let claim = Claim { key, holder: candidate.account.map(|account| account.0) };
                (!self.is_reserved(&claim.key, scene)).then_some((index, claim))
            })
            .unzip();
        self.allocation = allocate(&self.bearers, &BTreeSet::new(), &claims);
        self.verdicts = vec![None; open.len()];
        for (index, verdict) in indices.iter().zip(&self.allocation.verdicts) {
            // An allocation counts claims, the caller counts candidates.
            self.verdicts[*index] = Some(match verdict {
                Verdict::Contested(claim) => Verdict::Contested(indices[*claim]),
                other => *other,
            });
        }
    }

    /// Whether nobody may become the bearer of a name: whoever did would be protected from then on.
    fn is_reserved(&self, key: &str, scene: &Scene<'_>) -> bool {
        self.name == Name::Username && scene.policy.protected.accounts.contains(key)
    }

    /// The accounts that bear what a candidate wants and go on bearing it.
    pub(super) fn staying(&self, candidate: &Candidate<'_>) -> Vec<AccountRef> {
        let Some(wanted) = self.name.of(candidate) else { return Vec::new() };
        self.allocation.staying(&self.bearers, &fold(wanted)).map(AccountRef).collect()
    }

    /// The name that a candidate wants, if any, once it is granted; else its clash is noted.
    pub(super) fn granted<'a>(
        &self,
        index: usize,
        open: &[Candidate<'a>],
        scene: &Scene<'_>,
        matches: &mut AccountMatches,
    ) -> Result<Option<&'a str>, Refused> {
        let candidate = &open[index];
        let Some(wanted) = self.name.of(candidate) else { return Ok(None) };
        let verdict = self.verdicts.get(index).copied().flatten();
        // The name that an account bears already is not fought over, so a twin stands in nobody's way.
        if matches!(verdict, Some(Verdict::Granted | Verdict::Shared(_))) {
            return Ok(Some(wanted));
        }
        if candidate.account.is_none() {
            let bearing = self.bearers.of(&fold(wanted)).iter().map(|account| AccountRef(*account));
            matches.clashes.entry(candidate.user).or_default().extend(bearing);
        }
        let who = wording::user(candidate.source);
        let borne = self.staying(candidate).into_iter().find(|account| candidate.account != Some(*account));
        if is_protected(candidate, scene) {
            matches
                .problems
                .push(protected(format!("the account of {who} is protected and is not renamed to {}: rename it by hand, or take it out of spec.protected of the DashboardServer", quoted(wanted))));
        } else if let Some(verdict) = verdict.or(borne.filter(|_| candidate.claims()).map(|it| Verdict::Taken(it.0))) {
            self.note(wanted, verdict, candidate, open, scene, matches);
        } else if candidate.claims() {
            matches.problems.push(protected(format!("{who} needs the username {}, which is protected on the dashboard server: change it in the directory, or take it out of spec.protected of the DashboardServer", quoted(wanted))));
        }
        Err(Refused)
    }

    fn note(
        &self,
        wanted: &str,
        verdict: Verdict,
        candidate: &Candidate<'_>,
        open: &[Candidate<'_>],
        scene: &Scene<'_>,
        matches: &mut AccountMatches,
    ) {
        let (conflicts_with, former_user, remedy) = match verdict {
            Verdict::Contested(other) => {
                let other = open.get(other).map(|other| wording::user(other.source)).unwrap_or_default();
                (other, false, self.name.differ())
            }
            Verdict::Taken(object) | Verdict::Shared(object) => {
                let account = scene.found.account(AccountRef(object));
                let former = account.is_some_and(|account| stands_for_nobody(account, scene));
                let remedy = match account {
                    Some(Account { link: None, .. }) if candidate.account.is_none() => self.name.adopt(),
                    _ if former => "rename or delete that account",
                    _ => self.name.differ(),
                };
                (account.map(|account| wording::account(account, scene)).unwrap_or_default(), former, remedy)
            }
            Verdict::Granted => return,
        };
        matches.duplicated.insert(candidate.user);
        matches.duplicates.push(Duplicate {
            reason: self.name.reason(),
            name: wanted.to_owned(),
            external_id: candidate.source.id.to_string(),
            conflicts_with,
            needed_by: wording::user(candidate.source),
            remedy: remedy.to_owned(),
            former_user,
        });
    }
}

fn protected(message: String) -> Problem {
    Problem { group: String::new(), kind: ProblemKind::Protected, message }
}

fn is_protected(candidate: &Candidate<'_>, scene: &Scene<'_>) -> bool {
    candidate.account.is_some_and(|account| scene.protected.contains(&account))
}

/// An account of this directory whose user this read did not show.
fn stands_for_nobody(account: &Account, scene: &Scene<'_>) -> bool {
    let link = account.link.as_ref().filter(|link| link.directory_id == scene.snapshot.directory_id);
    link.is_some_and(|link| scene.index.user(link.id).is_none())
}
