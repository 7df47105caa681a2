//! Rules `duplicate-group` and `duplicate-account`: who gets a name. A name is free if this very plan renames or
//! deletes its holder, so claims depend on one another. Swaps and cycles come out right, and one refusal refuses
//! exactly what waited for it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// One claim to a name in one name space (group names, usernames or e-mail addresses).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The folded name.
    pub(crate) key: String,
    /// The store object that claims it; `None`: one that is yet to be created.
    pub(crate) claimant: Option<u32>,
}

/// What is decided about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The claimant gets the name.
    Granted,
    /// The claimant holds it already and keeps it, though this store object holds it too and stays.
    Shared(u32),
    /// This store object holds it and stays.
    InUse(u32),
    /// The claim at this index is to the same name.
    Contested(usize),
}

/// The names that store objects hold now.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    by_key: HashMap<Arc<str>, Vec<u32>>,
    key_of: HashMap<u32, Arc<str>>,
}

impl Holders {
    /// From each object's folded name; an object without one is left out.
    pub(crate) fn new(names: impl Iterator<Item = (u32, String)>) -> Self {
        let mut holders = Self::default();
        for (object, key) in names {
            let key: Arc<str> = key.into();
            holders.by_key.entry(Arc::clone(&key)).or_default().push(object);
            holders.key_of.insert(object, key);
        }
        holders
    }

    /// The objects that hold a name, in the order in which they were given.
    pub(crate) fn of(&self, key: &str) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether the claimant holds the name already.
    fn is_held(&self, claim: &Claim) -> bool {
        claim.claimant.and_then(|claimant| self.key_of.get(&claimant)).is_some_and(|key| **key == *claim.key)
    }
}

/// What is decided about all claims of one name space.
#[derive(Debug, Default)]
pub(crate) struct Allocation {
    /// By claim; `None` where there is none.
    pub(crate) decisions: Vec<Option<Decision>>,
    /// The objects whose names come free.
    going: HashSet<u32>,
}

impl Allocation {
    /// Whether the name that an object holds comes free.
    pub(crate) fn comes_free(&self, object: u32) -> bool {
        self.going.contains(&object)
    }

    /// The objects that hold a name and go on holding it.
    pub(crate) fn staying<'a>(&'a self, holders: &'a Holders, key: &str) -> impl Iterator<Item = u32> + 'a {
        holders.of(key).iter().copied().filter(|object| !self.going.contains(object))
    }
}

/// Rules `duplicate-group` and `duplicate-account`: decides every claim. `deleted` are the objects that this plan
/// deletes. Each object makes at most one claim.
pub(crate) fn allocate(holders: &Holders, deleted: &BTreeSet<u32>, claims: &[Option<Claim>]) -> Allocation {
    let claimed = || claims.iter().enumerate().filter_map(|(index, claim)| Some((index, claim.as_ref()?)));
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::with_capacity(claims.len());
    for (index, claim) in claimed() {
        by_key.entry(&claim.key).or_default().push(index);
    }
    let mut decisions = vec![None; claims.len()];
    for (index, claim) in claimed() {
        decisions[index] = Some(between_claimants(holders, claims, &by_key, index, claim));
    }

    // Every remaining grant stands as long as all holders of its name go; a holder goes if it is deleted or its own
    // claim to another name is granted. Start from all granted and withdraw until nothing changes.
    let mut going: HashSet<u32> = deleted.iter().copied().collect();
    let moves =
        |claim: &Claim, decision: Option<Decision>| decision == Some(Decision::Granted) && !holders.is_held(claim);
    let moving = claimed().filter(|(index, claim)| moves(claim, decisions[*index]));
    going.extend(moving.filter_map(|(_, claim)| claim.claimant));
    let mut doubtful: Vec<usize> = (0..claims.len()).collect();
    while let Some(index) = doubtful.pop() {
        let Some(claim) = claims[index].as_ref().filter(|claim| moves(claim, decisions[index])) else { continue };
        let Some(stays) = holders.of(&claim.key).iter().find(|object| !going.contains(object)) else { continue };
        decisions[index] = Some(Decision::InUse(*stays));
        // Every claim to the name that this claimant holds waits in vain now.
        if let Some(claimant) = claim.claimant
            && !deleted.contains(&claimant)
        {
            going.remove(&claimant);
            let waiting = holders.key_of.get(&claimant).and_then(|key| by_key.get(&**key));
            doubtful.extend(waiting.into_iter().flatten());
        }
    }
    for (index, claim) in claimed() {
        if decisions[index] == Some(Decision::Granted) {
            let mut others = holders.of(&claim.key).iter().filter(|object| claim.claimant != Some(**object));
            if let Some(other) = others.find(|other| !going.contains(other)) {
                decisions[index] = Some(Decision::Shared(*other));
            }
        }
    }
    Allocation { decisions, going }
}

