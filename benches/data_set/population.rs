//! Who is in the directory: the same people and groups every time, as LDIF.

use std::fmt::Write as _;

use super::size::Size;

/// The naming context.
pub const SUFFIX: &str = "dc=example,dc=test";
/// The bind account.
pub const READER: &str = "cn=reader,dc=example,dc=test";
/// Its password.
pub const READER_PASSWORD: &str = "battery staple";
/// Where the users are.
pub const PEOPLE: &str = "ou=people,dc=example,dc=test";
/// Where the groups are.
pub const GROUPS: &str = "ou=groups,dc=example,dc=test";

/// The n-th largest group has a size in proportion to n to the power of this: with 10,000 groups of 1,000,000 members
/// the largest has about 37,000 and half of them have fewer than 50.
const SKEW: f64 = -0.8;
/// Consecutive members are this far apart (a prime), so that a group's members stand nowhere side by side.
const STRIDE: u64 = 7_368_787;

/// The members of each group. The groups follow one after the other around the circle of all users, so that each user
/// is in as many groups as any other, give or take one.
#[derive(Debug)]
pub struct Population {
    size: Size,
    group_sizes: Vec<u32>,
}

impl Population {
    /// The one population of this size.
    #[must_use]
    pub fn new(size: Size) -> Self {
        assert!(size.groups > 0 && size.memberships >= size.groups, "{size}: a groupOfNames has at least one member");
        assert!(size.memberships <= size.users.saturating_mul(size.groups), "{size}: a user is in a group once");
        assert!(
            !u64::from(size.users).is_multiple_of(STRIDE),
            "{size}: the stride would meet a part of the users only"
        );
        Self { size, group_sizes: group_sizes(size) }
    }

    /// How large it is.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The members of the largest group.
    #[must_use]
    pub fn largest(&self) -> u32 {
        self.group_sizes.iter().copied().max().unwrap_or_default()
    }

    /// How many users are in some group.
    #[must_use]
    pub const fn members(&self) -> u32 {
        if self.size.memberships < self.size.users { self.size.memberships } else { self.size.users }
    }

    /// All entries, for `slapadd`.
    #[must_use]
    pub fn ldif(&self) -> String {
        let mut ldif = format!(
            "dn: {SUFFIX}\nobjectClass: organization\nobjectClass: dcObject\no: example\ndc: example\n\n\
             dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n\
             userPassword: {READER_PASSWORD}\n\n\
             dn: {PEOPLE}\nobjectClass: organizationalUnit\n\ndn: {GROUPS}\nobjectClass: organizationalUnit\n\n"
        );
        for user in 0..self.size.users {
            let _ = write!(
                ldif,
                "dn: {}\nobjectClass: inetOrgPerson\ncn: Given{user} Family{user}\ngivenName: Given{user}\n\
                 sn: Family{user}\nmail: {uid}@example.test\ntelephoneNumber: +44 20 {user:08}\n\n",
                dn_of_user(user),
                uid = username(user)
            );
        }
        for (group, members) in self.groups() {
            let _ = write!(
                ldif,
                "dn: cn={name},{GROUPS}\nobjectClass: groupOfNames\ndescription: Who may see report {group}\n",
                name = group_name(group)
            );
            for member in members {
                let _ = writeln!(ldif, "member: {}", dn_of_user(member));
            }
            ldif.push('\n');
        }
        ldif
    }

    /// Every membership as a line `group|username`, in the order of its octets.
    #[must_use]
    pub fn memberships(&self) -> String {
        let mut lines = Vec::with_capacity(self.size.memberships as usize);
        for (group, members) in self.groups() {
            lines.extend(members.map(|member| format!("{}|{}\n", group_name(group), username(member))));
        }
        lines.sort_unstable();
        lines.concat()
    }

    /// One membership of the largest group: the change records that remove it and that add it again.
    #[must_use]
    pub fn one_membership(&self) -> [String; 2] {
        let (group, mut members) = self.groups().next().expect("there is a group");
        let member = dn_of_user(members.next().expect("a groupOfNames has a member"));
        ["delete", "add"].map(|operation| {
            let name = group_name(group);
            format!("dn: cn={name},{GROUPS}\nchangetype: modify\n{operation}: member\nmember: {member}\n")
        })
    }

    fn groups(&self) -> impl Iterator<Item = (u32, impl Iterator<Item = u32>)> {
        let users = u64::from(self.size.users);
        let mut position = 0;
        (0..).zip(&self.group_sizes).map(move |(group, size)| {
            let first: u64 = position;
            position += u64::from(*size);
            let members = (first..position).map(move |position| position * STRIDE % users);
            (group, members.map(|user| u32::try_from(user).expect("there are fewer than 2^32 users")))
        })
    }
}

/// Descending sizes that add up to the memberships; none is empty, none has more members than there are users.
fn group_sizes(size: Size) -> Vec<u32> {
    let weights: Vec<f64> = (1..=size.groups).map(|rank| f64::from(rank).powf(SKEW)).collect();
    let all: f64 = weights.iter().sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a 32-bit number")]
    let share = |weight: &f64| (f64::from(size.memberships) * weight / all) as u32;
    let mut sizes: Vec<u32> = weights.iter().map(|weight| share(weight).clamp(1, size.users)).collect();
    // What rounding and the bounds took or gave goes to or comes from one group after the other.
    let mut sum: u32 = sizes.iter().sum();
    while sum != size.memberships {
        for group in &mut sizes {
            if sum < size.memberships && *group < size.users {
                *group += 1;
                sum += 1;
            } else if sum > size.memberships && *group > 1 {
                *group -= 1;
                sum -= 1;
            }
        }
    }
    sizes
}

fn username(user: u32) -> String {
    format!("user{user:07}")
}

fn dn_of_user(user: u32) -> String {
    format!("uid={},{PEOPLE}", username(user))
}

/// The name of the n-th largest group.
#[must_use]
pub fn group_name(group: u32) -> String {
    format!("Report {group:05}")
}
