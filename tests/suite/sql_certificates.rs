//! The certificates that database servers have: which are trusted, and what is said of the others. Each against a
//! PostgreSQL that shows it. The name of a test is the name of its row in the table of faults in docs/.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::store_contract::Store;
use directory_group_sync::store::Error;
use directory_group_sync::store::sql::{self, SqlSettings};
use serde_json::json;

use crate::harness::certificates::{Pair, early, expired, openssl, self_signed};
use crate::harness::{Certificates, Postgres, folder};
use crate::store_contract::two_groups_and_three_accounts;
use crate::sync_files::{SyncFiles, printed};

/// What a read says.
async fn read(url: &str, trusted: Option<&str>) -> Result<(), Error> {
    store(url, trusted).read().await.map(drop)
}

fn store(url: &str, trusted: Option<&str>) -> Store {
    let authorities = trusted.map(|pem| pem.as_bytes().to_vec());
    sql::open(SqlSettings { url: url.into(), authorities: authorities.map(Into::into), allow_sqlite: false }).unwrap()
}

/// The words, none of which is a library's.
async fn refused(server: &Postgres, url: &str, trusted: &str, words: &[&str]) {
    let error = read(url, Some(trusted)).await.unwrap_err();
    let Error::Tls { attempt, cause, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*attempt, format!("connecting to {}", server.address()));
    for word in words {
        assert!(cause.contains(word), "`{word}` in {cause}");
    }
    for word in ["UnknownIssuer", "OtherError", "DnsName", "IpAddress", "UNIX", "invalid peer", "correct"] {
        assert!(!error.to_string().contains(word), "{error}");
    }
}

/// A server of one's own and the URL of a database in it.
fn server() -> (Postgres, String) {
    let server = Postgres::start(&[]);
    let url = server.database("certificates").url();
    (server, url)
}

