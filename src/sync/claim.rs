//! Who leads the links of a directory, and where its directory is: what rule `claimed-directory-id` compares.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::identity::{DirectoryId, Owner, is_installation, is_namespace};

/// How many claims on one directory id are remembered.
pub const MAX_CLAIMS: usize = 16;
/// How many addresses and how many authorities of one claim are remembered.
pub const MAX_ENDPOINTS: usize = 16;
/// The longest address, in octets: a name of the DNS has 253.
const LONGEST_ADDRESS: usize = 512;

/// Whose Directories lead links: those of a namespace, or those of a whole cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claimant {
    /// As [`Owner::installation`].
    pub installation: Box<str>,
    /// The namespace of the Directories. Empty for ClusterDirectories, which belong to no namespace.
    pub namespace: Box<str>,
}

impl Claimant {
    /// That of a sync.
    #[must_use]
    pub fn of(owner: &Owner) -> Self {
        Self { installation: owner.installation.as_str().into(), namespace: owner.namespace.as_str().into() }
    }

    /// The ClusterDirectories of an installation.
    #[must_use]
    pub fn cluster(installation: &str) -> Self {
        Self { installation: installation.into(), namespace: "".into() }
    }

    /// From the texts of a store. `None`: no sync has such an owner.
    #[must_use]
    pub fn parse(installation: &str, namespace: &str) -> Option<Self> {
        let is_claimant = is_installation(installation) && (namespace.is_empty() || is_namespace(namespace));
        is_claimant.then(|| Self { installation: installation.into(), namespace: namespace.into() })
    }

    /// Whether it stands for ClusterDirectories.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.namespace.is_empty()
    }

    /// Whether this sync is one of the namespace.
    #[must_use]
    pub fn has(&self, owner: &Owner) -> bool {
        *self.installation == *owner.installation && *self.namespace == *owner.namespace
    }
}

impl fmt::Display for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.namespace {
            "" => write!(f, "a ClusterDirectory (installation {})", self.installation),
            namespace => write!(f, "the namespace {namespace} (installation {})", self.installation),
        }
    }
}

/// Where a Directory reads, and whom it trusts there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Whether it is a ClusterDirectory, for which the cluster's administrators answer.
    pub of_cluster: bool,
    /// All its servers, as `host:port` in lower case. A file has an address that no other namespace has.
    pub addresses: BTreeSet<Box<str>>,
    /// The digest of the certificates that its own settings trust. The authorities of the system are everybody's.
    pub authority: Option<Box<str>>,
}

/// A namespace that leads links under a directory id, and where its Directories have read since it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryClaim {
    /// Who.
    pub claimant: Claimant,
    /// Since when.
    pub first_seen: Timestamp,
    /// The addresses of its Directories, the latest one last.
    pub addresses: Vec<Box<str>>,
    /// Their authorities, as [`Endpoints::authority`], the latest one last.
    pub authorities: Vec<Box<str>>,
}

impl DirectoryClaim {
    /// A new one.
    #[must_use]
    pub fn new(claimant: Claimant, endpoints: &Endpoints, first_seen: Timestamp) -> Self {
        let mut claim = Self { claimant, first_seen, addresses: Vec::new(), authorities: Vec::new() };
        claim.learn(endpoints);
        claim
    }

    /// From the texts of a store, each list as lines. `None`: its claimant is not one. What is not an address is left out.
    #[must_use]
    pub fn parse([installation, namespace, addresses, authorities]: [&str; 4], first_seen: Timestamp) -> Option<Self> {
        let lines = |text: &str| {
            let lines = text.split('\n').filter(|line| !line.is_empty() && line.len() <= LONGEST_ADDRESS);
            let mut latest: Vec<Box<str>> = lines.rev().take(MAX_ENDPOINTS).map(Into::into).collect();
            latest.reverse();
            latest
        };
        let claimant = Claimant::parse(installation, namespace)?;
        Some(Self { claimant, first_seen, addresses: lines(addresses), authorities: lines(authorities) })
    }

    /// Adds where a Directory reads now, and answers whether something was forgotten for it.
    pub(crate) fn learn(&mut self, endpoints: &Endpoints) -> bool {
        let Endpoints { addresses, authority, .. } = endpoints;
        let forgets = [
            learn(&mut self.addresses, addresses.iter().filter(|address| address.len() <= LONGEST_ADDRESS)),
            learn(&mut self.authorities, authority),
        ];
        forgets.contains(&true)
    }
}

