//! Rule `plan-order`: the order of renames, in which names can be swapped.

use std::collections::{BTreeMap, BTreeSet};

use crate::sync::matching::names::Holders;

/// One step of the renames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RenameStep {
    /// Give the object a temporary name, because its own is needed before its new one is free.
    Park(u32),
    /// Give the object the name that it was granted.
    Rename(u32),
}

/// Rule `plan-order`: orders granted renames (object → folded new name) so that every name is free when an object gets
/// it. Linear in the number of renames, chains of any length included.
pub(crate) fn order(holders: &Holders, renames: &BTreeMap<u32, String>) -> Vec<RenameStep> {
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
            for holder in holders.of(needed).iter().filter(|holder| **holder != object) {
                match state.get(holder) {
                    Some(State::Open) => {
                        path.push(*holder);
                        blocked = true;
                    }
                    Some(State::Waiting) if parked.insert(*holder) => steps.push(RenameStep::Park(*holder)),
                    _ => {}
                }
            }
            if !blocked {
                steps.push(RenameStep::Rename(object));
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

    fn holders(names: &[&str]) -> Holders {
        Holders::new(names.iter().zip(0..).map(|(name, object)| (object, (*name).to_owned())))
    }

    #[test]
    fn a_cycle_needs_one_temporary_name() {
        let renames = BTreeMap::from([(0, "b".to_owned()), (1, "c".to_owned()), (2, "a".to_owned())]);
        let steps = order(&holders(&["a", "b", "c"]), &renames);
        assert_eq!(steps, [RenameStep::Park(0), RenameStep::Rename(2), RenameStep::Rename(1), RenameStep::Rename(0)]);
    }

    #[test]
    fn a_long_chain_is_ordered_from_its_end() {
        let names: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        let holders = Holders::new(names.iter().cloned().zip(0..).map(|(name, object)| (object, name)));
        let renames: BTreeMap<u32, String> = (0..10_000u32).map(|object| (object, (object + 1).to_string())).collect();
        let steps = order(&holders, &renames);
        assert_eq!(steps.len(), 10_000);
        assert_eq!(steps.first(), Some(&RenameStep::Rename(9_999)));
    }
}