/// The self-signed certificates that tools make by themselves, for this address.
fn self_signed_ones(host: &str) -> Vec<(&'static str, Pair)> {
    let name = format!("subjectAltName = IP:{host}, DNS:db.example.test");
    let made = |extensions: &[&str]| openssl("db.example.test", &[&[name.as_str()], extensions].concat());
    vec![
        ("openssl req -x509", made(&["subjectKeyIdentifier = hash", "basicConstraints = critical,CA:true"])),
        ("CA:TRUE that does not sign", made(&["basicConstraints = CA:true", "keyUsage = digitalSignature"])),
        ("CA:FALSE", made(&["basicConstraints = CA:false", "keyUsage = digitalSignature, keyEncipherment"])),
        ("neither", made(&[])),
        ("rcgen", self_signed(&[host, "db.example.test"], |_| {})),
    ]
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_as_itself() {
    let (mut server, url) = server();
    for (what, own) in self_signed_ones(&server.host()) {
        server.present(&own);
        let given = Some(own.certificate.as_str());
        for mode in ["verify-full", "verify-ca", "require"] {
            let verdict = read(&format!("{url}?sslmode={mode}"), given).await;
            assert!(verdict.is_ok(), "{what}, {mode}: {verdict:?}");
        }
        let beside = format!("{}\n{}", Certificates::new().ca(), own.certificate);
        assert!(read(&url, Some(&beside)).await.is_ok(), "{what}");
    }
    // Everything that a run does goes the same way.
    let own = self_signed(&[&server.host()], |_| {});
    server.present(&own);
    two_groups_and_three_accounts(&store(&url, Some(&own.certificate))).await;
}

#[tokio::test]
async fn another_self_signed_certificate_is_refused() {
    let (mut server, url) = server();
    let (own, same) = (self_signed_ones(&server.host()), self_signed_ones(&server.host()));
    for ((_, own), (_, same)) in own.iter().zip(&same) {
        server.present(own);
        for mode in ["verify-full", "verify-ca", "require"] {
            let url = format!("{url}?sslmode={mode}");
            let words = ["is self-signed and is not the one in spec.sql.tls.caRef", "another server answers"];
            refused(&server, &url, &same.certificate, &words).await;
        }
        refused(&server, &url, Certificates::new().ca(), &["is self-signed and not trusted", "spec.sql.tls.caRef"])
            .await;
    }
}

#[tokio::test]
async fn an_unknown_authority_is_named() {
    let (server, url) = server();
    let stranger = self_signed(&["stranger"], |_| {});
    let words = ["was signed by CN=directory-group-sync test CA, which is not trusted", "spec.sql.tls.caRef"];
    refused(&server, &url, &stranger.certificate, &words).await;
    refused(&server, &format!("{url}?sslmode=require"), &stranger.certificate, &words).await;
    // Without one of our own, the system's count, unless the URL asks for none.
    assert!(matches!(read(&url, None).await, Err(Error::Tls { .. } | Error::Configuration { .. })));
    read(&format!("{url}?sslmode=require"), None).await.unwrap();
}

/// As with libpq's `sslrootcert`: by the program itself, whose system trusts the server's authority.
#[tokio::test]
async fn only_the_given_authority_is_trusted() {
    let (server, url) = server();
    let folder = folder::temporary("authorities");
    let system = folder::write(folder.path(), "system.pem", &server.ca());
    let stranger = self_signed(&["stranger"], |_| {}).certificate;
    let sync = |mode: &str, given: Option<&str>| {
        let files = SyncFiles::new(&format!("{url}?sslmode={mode}"));
        let manifest = files.folder().join("sync.yaml");
        if let Some(given) = given {
            let named = "sql: {tls: {caRef: {name: ca}}, secretKeyRef: {name: bi, key: url}}";
            let text = fs::read_to_string(&manifest).unwrap();
            let text = text.replace("sql: {secretKeyRef: {name: bi, key: url}}", named);
            let authority =
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ca"}, "data": {"ca.crt": given}});
            fs::write(&manifest, format!("{text}---\n{authority}\n")).unwrap();
        }
        printed(&files.command().env("SSL_CERT_FILE", &system).env_remove("SSL_CERT_DIR").output().unwrap())
    };
    for mode in ["verify-full", "verify-ca", "require"] {
        let (code, said) = sync(mode, Some(&stranger));
        assert_eq!(code, Some(1), "{mode}: {said}");
        assert!(said.contains("StoreTLSFailed") && said.contains("which is not trusted"), "{mode}: {said}");
        let (code, said) = sync(mode, Some(&server.ca()));
        // There is no group in the file.
        assert_eq!(code, Some(6), "{mode}: {said}");
    }
    for mode in ["verify-full", "require"] {
        let (code, said) = sync(mode, None);
        // There is no group in the file.
        assert_eq!(code, Some(6), "{mode}: {said}");
    }
    let (code, said) = sync("verify-ca", None);
    assert_eq!(code, Some(1), "{said}");
    let said = said.replace('\n', " ");
    assert!(said.contains("StoreMisconfigured") && said.contains("spec.sql.tls.caRef: is not set, and"), "{said}");
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused_with_the_date() {
    let (mut server, url) = server();
    let host = server.host();
    let authority = server.ca();
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
        refused(&server, &url, &authority, &words).await;
        server.present(&own);
        refused(&server, &url, &own.certificate, &words).await;
        refused(&server, &format!("{url}?sslmode=verify-ca"), &own.certificate, &words).await;
    }
}

#[tokio::test]
async fn a_certificate_for_other_names_is_refused_with_them() {
    let (mut server, url) = server();
    let signed = server.certificates().server(&["db1.example.test", "10.1.2.3"]);
    let own = self_signed(&["db1.example.test", "10.1.2.3"], |_| {});
    let authority = server.ca();
    for (pair, trusted) in [(&signed, &authority), (&own, &own.certificate)] {
        server.present(pair);
        let words = ["is for db1.example.test, 10.1.2.3, not for 127.0.0.", "in the URL", "sslmode=verify-ca"];
        refused(&server, &url, trusted, &words).await;
        read(&format!("{url}?sslmode=verify-ca"), Some(trusted)).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_without_alternative_names_is_refused_with_what_to_do() {
    let (mut server, url) = server();
    let host = server.host();
    let authority = server.ca();
    let signed = server.certificates().server_with(&[], |_| {});
    let (version_3, version_1) = (openssl(&host, &["basicConstraints = CA:true"]), openssl(&host, &[]));
    let what_to_do = format!("re-issue it with the subject alternative name IP:{host}");
    for (pair, trusted) in
        [(&signed, &authority), (&version_3, &version_3.certificate), (&version_1, &version_1.certificate)]
    {
        server.present(pair);
        refused(&server, &url, trusted, &["has no subject alternative name", "does not count", &what_to_do]).await;
        read(&format!("{url}?sslmode=verify-ca"), Some(trusted)).await.unwrap();
    }
    // The key of a certificate of version 1 signs in another way with TLS 1.2.
    let mut server = Postgres::start(&["ssl_max_protocol_version=TLSv1.2"]);
    let url = format!("{}?sslmode=verify-ca", server.database("version").url());
    server.present(&version_1);
    read(&url, Some(&version_1.certificate)).await.unwrap();
}

/// Servers that answer the request for TLS with this, and with nothing more.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            assert_eq!(request, [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f], "nothing but the request for TLS was sent");
            stream.write_all(answer).unwrap();
            // Without an answer the connection is closed at once.
            let _ = if answer.is_empty() { Ok(0) } else { stream.read(&mut [0; 4096]) };
        }
    });
    format!("postgres://u:s3cret@{address}/d")
}

#[tokio::test]
async fn a_server_without_tls_is_told_and_gets_no_password() {
    let refusal = |error: Error| match error {
        Error::Tls { cause, .. } => cause,
        other => panic!("{other:?}"),
    };
    let ca = Certificates::new();
    let without_tls = read(&answering(b"N"), Some(ca.ca())).await.unwrap_err();
    assert!(refusal(without_tls).contains("offers no TLS: set ssl = on"));
    let something_else = read(&answering(b"HTTP/1.1 400 Bad Request"), Some(ca.ca())).await.unwrap_err();
    assert!(refusal(something_else).contains("is not a PostgreSQL server: check the host and the port in the URL"));
    let nonsense = read(&answering(b"Snonsense"), Some(ca.ca())).await.unwrap_err();
    assert!(refusal(nonsense).contains("speaks no TLS"));
    // The words of an error come from somebody who has not proved who he is (CVE-2024-10977).
    let error = read(&answering(b"EFATAL: look at evil.example"), Some(ca.ca())).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { cause, .. } if !cause.contains("evil")), "{error}");
    for answer in [&b""[..], b"S"] {
        let error = read(&answering(answer), Some(ca.ca())).await.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable { cause, .. } if cause.contains("closed the connection")),
            "{error}"
        );
    }
}