/// Adds what is new, behind the others, and answers whether one of them had to go.
fn learn<'a>(known: &mut Vec<Box<str>>, seen: impl IntoIterator<Item = &'a Box<str>>) -> bool {
    let new: Vec<Box<str>> = seen.into_iter().filter(|it| !known.contains(it)).cloned().collect();
    known.extend(new);
    let surplus = known.len().saturating_sub(MAX_ENDPOINTS);
    known.drain(..surplus);
    surplus > 0
}

/// All claims on one directory id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDirectory {
    /// The directory.
    pub directory_id: DirectoryId,
    /// The claims, the first one first.
    pub claims: Vec<DirectoryClaim>,
}

impl ClaimedDirectory {
    /// In the order of their times, and not too many: the first one and the latest stay.
    #[must_use]
    pub fn new(directory_id: DirectoryId, mut claims: Vec<DirectoryClaim>) -> Self {
        claims.sort_by(|one, other| (one.first_seen, &one.claimant).cmp(&(other.first_seen, &other.claimant)));
        let latest = claims.len().saturating_sub(MAX_CLAIMS - 1).max(1);
        let mut place = 0..;
        claims.retain(|_| place.next().is_some_and(|place: usize| place == 0 || place >= latest));
        Self { directory_id, claims }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::identity::{ExternalId, IdKind};

    fn endpoints(addresses: &[&str]) -> Endpoints {
        Endpoints { addresses: addresses.iter().copied().map(Into::into).collect(), ..Endpoints::default() }
    }

    fn claim(namespace: &str, second: i64) -> DirectoryClaim {
        let claimant = Claimant::parse("standalone", namespace).unwrap();
        DirectoryClaim::new(claimant, &endpoints(&["a:636"]), Timestamp::from_second(second).unwrap())
    }

    #[test]
    fn the_latest_addresses_stay() {
        let mut claim = claim("bi", 0);
        assert!(!claim.learn(&endpoints(&["a:636", "b:636"])));
        assert_eq!(claim.addresses, ["a:636".into(), "b:636".into()]);
        for number in 0..14 {
            assert!(!claim.learn(&endpoints(&[&format!("c{number}:636")])));
        }
        assert!(claim.learn(&endpoints(&["d:636"])));
        assert_eq!((claim.addresses.len(), &*claim.addresses[0], &*claim.addresses[15]), (16, "b:636", "d:636"));
    }

    #[test]
    fn the_first_claim_and_the_latest_stay() {
        let directory_id = DirectoryId(ExternalId::new(IdKind::EntryUuid, [1; 16]));
        for count in [0, 1, 16, 17, 40] {
            let claims = (0..count).rev().map(|number| claim(&format!("n{number}"), number)).collect();
            let kept = ClaimedDirectory::new(directory_id, claims).claims;
            let kept: Vec<String> = kept.iter().map(|claim| claim.claimant.namespace.to_string()).collect();
            let latest = (1.max(count - 15)..count).map(|number| format!("n{number}"));
            let first = (count > 0).then(|| "n0".to_owned());
            assert_eq!(kept, first.into_iter().chain(latest).collect::<Vec<_>>());
        }
    }

    #[test]
    fn texts_of_a_store_are_bounded_and_their_claimant_is_one() {
        let parse = |texts| DirectoryClaim::parse(texts, Timestamp::UNIX_EPOCH);
        let many: Vec<String> = (0..40).map(|number| format!("h{number}:1")).collect();
        let long = "x".repeat(LONGEST_ADDRESS + 1);
        let addresses = format!("{}\n\n{long}", many.join("\n"));
        let claim = parse(["standalone", "bi", &addresses, "ab"]).unwrap();
        assert_eq!((claim.addresses.len(), &*claim.addresses[15]), (16, "h39:1"));
        assert_eq!(claim.authorities, ["ab".into()]);
        assert_eq!(parse(["a", "", "a:1", ""]).unwrap().claimant, Claimant::cluster("a"));
        for [installation, namespace] in [["", "bi"], ["a/b", "bi"], ["", ""], ["a", "Bi"], ["a", "b/i"], ["a", &long]]
        {
            assert_eq!(parse([installation, namespace, "a:1", ""]), None, "{installation} {namespace}");
        }
    }
}
