//! Rule `ownership`: the other owners that the links of a store name, as far as the API server is asked for them. Whoever
//! may write the store may name anybody there, any number of them, and in any words.

use std::collections::BTreeSet;

use crate::sync::found::Found;
use crate::sync::identity::Owner;

/// The most owners that are asked for in a run. An installation has fewer syncs for one store.
const MOST: usize = 1000;

/// The other owners of this installation whose objects there may be: first those that `spec.adoption.fromOwners` names.
pub(super) fn others<'f>(found: &'f Found, owner: &Owner, named: &BTreeSet<Owner>) -> Vec<&'f Owner> {
    let of_groups = found.groups.iter().filter_map(|group| group.link.as_ref()?.owner.as_deref());
    let of_accounts = found.accounts.iter().filter_map(|account| account.link.as_ref()?.owner.as_deref());
    let is_other =
        |other: &&Owner| other.installation == owner.installation && *other != owner && other.may_be_an_object();
    let others: BTreeSet<&Owner> = of_groups.chain(of_accounts).filter(is_other).collect();
    if others.len() > MOST {
        tracing::warn!(owners = others.len(), "the store names more owners than are asked for: {MOST}");
    }
    let (first, rest): (Vec<&Owner>, Vec<&Owner>) = others.into_iter().partition(|owner| named.contains(*owner));
    first.into_iter().chain(rest).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sync::found::Group;
    use crate::sync::identity::{DirectoryId, ExternalId, IdKind};
    use crate::sync::link::{GroupLink, Origin};
    use crate::sync::snapshot::{DnHash, Place};

    fn found(owners: impl Iterator<Item = String>) -> Found {
        let id = ExternalId::new(IdKind::EntryUuid, [1; 16]);
        let link = |owner: String| GroupLink {
            directory_id: DirectoryId(id),
            id,
            owner: Some(Arc::new(Owner::of_link(&owner))),
            selector: "".into(),
            exclusions: "".into(),
            origin: Origin::Created,
            name: "".into(),
            place: Place { dn: DnHash([0; 16]), parent: DnHash([0; 16]) },
            roles: Vec::new(),
            missing_since: None,
            empty_since: None,
        };
        let group = |owner| Group {
            id: 0.into(),
            name: "".into(),
            description: None,
            members: Vec::new(),
            roles: Vec::new(),
            link: Some(link(owner)),
        };
        Found { groups: owners.map(group).collect(), ..Found::default() }
    }

    /// Rule `ownership`.
    #[test]
    fn only_objects_of_this_installation_are_asked_for_each_once() {
        let owner = "u/bi/teams".parse().unwrap();
        let texts =
            ["u/bi/teams", "v/bi/a", "u/bi/a", "u/bi/a", "u/dashboards%2Fdirectories%2Fcorp?x=/y", "u/bi/..", "bi"];
        let found = found(texts.iter().map(ToString::to_string));
        assert_eq!(
            others(&found, &owner, &BTreeSet::new()).iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["u/bi/a"]
        );
    }

    #[test]
    fn a_store_cannot_make_a_run_ask_for_ever() {
        let found = found((0..40_000).map(|number| format!("u/bi/sync-{number}")));
        let named: Owner = "u/bi/sync-9999".parse().unwrap();
        let asked = others(&found, &"u/bi/teams".parse().unwrap(), &BTreeSet::from([named.clone()]));
        assert_eq!((asked.len(), asked[0]), (MOST, &named));
    }
}
