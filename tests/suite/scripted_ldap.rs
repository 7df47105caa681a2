//! An LDAP server that says what a test tells it to: for what no real server does on demand. It plays an Active
//! Directory domain `DC=corp` and answers binds, the root DSE and base reads of its entries by itself; every other
//! search goes to the script.

mod message;

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use directory_group_sync::directory::settings::{
    Credentials, DirectorySettings, GroupScope, LdapSettings, SchemaChoice, Source, TlsMode, UserScope,
};
use directory_group_sync::traffic::Traffic;
use ldap3::asn1::{PL, StructureTag};

use self::message::{
    application, constructed, entry, message_of, octet_string, paged, primitive, read_message, result, search,
};

/// An attribute and its values.
pub(crate) type Attribute = (&'static str, Vec<Vec<u8>>);

/// What a test does with the connection itself.
pub(crate) type Talk = Box<dyn FnOnce(&mut TcpStream) -> std::io::Result<()>>;

/// One thing that the server does in answer to a search.
pub(crate) enum Answer {
    /// Sends an entry.
    Entry(String, Vec<Attribute>),
    /// Sends a reference.
    Reference(&'static str),
    /// Ends the operation with this result code and diagnostic; with a cookie: that of a page.
    Done(u8, &'static str, Option<&'static [u8]>),
    /// Sends these octets.
    Octets(Vec<u8>),
    /// Sends an operation that does not exist.
    Unknown,
    /// Sends a Notice of Disconnection (RFC 4511 section 4.4.1) and closes the connection.
    Notice,
    /// Lets this send whatever it likes.
    Stream(Talk),
    /// Says nothing more.
    Silence,
    /// Closes the connection.
    Close,
}

/// A search, as far as scripts tell searches apart.
pub(crate) struct Search {
    /// The base.
    pub(crate) base: String,
    /// 0 base, 1 one level, 2 subtree.
    pub(crate) scope: u64,
    /// The attributes that are asked for.
    pub(crate) attributes: Vec<String>,
    /// The cookie of the paged results control; `None` without one.
    pub(crate) cookie: Option<Vec<u8>>,
    /// The message's id; the server's own answers count up to some dozens.
    pub(crate) message: u8,
    /// The octets of that id.
    pub(crate) id: Vec<u8>,
    filter: StructureTag,
}

impl Search {
    /// Whether a value or a name in the filter is this text.
    pub(crate) fn filter_has(&self, text: &str) -> bool {
        self.filter_has_octets(text.as_bytes())
    }

    /// Whether a value in the filter is this.
    pub(crate) fn filter_has_octets(&self, octets: &[u8]) -> bool {
        fn has(tag: &StructureTag, wanted: &[u8]) -> bool {
            match &tag.payload {
                PL::P(octets) => octets.eq_ignore_ascii_case(wanted),
                PL::C(tags) => tags.iter().any(|tag| has(tag, wanted)),
            }
        }
        has(&self.filter, octets)
    }

    /// Whether it is the search for groups.
    pub(crate) fn is_for_groups(&self) -> bool {
        self.scope == 2 && self.filter_has("group")
    }

    /// Whether it is the search for users.
    pub(crate) fn is_for_users(&self) -> bool {
        self.scope == 2 && self.filter_has("person")
    }
}

/// What a server does with the searches that it does not answer by itself.
pub(crate) type Script = dyn Fn(&Search) -> Vec<Answer> + Send + Sync;

/// The object ids that the server gives are this octet 16 times.
pub(crate) fn guid(octet: u8) -> Vec<u8> {
    vec![octet; 16]
}

/// A group entry with these attributes beside its own.
pub(crate) fn group(octet: u8, more: Vec<Attribute>) -> Answer {
    let name = format!("group {octet}");
    let mut attributes: Vec<Attribute> = vec![
        ("objectClass", vec![b"group".to_vec()]),
        ("objectGUID", vec![guid(octet)]),
        ("cn", vec![name.clone().into_bytes()]),
        ("uSNChanged", vec![b"7".to_vec()]),
    ];
    attributes.extend(more);
    Answer::Entry(format!("CN={name},DC=corp"), attributes)
}

/// A user entry whose number is its id.
pub(crate) fn user(number: u32) -> Answer {
    let name = format!("user{number}");
    Answer::Entry(
        format!("CN={name},DC=corp"),
        vec![
            ("objectClass", vec![b"user".to_vec()]),
            ("objectGUID", vec![user_guid(number)]),
            ("sAMAccountName", vec![name.into_bytes()]),
            ("userAccountControl", vec![b"512".to_vec()]),
        ],
    )
}

/// The octets of a user's `objectGUID`.
pub(crate) fn user_guid(number: u32) -> Vec<u8> {
    let mut octets = vec![0xee; 12];
    octets.extend(number.to_be_bytes());
    octets
}

/// A member value for a user, as the extended-DN control has it.
pub(crate) fn member(number: u32) -> Vec<u8> {
    use std::fmt::Write as _;
    let hex = user_guid(number).iter().fold(String::new(), |mut hex, octet| {
        write!(hex, "{octet:02x}").expect("a string grows");
        hex
    });
    format!("<GUID={hex}>;CN=user{number},DC=corp").into_bytes()
}

/// A script that shows these groups, each with user 1.
pub(crate) fn shows(groups: &'static [u8]) -> impl Fn(&Search) -> Vec<Answer> {
    move |search| {
        if search.is_for_groups() && search.cookie.is_some() {
            let groups = groups.iter().map(|octet| group(*octet, vec![("member", vec![member(1)])]));
            return groups.chain([LAST_PAGE]).collect();
        }
        let wanted = search.is_for_users() && search.filter_has_octets(&user_guid(1));
        wanted.then(|| user(1)).into_iter().chain([SUCCESS]).collect()
    }
}

/// What is done to the answers to a request before they are sent. A request without a search is a bind.
pub(crate) type Change = dyn Fn(Option<&Search>, Vec<Answer>) -> Vec<Answer> + Send + Sync;

/// Starts an Active Directory and returns settings that read it.
pub(crate) fn serve(script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> DirectorySettings {
    serve_as(root_dse, script, |_, answers| answers)
}

/// The same, with a change to every answer, those of the server itself too.
pub(crate) fn serve_changed(
    script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static,
    change: impl Fn(Option<&Search>, Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
) -> DirectorySettings {
    serve_as(root_dse, script, change)
}

/// Starts a FreeIPA and returns settings that read it.
pub(crate) fn serve_free_ipa(script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> DirectorySettings {
    serve_as(root_dse_of_free_ipa, script, |_, answers| answers)
}

/// Starts an eDirectory and returns settings that read it.
pub(crate) fn serve_edirectory(script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> DirectorySettings {
    serve_as(root_dse_of_edirectory, script, |_, answers| answers)
}

/// Starts an AD LDS and returns settings that read it.
pub(crate) fn serve_ad_lds(script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static) -> DirectorySettings {
    serve_as(root_dse_of_ad_lds, script, |_, answers| answers)
}

fn serve_as(
    root_dse: fn() -> Answer,
    script: impl Fn(&Search) -> Vec<Answer> + Send + Sync + 'static,
    change: impl Fn(Option<&Search>, Vec<Answer>) -> Vec<Answer> + Send + Sync + 'static,
) -> DirectorySettings {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address").to_string();
    let script: Arc<Script> = Arc::new(script);
    let change: Arc<Change> = Arc::new(change);
    // The thread ends with the process: it waits for connections and holds nothing.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (script, change) = (Arc::clone(&script), Arc::clone(&change));
            std::thread::spawn(move || converse(stream, root_dse, &*script, &*change));
        }
    });
    settings(address)
}

fn settings(address: String) -> DirectorySettings {
    DirectorySettings {
        base_dn: "DC=corp".into(),
        schema: SchemaChoice::Auto,
        groups: GroupScope::default(),
        users: UserScope::default(),
        source: Source::Ldap(LdapSettings {
            servers: vec![address],
            tls: TlsMode::None,
            server_name: None,
            authorities: None,
            allow_plaintext_password: true,
            credentials: Credentials::Simple { username: "reader".into(), password: "secret".into() },
            connect_timeout: std::time::Duration::from_secs(5),
            request_timeout: std::time::Duration::from_secs(5),
            traffic: Traffic::default(),
        }),
    }
}

fn converse(mut stream: TcpStream, root_dse: fn() -> Answer, script: &Script, change: &Change) {
    while let Some(message) = read_message(&mut stream) {
        let mut parts = constructed(message).into_iter();
        let (Some(id), Some(operation)) = (parts.next(), parts.next()) else { return };
        let id = primitive(id);
        let controls = parts.next().map(constructed).unwrap_or_default();
        let sent = match operation.id {
            0 => say(&mut stream, &id, 1, change(None, vec![SUCCESS])),
            3 => {
                let search = search(operation, controls, &id);
                let answers = if search.base.is_empty() {
                    vec![root_dse(), SUCCESS]
                } else if let Some(own) = own_entry(&search).filter(|_| search.scope == 0) {
                    vec![own, SUCCESS]
                } else {
                    script(&search)
                };
                say(&mut stream, &id, 5, change(Some(&search), answers))
            }
            _ => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The end of a search that went well and has no pages.
pub(crate) const SUCCESS: Answer = Answer::Done(0, "", None);
/// The last page.
pub(crate) const LAST_PAGE: Answer = Answer::Done(0, "", Some(b""));

/// A message without an id: result 52 and the name of the notice.
const NOTICE: &[u8] = b"\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x34\x04\x00\x04\x00\x8a\x161.3.6.1.4.1.1466.20036";

fn say(stream: &mut TcpStream, id: &[u8], done: u64, answers: Vec<Answer>) -> std::io::Result<()> {
    for answer in answers {
        match answer {
            Answer::Entry(dn, attributes) => stream.write_all(&message_of(id, entry(&dn, attributes), None))?,
            Answer::Reference(url) => {
                let reference = application(19, PL::C(vec![octet_string(url.as_bytes())]));
                stream.write_all(&message_of(id, reference, None))?;
            }
            Answer::Done(code, text, cookie) => {
                stream.write_all(&message_of(id, result(done, code, text), cookie.map(paged)))?;
            }
            Answer::Octets(octets) => stream.write_all(&octets)?,
            Answer::Unknown => stream.write_all(&message_of(id, application(30, PL::C(Vec::new())), None))?,
            Answer::Notice => {
                stream.write_all(NOTICE)?;
                return stream.shutdown(Shutdown::Both);
            }
            Answer::Stream(send) => send(stream)?,
            Answer::Silence => return Ok(()),
            Answer::Close => return stream.shutdown(Shutdown::Both),
        }
    }
    Ok(())
}

fn root_dse() -> Answer {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Answer::Entry(
        String::new(),
        vec![
            ("namingContexts", values(&["DC=corp", "CN=Configuration,DC=corp"])),
            ("defaultNamingContext", values(&["DC=corp"])),
            ("rootDomainNamingContext", values(&["DC=corp"])),
            ("configurationNamingContext", values(&["CN=Configuration,DC=corp"])),
            ("schemaNamingContext", values(&["CN=Schema,CN=Configuration,DC=corp"])),
            ("supportedCapabilities", values(&["1.2.840.113556.1.4.800"])),
            (
                "supportedControl",
                values(&["1.2.840.113556.1.4.319", "1.2.840.113556.1.4.529", "1.2.840.113556.1.4.417"]),
            ),
            ("dsServiceName", values(&[SERVICE])),
            ("highestCommittedUSN", values(&["100"])),
        ],
    )
}

fn root_dse_of_free_ipa() -> Answer {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Answer::Entry(
        String::new(),
        vec![
            ("namingContexts", values(&["cn=changelog", "dc=corp", "o=ipaca"])),
            ("defaultnamingcontext", values(&["dc=corp"])),
            ("vendorName", values(&["389 Project"])),
            ("supportedControl", values(&["1.2.840.113556.1.4.319"])),
            ("ipaDomainLevel", values(&["1"])),
        ],
    )
}

/// The whole tree is one naming context without a name.
fn root_dse_of_edirectory() -> Answer {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    Answer::Entry(
        String::new(),
        vec![
            ("namingContexts", values(&[""])),
            ("vendorName", values(&["NetIQ Corporation"])),
            ("supportedControl", values(&["1.2.840.113556.1.4.319"])),
        ],
    )
}

/// A partition that is called like the others' domain; a configuration that is called by a GUID; no default.
fn root_dse_of_ad_lds() -> Answer {
    let values = |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect();
    let configuration = "CN=Configuration,CN={8A0E5E22-59C5-4A7C-9F2B-0E0F6D8E2A11}";
    let schema = "CN=Schema,CN=Configuration,CN={8A0E5E22-59C5-4A7C-9F2B-0E0F6D8E2A11}";
    let capabilities = ["1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791", "1.2.840.113556.1.4.1851"];
    let controls = ["1.2.840.113556.1.4.319", "1.2.840.113556.1.4.529", "1.2.840.113556.1.4.417"];
    Answer::Entry(
        String::new(),
        vec![
            ("namingContexts", values(&[configuration, schema, "DC=corp"])),
            ("configurationNamingContext", values(&[configuration])),
            ("schemaNamingContext", values(&[schema])),
            ("supportedCapabilities", values(&capabilities)),
            ("supportedControl", values(&controls)),
            ("dsServiceName", values(&[SERVICE])),
            ("highestCommittedUSN", values(&["100"])),
        ],
    )
}

/// The entry of the Active Directory server itself.
pub(crate) const SERVICE: &str = "CN=NTDS Settings,CN=DC1,CN=Configuration,DC=corp";

fn own_entry(search: &Search) -> Option<Answer> {
    if search.base == SERVICE {
        return Some(Answer::Entry(SERVICE.into(), vec![("invocationId", vec![guid(1)])]));
    }
    (search.base.eq_ignore_ascii_case("DC=corp") && !search.filter_has("entryDN")).then(|| {
        let attributes = vec![
            ("objectClass", vec![b"domain".to_vec()]),
            ("objectGUID", vec![guid(0xdd)]),
            ("nsUniqueId", vec![b"0a1b2c3d-8b8611ee-b42d00c0-4fc964ff".to_vec()]),
        ];
        Answer::Entry("DC=corp".into(), attributes)
    })
}