/// A claimant that holds the name keeps it, and so does another object that holds it. Every other claimant of that name
/// loses, and all lose if none holds it.
fn between_claimants(
    holders: &Holders,
    claims: &[Option<Claim>],
    by_key: &HashMap<&str, Vec<usize>>,
    index: usize,
    claim: &Claim,
) -> Decision {
    let rivals = by_key.get(claim.key.as_str()).map_or(&[][..], Vec::as_slice);
    if rivals.len() < 2 || holders.is_held(claim) {
        return Decision::Granted;
    }
    let mut rival_claims = rivals.iter().filter_map(|rival| claims[*rival].as_ref());
    match rival_claims.find(|rival| holders.is_held(rival)).and_then(|keeper| keeper.claimant) {
        Some(holder) => Decision::InUse(holder),
        None => Decision::Contested(rivals.iter().copied().find(|rival| *rival != index).unwrap_or(index)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holders(names: &[&str]) -> Holders {
        Holders::new(names.iter().zip(0..).map(|(name, object)| (object, (*name).to_owned())))
    }

    fn check(names: &[&str], deleted: &[u32], claims: &[(Option<u32>, &str)], decisions: &[Decision]) {
        let claims: Vec<Option<Claim>> =
            claims.iter().map(|(claimant, key)| Some(Claim { key: (*key).to_owned(), claimant: *claimant })).collect();
        let allocation = allocate(&holders(names), &deleted.iter().copied().collect(), &claims);
        assert_eq!(allocation.decisions, decisions.iter().copied().map(Some).collect::<Vec<_>>());
    }

    use Decision::{Contested, Granted, InUse, Shared};

    /// Rules `duplicate-group` and `duplicate-account`.
    #[test]
    fn a_free_name_is_granted() {
        check(&["a"], &[], &[(None, "b")], &[Granted]);
    }

    #[test]
    fn a_local_holder_stays() {
        check(&["a", "b"], &[], &[(None, "a"), (Some(1), "a")], &[Contested(1), Contested(0)]);
        check(&["a", "b"], &[], &[(Some(1), "a")], &[InUse(0)]);
    }

    #[test]
    fn a_holder_that_is_deleted_or_renamed_gives_way() {
        check(&["a"], &[0], &[(None, "a")], &[Granted]);
        check(&["a"], &[], &[(Some(0), "b"), (None, "a")], &[Granted, Granted]);
    }

    #[test]
    fn one_refusal_refuses_the_whole_chain_that_waits_for_it() {
        check(
            &["a", "b", "c", "d"],
            &[],
            &[(Some(0), "b"), (Some(1), "c"), (Some(2), "d"), (None, "a")],
            &[InUse(1), InUse(2), InUse(3), InUse(0)],
        );
    }

    #[test]
    fn swaps_are_granted() {
        check(&["a", "b"], &[], &[(Some(0), "b"), (Some(1), "a")], &[Granted, Granted]);
    }

    #[test]
    fn the_holder_keeps_a_name_that_two_claim() {
        check(&["a"], &[], &[(None, "a"), (Some(0), "a")], &[InUse(0), Granted]);
        check(&[], &[], &[(None, "a"), (None, "a")], &[Contested(1), Contested(0)]);
    }

    #[test]
    fn a_second_holder_of_the_name_changes_nothing() {
        check(&["a", "a"], &[], &[(Some(0), "a")], &[Shared(1)]);
        check(&["a", "a"], &[], &[(Some(0), "a"), (Some(1), "b")], &[Granted, Granted]);
        check(&["a", "a"], &[1], &[(Some(0), "a")], &[Granted]);
        check(&["a", "a"], &[], &[(None, "a")], &[InUse(0)]);
    }
}
