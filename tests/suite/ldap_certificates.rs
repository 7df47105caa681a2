//! The certificates that directory servers have: which are trusted, and what is said of the others. Each against a slapd
//! that shows it, over LDAPS and StartTLS. The name of a test is the name of its row in the table of faults in docs/.

use std::io::Read as _;
use std::net::TcpListener;

use directory_group_sync::directory::Error;
use directory_group_sync::directory::settings::{Credentials, TlsMode};

use crate::directories::{ldaps, open, with};
use crate::harness::certificates::{Pair, early, expired, openssl, self_signed};
use crate::harness::{Certificates, OpenLdap};

const SUFFIX: &str = "dc=example,dc=test";

fn server() -> OpenLdap {
    OpenLdap::builder(SUFFIX).start()
}

/// What a probe says, over LDAPS and over StartTLS, which say the same.
async fn probe(server: &OpenLdap, trusted: &str, name: Option<&str>) -> Result<(), String> {
    let mut verdicts = Vec::new();
    for (mode, address) in [(TlsMode::Ldaps, server.tls_address()), (TlsMode::StartTls, server.address())] {
        let verdict = probe_at(mode, &address, trusted, name).await;
        verdicts.push(verdict.map_err(|error| match error {
            Error::Tls { attempt, cause, .. } => {
                assert_eq!(attempt, format!("opening TLS to {address}"));
                cause
            }
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(verdicts[0], verdicts[1]);
    verdicts.remove(0)
}

async fn probe_at(mode: TlsMode, address: &str, trusted: &str, name: Option<&str>) -> Result<(), Error> {
    let settings = with(ldaps(SUFFIX, address, trusted, "", ""), |ldap| {
        ldap.tls = mode;
        ldap.server_name = name.map(str::to_owned);
        ldap.credentials = Credentials::Anonymous;
        ldap.allow_plaintext_password = true;
    });
    open(settings).probe().await.map(drop)
}

/// The words, none of which is a library's.
async fn refused(server: &OpenLdap, trusted: &str, words: &[&str]) {
    let cause = probe(server, trusted, None).await.unwrap_err();
    for word in words {
        assert!(cause.contains(word), "`{word}` in {cause}");
    }
    for word in ["UnknownIssuer", "OtherError", "DnsName", "IpAddress", "UNIX", "invalid peer"] {
        assert!(!cause.contains(word), "{cause}");
    }
}

/// The self-signed certificates that tools make by themselves, for this address.
fn self_signed_ones(host: &str) -> Vec<(&'static str, Pair)> {
    let name = format!("subjectAltName = IP:{host}, DNS:ldap.example.test");
    let made = |extensions: &[&str]| openssl("ldap.example.test", &[&[name.as_str()], extensions].concat());
    let identifiers = ["subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid:always,issuer"];
    vec![
        ("openssl req -x509", made(&[identifiers[0], identifiers[1], "basicConstraints = critical,CA:true"])),
        ("CA:TRUE that signs", made(&["basicConstraints = CA:true", "keyUsage = keyCertSign, digitalSignature"])),
        (
            "CA:TRUE that does not",
            made(&["basicConstraints = CA:true", "keyUsage = digitalSignature, keyEncipherment"]),
        ),
        ("CA:FALSE", made(&["basicConstraints = CA:false", "keyUsage = digitalSignature, keyEncipherment"])),
        ("neither", made(&[])),
        ("rcgen", self_signed(&[host, "ldap.example.test"], |_| {})),
    ]
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_as_itself() {
    let mut server = server();
    for (what, own) in self_signed_ones(&server.host()) {
        server.present(&own);
        let given = &own.certificate;
        assert_eq!(probe(&server, given, None).await, Ok(()), "{what}");
        assert_eq!(probe(&server, given, Some("ldap.example.test")).await, Ok(()), "{what}");
        let beside = format!("{}\n{given}", Certificates::new().ca());
        assert_eq!(probe(&server, &beside, None).await, Ok(()), "{what}");
        let cause = probe(&server, given, Some("other.example.test")).await.unwrap_err();
        assert!(cause.contains("not for other.example.test"), "{what}: {cause}");
    }
}

#[tokio::test]
async fn another_self_signed_certificate_is_refused() {
    let mut server = server();
    let (own, same) = (self_signed_ones(&server.host()), self_signed_ones(&server.host()));
    for ((_, own), (_, same)) in own.iter().zip(&same) {
        server.present(own);
        let words = ["is self-signed and is not the one in spec.ldap.tls.caRef", "another server answers"];
        refused(&server, &same.certificate, &words).await;
        refused(&server, Certificates::new().ca(), &["is self-signed and not trusted", "spec.ldap.tls.caRef"]).await;
    }
}

#[tokio::test]
async fn an_unknown_authority_is_named() {
    let server = server();
    let words = ["was signed by another authority named CN=directory-group-sync test CA", "spec.ldap.tls.caRef"];
    refused(&server, Certificates::new().ca(), &words).await;
    let stranger = self_signed(&["stranger"], |_| {});
    let words = ["was signed by CN=directory-group-sync test CA, which is not trusted", "spec.ldap.tls.caRef"];
    refused(&server, &stranger.certificate, &words).await;
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused_with_the_date() {
    let mut server = server();
    let host = server.host();
    let authority = server.certificates().ca().to_owned();
    for (signed, own, words) in [
        (
            server.certificates().server_with(&[&host], expired),
            self_signed(&[&host], expired),
            ["expired at 2025-01-01 00:00 UTC", "renew it"],
        ),
        (
            server.certificates().server_with(&[&host], early),
            self_signed(&[&host], early),
            ["is not valid before 2999-06-01 00:00 UTC", "check this machine's clock"],
        ),
    ] {
        server.present(&signed);
        refused(&server, &authority, &words).await;
        server.present(&own);
        refused(&server, &own.certificate, &words).await;
    }
}

#[tokio::test]
async fn a_certificate_for_other_names_is_refused_with_them() {
    let mut server = server();
    let pair = server.certificates().server(&["dc1.example.test", "*.old.example", "10.1.2.3"]);
    server.present(&pair);
    let authority = server.certificates().ca().to_owned();
    let words = ["is for dc1.example.test, *.old.example, 10.1.2.3, not for 127.0.0.", "spec.ldap.tls.serverName"];
    refused(&server, &authority, &words).await;
    for name in ["dc1.example.test", "ldap.old.example", "10.1.2.3"] {
        assert_eq!(probe(&server, &authority, Some(name)).await, Ok(()), "{name}");
    }
}

#[tokio::test]
async fn a_certificate_without_alternative_names_is_refused_with_what_to_do() {
    let mut server = server();
    let host = server.host();
    let authority = server.certificates().ca().to_owned();
    let signed = server.certificates().server_with(&[], |_| {});
    let (version_3, version_1) = (openssl(&host, &["basicConstraints = CA:true"]), openssl(&host, &[]));
    let what_to_do = format!("re-issue it with the subject alternative name IP:{host}");
    for (pair, trusted) in
        [(&signed, &authority), (&version_3, &version_3.certificate), (&version_1, &version_1.certificate)]
    {
        server.present(pair);
        refused(&server, trusted, &["has no subject alternative name", "does not count", &what_to_do]).await;
    }
}

#[tokio::test]
async fn a_port_that_speaks_something_else_is_told_from_a_certificate() {
    let server = server();
    let authority = server.certificates().ca();
    let advice = "check the port and spec.ldap.tls.mode";
    for (mode, address) in [(TlsMode::Ldaps, server.address()), (TlsMode::StartTls, server.tls_address())] {
        let error = probe_at(mode, &address, authority, None).await.unwrap_err().to_string();
        assert!(error.contains(&address) && error.contains(advice), "{error}");
    }
    let error = probe_at(TlsMode::None, &server.tls_address(), authority, None).await.unwrap_err().to_string();
    assert!(error.contains(&server.tls_address()) && error.contains(advice), "{error}");
    // One that closes the connection without a word, as balancers do.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || listener.incoming().for_each(|stream| drop(stream.unwrap().read(&mut [0; 4096]))));
    for mode in [TlsMode::Ldaps, TlsMode::StartTls] {
        let error = probe_at(mode, &address, authority, None).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable { cause, .. } if cause.contains(advice)), "{error}");
    }
    let error = probe_at(TlsMode::Ldaps, "127.0.0.1:1", authority, None).await.unwrap_err().to_string();
    assert!(error.starts_with("connecting to 127.0.0.1:1: ") && error.contains("spec.ldap.servers"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_that_the_server_refuses_is_told() {
    let server = OpenLdap::builder(SUFFIX).global("TLSVerifyClient demand").start();
    let stranger = Certificates::new().client("reader");
    let credentials = [
        Credentials::External {
            certificate: stranger.certificate.into_bytes().into(),
            key: stranger.key.into_bytes().into(),
        },
        Credentials::Anonymous,
    ];
    for credentials in credentials {
        let settings = ldaps(SUFFIX, &server.tls_address(), server.certificates().ca(), "", "");
        let settings = with(settings, |ldap| ldap.credentials = credentials);
        let error = open(settings).probe().await.unwrap_err().to_string();
        assert!(error.contains("client certificate") && error.contains(&server.tls_address()), "{error}");
        assert!(!error.contains("fatal alert"), "{error}");
    }
}
