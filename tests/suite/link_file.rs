//! The file of links: the contract of stores whose links are outside.

use std::sync::Arc;

use directory_group_sync::standalone::links::Links;
use directory_group_sync::store::link_book::LinkBook;

use crate::harness::folder;
use crate::store_contract::hold_contract;
use crate::store_outside::Memory;

/// A server whose links are in a file that the first run creates.
fn in_a_file(_: &str) -> Memory {
    let folder = folder::temporary("links");
    Memory::with(move || {
        let path = folder.path().join("links.json");
        let is_new = !path.exists();
        book(&Links::in_file(Some(path), is_new))
    })
}

fn book(links: &Links) -> Arc<dyn LinkBook> {
    links.book(&("default".to_owned(), "memory".to_owned())).unwrap()
}

hold_contract! { in_a_file }
