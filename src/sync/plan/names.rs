//! Who gets a name. A name is free if in this very plan its bearer is renamed away or deleted, so claims depend on one
//! another; swaps and cycles come out right, and one refusal refuses exactly what waited for it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// One wish for a name in one name space (group names, usernames or e-mails).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The folded name.
    pub(crate) key: String,
    /// The store object that shall bear it; `None`: one that is yet to be created.
    pub(crate) holder: Option<u32>,
}

/// What came of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The name is the claimant's.
    Granted,
    /// The claimant bears it already and keeps it, though this store object bears it too and stays.
    Shared(u32),
    /// This store object bears it and stays.
    Taken(u32),
    /// The claim at this index wants it too.
    Contested(usize),
}

/// The names that store objects bear now.
#[derive(Debug, Default)]
pub(crate) struct Bearers {
    by_key: HashMap<Arc<str>, Vec<u32>>,
    key_of: HashMap<u32, Arc<str>>,
}

impl Bearers {
    /// From each object's folded name; an object without one is left out.
    pub(crate) fn new(names: impl Iterator<Item = (u32, String)>) -> Self {
        let mut bearers = Self::default();
        for (object, key) in names {
            let key: Arc<str> = key.into();
            bearers.by_key.entry(Arc::clone(&key)).or_default().push(object);
            bearers.key_of.insert(object, key);
        }
        bearers
    }

    /// The objects that bear a name, in the order in which they were given.
    pub(crate) fn of(&self, key: &str) -> &[u32] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    fn bear(&self, claim: &Claim) -> bool {
        claim.holder.and_then(|holder| self.key_of.get(&holder)).is_some_and(|key| **key == *claim.key)
    }
}

/// What came of all claims of one name space.
#[derive(Debug, Default)]
pub(crate) struct Allocation {
    /// By claim.
    pub(crate) verdicts: Vec<Verdict>,
    /// The objects whose names come free.
    going: HashSet<u32>,
}

impl Allocation {
    /// The objects that bear a name and go on bearing it.
    pub(crate) fn staying<'a>(&'a self, bearers: &'a Bearers, key: &str) -> impl Iterator<Item = u32> + 'a {
        bearers.of(key).iter().copied().filter(|object| !self.going.contains(object))
    }
}

/// Decides every claim. `leaving` are the objects that this plan deletes. Each object holds at most one claim.
pub(crate) fn allocate(bearers: &Bearers, leaving: &BTreeSet<u32>, claims: &[Claim]) -> Allocation {
    let mut wishes: HashMap<&str, Vec<usize>> = HashMap::with_capacity(claims.len());
    for (index, claim) in claims.iter().enumerate() {
        wishes.entry(&claim.key).or_default().push(index);
    }
    let mut verdicts: Vec<Verdict> = claims
        .iter()
        .enumerate()
        .map(|(index, claim)| among_claimants(bearers, claims, &wishes, index, claim))
        .collect();

    // Every remaining grant holds as long as all bearers of its name go; a bearer goes if it is deleted or its own
    // claim to another name is granted. Start from all granted and withdraw until nothing changes.
    let mut going: HashSet<u32> = leaving.iter().copied().collect();
    let moves = |claim: &Claim, verdict: Verdict| verdict == Verdict::Granted && !bearers.bear(claim);
    going.extend(
        claims.iter().zip(&verdicts).filter(|(claim, verdict)| moves(claim, **verdict)).filter_map(|(c, _)| c.holder),
    );
    let mut doubtful: Vec<usize> = (0..claims.len()).collect();
    while let Some(index) = doubtful.pop() {
        let claim = &claims[index];
        if !moves(claim, verdicts[index]) {
            continue;
        }
        let Some(stays) = bearers.of(&claim.key).iter().find(|object| !going.contains(object)) else { continue };
        verdicts[index] = Verdict::Taken(*stays);
        // Whoever waited for the name that this holder bears now waits in vain.
        if let Some(holder) = claim.holder
            && !leaving.contains(&holder)
        {
            going.remove(&holder);
            let waiting = bearers.key_of.get(&holder).and_then(|key| wishes.get(&**key));
            doubtful.extend(waiting.into_iter().flatten());
        }
    }
    for (claim, verdict) in claims.iter().zip(&mut verdicts).filter(|(_, verdict)| **verdict == Verdict::Granted) {
        let twins = bearers.of(&claim.key).iter().filter(|object| claim.holder != Some(**object));
        if let Some(twin) = twins.copied().find(|twin| !going.contains(twin)) {
            *verdict = Verdict::Shared(twin);
        }
    }
    Allocation { verdicts, going }
}

/// Whoever bears the name keeps it, twins too; every other claimant of that name loses, and all lose if none bears it.
fn among_claimants(
    bearers: &Bearers,
    claims: &[Claim],
    wishes: &HashMap<&str, Vec<usize>>,
    index: usize,
    claim: &Claim,
) -> Verdict {
    let rivals = wishes.get(claim.key.as_str()).map_or(&[][..], Vec::as_slice);
    if rivals.len() < 2 || bearers.bear(claim) {
        return Verdict::Granted;
    }
    let keeper = rivals.iter().find(|rival| bearers.bear(&claims[**rival]));
    match keeper.and_then(|keeper| claims[*keeper].holder) {
        Some(holder) => Verdict::Taken(holder),
        None => Verdict::Contested(rivals.iter().copied().find(|rival| *rival != index).unwrap_or(index)),
    }
}

