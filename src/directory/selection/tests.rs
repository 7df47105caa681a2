//! Which groups the selectors of a spec name.

use super::{GroupSearch, Matches, Scope, Selection};
use crate::directory::dn::Dn;
use crate::directory::entry::Entry;
use crate::directory::schema::tests::settings;
use crate::directory::schema::{Effective, Schema};
use crate::directory::{Error, Query, Selector};

fn effective() -> Effective {
    Effective::for_server(&settings("dc=x"), Schema::Rfc2307).unwrap()
}

fn dn(text: &str) -> Selector {
    Selector::Dn(text.to_owned())
}

fn name(text: &str) -> Selector {
    Selector::Name(text.to_owned())
}

fn filter(text: &str, base: Option<&str>) -> Selector {
    Selector::Filter { filter: text.to_owned(), base: base.map(str::to_owned) }
}

fn selection(selectors: Vec<Selector>, exclude: Vec<Selector>) -> Result<Selection, Error> {
    Selection::parse(&Query { selectors, exclude, nested: false }, &effective())
}

fn selectors(selectors: &[u16]) -> Matches {
    Matches { selectors: selectors.to_vec(), excluded: false }
}

#[test]
fn selectors_are_found_by_what_they_mean_and_not_by_how_they_are_written() {
    let selection = selection(
        vec![dn("cn=A,dc=x"), name("Straße"), name("STRASSE"), dn("CN=a, DC=x"), name("other")],
        vec![name("strasse")],
    )
    .unwrap();
    assert_eq!(selection.by_dn(&Dn::parse("cn=a,dc=X").unwrap()), selectors(&[0, 3]));
    assert_eq!(selection.by_name("strasse"), Matches { selectors: vec![1, 2], excluded: true });
    assert_eq!(selection.by_name("none"), Matches::default());
}

#[test]
fn searches_find_every_selected_group_once() {
    let selection = selection(
        vec![
            filter("(cn=BI-*)", None),
            name("Staff"),
            dn("cn=a,dc=x"),
            filter("(cn=BI-*)", Some("DC=X")),
            filter("(cn=BI-*)", Some("ou=bi,dc=x")),
            name("Sales"),
        ],
        vec![filter("(cn=*-test)", None), dn("cn=b,dc=x"), name("Temp")],
    )
    .unwrap();
    let searches = selection.searches(&effective());
    let shown = searches.iter().map(|GroupSearch { base, scope, filter, finds }| {
        (base.to_string(), *scope, filter.to_string(), finds.selectors.clone(), finds.excluded)
    });
    let group = |filter: &str| format!("(&(objectClass=posixGroup){filter})");
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("dc=x".to_owned(), Scope::Subtree, group("(cn=BI-*)"), vec![0, 3], false),
            ("ou=bi,dc=x".to_owned(), Scope::Subtree, group("(cn=BI-*)"), vec![4], false),
            ("dc=x".to_owned(), Scope::Subtree, group("(|(cn=Sales)(cn=Staff))"), vec![], false),
            ("cn=a,dc=x".to_owned(), Scope::Base, "(objectClass=posixGroup)".to_owned(), vec![], false),
            ("dc=x".to_owned(), Scope::Subtree, group("(cn=*-test)"), vec![], true),
        ]
    );
}

/// Rule `boundaries`.
#[test]
fn no_search_leaves_the_base_of_the_groups() {
    let mut settings = settings("dc=x");
    settings.groups.base_dn = Some("ou=groups,dc=x".to_owned());
    let effective = Effective::for_server(&settings, Schema::Rfc2307).unwrap();
    let selectors = vec![
        dn("cn=a,ou=others,dc=x"),
        filter("(cn=b)", Some("ou=others,dc=x")),
        filter("(cn=c)", Some("dc=x")),
        dn("cn=d,OU=Groups,dc=x"),
        filter("(cn=e)", Some("ou=mygroups,dc=x")),
    ];
    let exclude = vec![filter("(cn=f)", Some("ou=others,dc=x")), filter("(cn=g)", Some("dc=x"))];
    let selection = Selection::parse(&Query { selectors, exclude, nested: false }, &effective).unwrap();
    assert_eq!(selection.outside(), [0, 1, 4]);
    let bases = selection.searches(&effective).into_iter().map(|search| (search.base.to_string(), search.finds));
    let excluding = Matches { selectors: vec![], excluded: true };
    assert_eq!(
        bases.collect::<Vec<_>>(),
        [
            ("ou=groups,dc=x".to_owned(), self::selectors(&[2])),
            ("cn=d,OU=Groups,dc=x".to_owned(), Matches::default()),
            ("ou=groups,dc=x".to_owned(), excluding),
        ]
    );
}

#[test]
fn a_name_is_asked_for_in_both_of_its_forms() {
    let searches = selection(vec![name("Jos\u{e9}"), name("Jose\u{301}")], vec![]).unwrap().searches(&effective());
    let [search] = searches.as_slice() else { panic!("{searches:?}") };
    let filter = search.filter.to_string();
    assert!(filter.contains("(|(cn=Jos\u{e9})(cn=Jose\u{301}))"), "{filter}");
}

#[test]
fn a_thousand_names_are_asked_for_in_ten_searches() {
    let selection = selection((0..1000).map(|number| name(&format!("group {number}"))).collect(), vec![]).unwrap();
    assert_eq!(selection.searches(&effective()).len(), 10);
}

#[test]
fn filters_are_evaluated_below_their_own_base() {
    let selection =
        selection(vec![filter("(cn=BI*)", Some("ou=bi,dc=x")), filter("(cn=*)", None)], vec![filter("(cn=bix)", None)])
            .unwrap();
    let of = |dn: &str, cn: &str| {
        let entry = Entry { dn: dn.to_owned(), attributes: [("cn".to_owned(), vec![cn.into()])].into() };
        selection.by_filters(&Dn::parse(dn).unwrap(), &entry)
    };
    assert_eq!(of("cn=bi1,ou=bi,dc=x", "BI1"), selectors(&[0, 1]));
    assert_eq!(of("cn=bi1,dc=x", "BI1"), selectors(&[1]));
    assert_eq!(of("cn=bix,dc=x", "BIX"), Matches { selectors: vec![1], excluded: true });
    assert_eq!(of("cn=bi1,dc=y", "BI1"), Matches::default());
}

#[test]
fn an_invalid_selector_is_named_by_its_field() {
    for (selector, field) in [
        (dn("BI"), "spec.groups[1].dn"),
        (filter("cn=a", None), "spec.groups[1].filter"),
        (filter("(cn=a)", Some("nowhere")), "spec.groups[1].baseDN"),
    ] {
        match selection(vec![name("a"), selector], vec![]) {
            Err(Error::Configuration { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{other:?}"),
        }
    }
    let server_only = selection(vec![], vec![filter("(uid>=7)", None)]).unwrap();
    let error = server_only.supported_in_a_file().unwrap_err().to_string();
    assert!(error.starts_with("spec.exclude[0].filter: `(uid>=7)`"), "{error}");
}
