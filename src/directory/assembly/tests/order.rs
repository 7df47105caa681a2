//! The order in which entries come makes no difference.

use super::*;

/// What is added, in some order.
#[derive(Debug, Clone)]
enum Addition {
    User(Entry),
    Group(Entry),
    OutOfScope(Entry),
    Other(Entry),
}

fn additions() -> Vec<Addition> {
    let by_dn: &[&str] =
        &["uid=jane,ou=people,dc=x", "uid=john,ou=people,dc=x", "uid=mary,dc=x", "cn=b,ou=groups,dc=x", "cn=host,dc=x"];
    let by_name: &[&str] = &["jane", "twin", "nobody", "mike"];
    vec![
        Addition::User(person("jane", 1)),
        Addition::User(person("john", 2)),
        Addition::User(entry("cn=twin1,dc=x", 3, &[("uid", &["twin"])])),
        Addition::User(entry("cn=twin2,dc=x", 4, &[("uid", &["twin"])])),
        Addition::User(person("mike", 7)),
        // Mike's username beside their own, which is of no consequence for Mike.
        Addition::User(entry("cn=zoe,dc=x", 8, &[("uid", &["mike", "zoe"])])),
        Addition::User(entry("cn=yan,dc=x", 9, &[("uid", &["Mike", "yan"])])),
        Addition::Group(group("a", 10, &[("member", by_dn)])),
        Addition::Group(group("b", 11, &[("uniquemember", by_dn), ("memberuid", by_name)])),
        Addition::Other(Entry { dn: "cn=host,dc=x".to_owned(), ..Entry::default() }),
        Addition::OutOfScope(entry("uid=jane,ou=away,dc=x", 5, &[("uid", &["jane"])])),
        Addition::Other(entry("cn=printer,dc=x", 6, &[("uid", &["jane"])])),
    ]
}

proptest! {
    #[test]
    fn the_order_of_entries_does_not_matter(order in Just(additions()).prop_shuffle()) {
        let mut assembly = assembly();
        for addition in &order {
            match addition {
                Addition::User(entry) => drop(assembly.add_user(entry).unwrap()),
                Addition::Group(entry) => drop(assembly.add_group(entry, found(&all())).unwrap()),
                Addition::OutOfScope(entry) => assembly.add_out_of_scope(entry),
                Addition::Other(entry) => assembly.add_other(entry),
            }
        }
        let snapshot = finish(assembly);
        let mut groups: Vec<_> = snapshot
            .groups
            .iter()
            .map(|group| {
                let mut members: Vec<_> = group.members.iter().map(|index| snapshot.users[*index as usize].id).collect();
                members.sort_unstable();
                let mut unresolved: Vec<_> = group.unresolved.iter().map(|value| value.label.clone()).collect();
                unresolved.sort_unstable();
                let others = group.by_other_uid.iter().map(|it| (snapshot.users[it.user as usize].id, it.is_taken));
                let mut others: Vec<_> = others.collect();
                others.sort_unstable();
                (group.id, members, unresolved, others)
            })
            .collect();
        groups.sort_unstable();
        let labels = |labels: &[&str]| labels.iter().map(|label| Box::from(*label)).collect::<Vec<Box<str>>>();
        prop_assert_eq!(
            groups,
            [
                (id(10), vec![id(1), id(2)], labels(&["uid=mary,dc=x"]), vec![]),
                (
                    id(11),
                    vec![id(1), id(2), id(7)],
                    labels(&["nobody", "twin", "uid=mary,dc=x"]),
                    vec![(id(8), true), (id(9), true)],
                ),
            ]
        );
    }
}
