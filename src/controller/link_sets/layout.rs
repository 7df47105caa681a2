//! How links are laid out in objects: pure. A head lists parts by name and digest, so that what it lists is what was written
//! with it, or is noticed. A part is never changed, and its name is never used again.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt as _;
use sha2::{Digest as _, Sha256};

use crate::api::v1alpha1::dashboard_server_link_set::{LinkSetHead, LinkSetPart, MAX_OCTETS, MAX_PARTS};
use crate::api::v1alpha1::{DashboardServerLinkSet, DashboardServerLinkSetContent};
use crate::store::Error;

/// The version of the format.
const VERSION: i32 = 1;
/// The sizes of objects in a cluster.
pub(super) const SIZES: Sizes = Sizes { head: 192 * 1024, part: MAX_OCTETS, superfluous: 2000 };
/// The label with the name of the DashboardServer, or with its digest if it is too long for a label.
pub(super) const SERVER_LABEL: &str = "directorysync.dev/dashboard-server";
/// The label that repeats `linksID`.
pub(super) const LINKS_LABEL: &str = "directorysync.dev/links";
/// The label that repeats `write`.
pub(super) const WRITE_LABEL: &str = "directorysync.dev/write";
/// The longest value of a label.
const MAX_LABEL: usize = 63;
/// How much of the DashboardServer's name starts the name of a part, in characters.
const MAX_PREFIX: usize = 200;

/// How large objects become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// How many octets of changes a head keeps itself. Each write rewrites them.
    pub(super) head: usize,
    /// How many octets of changes a part has at most.
    pub(super) part: usize,
    /// Links with more lines than three times those that were left by the last rewriting and this many are rewritten.
    pub(super) superfluous: i64,
}

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) links_id: String,
    /// `None`: its label is not a number.
    pub(super) write: Option<i64>,
}

/// The next state of the links: parts that are created first, and the head, which makes them count.
#[derive(Debug, Clone)]
pub(super) struct Next {
    pub(super) parts: Vec<DashboardServerLinkSet>,
    pub(super) head: DashboardServerLinkSet,
}

/// The value of [`SERVER_LABEL`].
pub(super) fn server_label(server: &str) -> String {
    if server.len() <= MAX_LABEL { server.to_owned() } else { hex(server.as_bytes())[..32].to_owned() }
}

/// An id that no other links have.
pub(super) fn new_id() -> Result<String, Error> {
    let mut octets = [0; 16];
    let failed = |error: getrandom::Error| Error::unexpected("choosing an id for the links", error.to_string());
    getrandom::fill(&mut octets).map_err(failed)?;
    Ok(format!("{:032x}", u128::from_be_bytes(octets)))
}

/// The head of links without any.
pub(super) fn first_head(server: &str, links_id: &str) -> Result<DashboardServerLinkSet, Error> {
    let content = DashboardServerLinkSetContent {
        version: VERSION,
        dashboard_server: server.to_owned(),
        links_id: links_id.to_owned(),
        write: 1,
        head: Some(LinkSetHead::default()),
        ..DashboardServerLinkSetContent::default()
    };
    object(server.to_owned(), content)
}

/// With more lines. They stay in the head while there is room, so that a small write is one call.
pub(super) fn appended(head: &DashboardServerLinkSet, lines: &[String], sizes: Sizes) -> Result<Next, Error> {
    let mut content = next_content(head);
    let before = content.changes.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let mut own = content.head.take().unwrap_or_default();
    own.lines += number(lines.len());
    let octets = content.changes.len() + lines.iter().map(String::len).sum::<usize>();
    let mut parts = Vec::new();
    if octets <= sizes.head {
        content.changes.extend(lines.iter().map(String::as_str));
    } else {
        content.changes.clear();
        parts = parts_of(&content, before.iter().chain(lines), sizes)?;
        own.parts.extend(parts.iter().map(listing));
    }
    finish(head, content, own, parts)
}

/// With these lines instead of all others.
pub(super) fn rewritten(head: &DashboardServerLinkSet, lines: &[String], sizes: Sizes) -> Result<Next, Error> {
    let mut content = next_content(head);
    content.changes.clear();
    let parts = parts_of(&content, lines, sizes)?;
    let count = number(lines.len());
    let own = LinkSetHead { parts: parts.iter().map(listing).collect(), lines: count, rewritten: count };
    finish(head, content, own, parts)
}

/// Whether so much of the links is no longer true that they should be rewritten.
pub(super) const fn is_worth_rewriting(head: &LinkSetHead, sizes: Sizes) -> bool {
    head.lines > 3 * head.rewritten + sizes.superfluous
}

/// Checks an object that was read: that it has not been edited and belongs to this DashboardServer.
pub(super) fn check(set: &DashboardServerLinkSet, server: &str) -> Result<(), String> {
    let content = &set.spec;
    if content.version != VERSION {
        return Err(format!(
            "the version of {} is {}, and this operator knows version {VERSION}: use a newer operator",
            set.name_any(),
            content.version
        ));
    }
    if content.dashboard_server != server {
        return Err(format!(
            "{} has links of the DashboardServer \"{}\": restore the right one",
            set.name_any(),
            content.dashboard_server
        ));
    }
    if digest(content).ok().as_ref() != Some(&content.digest) {
        return Err(format!("{} does not fit its digest: it was edited, so restore it", set.name_any()));
    }
    Ok(())
}