/// One step of carrying out renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give the object a name that nothing else bears, because its own is needed before its new one is free.
    Park(u32),
    /// Give the object the name that it was granted.
    Rename(u32),
}

/// Orders granted renames (object → folded new name) so that every name is free when it is taken. Linear in the number
/// of renames, chains of any length included.
pub(crate) fn order(bearers: &Bearers, renames: &BTreeMap<u32, String>) -> Vec<Step> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum State {
        Open,
        Waiting,
        Done,
    }
    let mut state: BTreeMap<u32, State> = renames.keys().map(|object| (*object, State::Open)).collect();
    let mut steps = Vec::with_capacity(renames.len());
    let mut parked = BTreeSet::new();
    for start in renames.keys() {
        let mut path = vec![*start];
        while let Some(object) = path.last().copied() {
            if state.get(&object) == Some(&State::Done) {
                path.pop();
                continue;
            }
            state.insert(object, State::Waiting);
            let needed = renames.get(&object).map_or("", String::as_str);
            let mut blocked = false;
            for bearer in bearers.of(needed).iter().filter(|bearer| **bearer != object) {
                match state.get(bearer) {
                    Some(State::Open) => {
                        path.push(*bearer);
                        blocked = true;
                    }
                    Some(State::Waiting) if parked.insert(*bearer) => steps.push(Step::Park(*bearer)),
                    _ => {}
                }
            }
            if !blocked {
                steps.push(Step::Rename(object));
                state.insert(object, State::Done);
                path.pop();
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearers(names: &[&str]) -> Bearers {
        Bearers::new(names.iter().zip(0..).map(|(name, object)| (object, (*name).to_owned())))
    }

    fn check(names: &[&str], leaving: &[u32], claims: &[(Option<u32>, &str)], wanted: &[Verdict]) {
        let claims: Vec<Claim> =
            claims.iter().map(|(holder, key)| Claim { key: (*key).to_owned(), holder: *holder }).collect();
        let allocation = allocate(&bearers(names), &leaving.iter().copied().collect(), &claims);
        assert_eq!(allocation.verdicts, wanted);
    }

    use Verdict::{Contested, Granted, Shared, Taken};

    #[test]
    fn a_free_name_is_granted() {
        check(&["a"], &[], &[(None, "b")], &[Granted]);
    }

    #[test]
    fn a_local_bearer_stays() {
        check(&["a", "b"], &[], &[(None, "a"), (Some(1), "a")], &[Contested(1), Contested(0)]);
        check(&["a", "b"], &[], &[(Some(1), "a")], &[Taken(0)]);
    }

    #[test]
    fn a_bearer_that_is_deleted_or_renamed_gives_way() {
        check(&["a"], &[0], &[(None, "a")], &[Granted]);
        check(&["a"], &[], &[(Some(0), "b"), (None, "a")], &[Granted, Granted]);
    }

    #[test]
    fn one_refusal_refuses_the_whole_chain_that_waits_for_it() {
        check(
            &["a", "b", "c", "d"],
            &[],
            &[(Some(0), "b"), (Some(1), "c"), (Some(2), "d"), (None, "a")],
            &[Taken(1), Taken(2), Taken(3), Taken(0)],
        );
    }

    #[test]
    fn swaps_and_cycles_are_granted_and_parked_once() {
        check(&["a", "b"], &[], &[(Some(0), "b"), (Some(1), "a")], &[Granted, Granted]);
        let renames = BTreeMap::from([(0, "b".to_owned()), (1, "c".to_owned()), (2, "a".to_owned())]);
        let steps = order(&bearers(&["a", "b", "c"]), &renames);
        assert_eq!(steps, [Step::Park(0), Step::Rename(2), Step::Rename(1), Step::Rename(0)]);
    }

    #[test]
    fn the_bearer_keeps_a_name_that_two_want() {
        check(&["a"], &[], &[(None, "a"), (Some(0), "a")], &[Taken(0), Granted]);
        check(&[], &[], &[(None, "a"), (None, "a")], &[Contested(1), Contested(0)]);
    }

    #[test]
    fn a_twin_of_the_bearer_stands_in_nobodys_way() {
        check(&["a", "a"], &[], &[(Some(0), "a")], &[Shared(1)]);
        check(&["a", "a"], &[], &[(Some(0), "a"), (Some(1), "b")], &[Granted, Granted]);
        check(&["a", "a"], &[1], &[(Some(0), "a")], &[Granted]);
        check(&["a", "a"], &[], &[(None, "a")], &[Taken(0)]);
    }

    #[test]
    fn a_long_chain_is_ordered_from_its_end() {
        let names: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        let bearers = Bearers::new(names.iter().cloned().zip(0..).map(|(name, object)| (object, name)));
        let renames: BTreeMap<u32, String> = (0..10_000u32).map(|object| (object, (object + 1).to_string())).collect();
        let steps = order(&bearers, &renames);
        assert_eq!(steps.len(), 10_000);
        assert_eq!(steps.first(), Some(&Step::Rename(9_999)));
    }
}