/// The head's own part of a head that was checked.
pub(super) fn head_of(set: &DashboardServerLinkSet) -> Result<&LinkSetHead, String> {
    set.spec.head.as_ref().ok_or_else(|| format!("{} is not a head: restore the right one", set.name_any()))
}

/// Checks a part that was read: that it is the one that the head lists.
pub(super) fn check_part(
    set: &DashboardServerLinkSet,
    head: &DashboardServerLinkSet,
    listed: &LinkSetPart,
) -> Result<(), String> {
    check(set, &head.spec.dashboard_server)?;
    if set.spec.digest != listed.digest || set.spec.links_id != head.spec.links_id || set.spec.head.is_some() {
        return Err(format!("{} is not the one that {} lists: restore all of them", set.name_any(), head.name_any()));
    }
    Ok(())
}

/// Which objects nobody can need any more: they are not listed, and heads only list new parts.
///
/// # Errors
/// When an object is newer than the head could have written: the head is an old one.
pub(super) fn superfluous(head: &DashboardServerLinkSet, listed: &[Listed]) -> Result<Vec<String>, String> {
    let content = &head.spec;
    let is_used = |name: &str| {
        let parts = content.head.iter().flat_map(|head| &head.parts);
        name == head.name_any() || parts.map(|part| &part.name).any(|part| part == name)
    };
    let mut superfluous = Vec::new();
    for other in listed.iter().filter(|other| other.links_id == content.links_id && !is_used(&other.name)) {
        match other.write {
            Some(write) if write <= content.write => superfluous.push(other.name.clone()),
            // Of a writer that stopped before it wrote the head, or of one that is about to.
            Some(write) if write == content.write + 1 => {}
            _ => {
                return Err(format!(
                    "{} is of write {}, and {} is newer: restore all of them, of the same time",
                    head.name_any(),
                    content.write,
                    other.name
                ));
            }
        }
    }
    Ok(superfluous)
}

fn next_content(head: &DashboardServerLinkSet) -> DashboardServerLinkSetContent {
    let content = head.spec.clone();
    DashboardServerLinkSetContent { write: content.write + 1, ..content }
}

fn finish(
    before: &DashboardServerLinkSet,
    content: DashboardServerLinkSetContent,
    own: LinkSetHead,
    parts: Vec<DashboardServerLinkSet>,
) -> Result<Next, Error> {
    if own.parts.len() > MAX_PARTS {
        let problem = format!("they would take {} objects, and {MAX_PARTS} are the most", own.parts.len());
        return Err(Error::unexpected("writing the links", problem));
    }
    let mut head = object(before.name_any(), DashboardServerLinkSetContent { head: Some(own), ..content })?;
    // Only this version is replaced.
    head.metadata.resource_version.clone_from(&before.metadata.resource_version);
    Ok(Next { parts, head })
}

/// Lines as parts, each as full as it may be.
fn parts_of<'a>(
    content: &DashboardServerLinkSetContent,
    lines: impl IntoIterator<Item = &'a String>,
    sizes: Sizes,
) -> Result<Vec<DashboardServerLinkSet>, Error> {
    let mut texts = vec![String::new()];
    for line in lines {
        if line.len() > sizes.part {
            let problem = format!("one of them has {} octets, and {} are the most", line.len(), sizes.part);
            return Err(Error::unexpected("writing the links", problem));
        }
        match texts.last_mut() {
            Some(text) if text.len() + line.len() <= sizes.part => text.push_str(line),
            _ => texts.push(line.clone()),
        }
    }
    texts.retain(|text| !text.is_empty());
    let part = |(index, changes): (usize, String)| {
        let content = DashboardServerLinkSetContent { head: None, changes, ..content.clone() };
        let key = format!("{}\n{}\n{index}\n{}", content.links_id, content.write, content.changes);
        let prefix: String = content.dashboard_server.chars().take(MAX_PREFIX).collect();
        object(format!("{}-{}", prefix.trim_end_matches(['.', '-']), &hex(key.as_bytes())[..32]), content)
    };
    texts.into_iter().enumerate().map(part).collect()
}

fn listing(part: &DashboardServerLinkSet) -> LinkSetPart {
    LinkSetPart { name: part.name_any(), digest: part.spec.digest.clone() }
}

fn object(name: String, mut content: DashboardServerLinkSetContent) -> Result<DashboardServerLinkSet, Error> {
    content.digest = digest(&content).map_err(|error| Error::unexpected("writing the links", error.to_string()))?;
    let labels = BTreeMap::from([
        (SERVER_LABEL.to_owned(), server_label(&content.dashboard_server)),
        (LINKS_LABEL.to_owned(), content.links_id.clone()),
        (WRITE_LABEL.to_owned(), content.write.to_string()),
    ]);
    let metadata = ObjectMeta { name: Some(name), labels: Some(labels), ..ObjectMeta::default() };
    Ok(DashboardServerLinkSet { metadata, spec: content })
}

/// The digest of all fields but itself.
fn digest(content: &DashboardServerLinkSetContent) -> Result<String, serde_json::Error> {
    let content = DashboardServerLinkSetContent { digest: String::new(), ..content.clone() };
    Ok(hex(&serde_json::to_vec(&content)?))
}

fn hex(octets: &[u8]) -> String {
    format!("{:x}", Sha256::digest(octets))
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
