//! Which certificates are accepted at one moment, and the texts of refusals.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::problem::Problem;
use super::verifier::Verifier;
use super::{Fields, Proof, Trust};

const FIELDS: Fields =
    Fields { authorities: "spec.x.caRef", name: "set serverName", protocol: "the port speaks no TLS" };
/// 2026-11-27, noon.
const NOW: u64 = 1_795_780_800;
const HOST: &str = "dc1.corp.example";

/// A certificate and the key that can sign others.
struct Made {
    octets: CertificateDer<'static>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    params
}

fn authority(common_name: &str) -> CertificateParams {
    let mut params = params(common_name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Made { octets: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
}

fn signed(params: CertificateParams, by: &Made) -> Made {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &by.issuer).unwrap();
    Made { octets: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) }
}

fn with(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    change(&mut params);
    params
}

fn verify(proof: Proof, shown: &[&Made], name: &str) -> Result<(), Problem> {
    let verifier = Verifier::new(proof, Arc::new(rustls::crypto::ring::default_provider()));
    let chain: Vec<_> = shown[1..].iter().map(|made| made.octets.clone()).collect();
    let name = ServerName::try_from(name).unwrap();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW));
    verifier.verify(&shown[0].octets, &chain, &name, now)
}

fn trust(given: &[&Made]) -> Trust {
    Trust::given(given.iter().map(|made| made.pem.as_str()).collect::<String>().as_bytes()).unwrap()
}

/// The refusal of a server that shows these certificates, if those are given; `trusted` if it is accepted.
fn refusal(shown: &[&Made], given: &[&Made]) -> String {
    let result = verify(Proof::Name(trust(given)), shown, HOST);
    result.map_or_else(|problem| problem.sentence(&FIELDS), |()| "trusted".to_owned())
}

/// The ways in which a server's self-signed certificate may be made.
fn kinds() -> Vec<CertificateParams> {
    let authority = IsCa::Ca(BasicConstraints::Unconstrained);
    let mut kinds = Vec::new();
    for is_ca in [authority, IsCa::Ca(BasicConstraints::Constrained(0)), IsCa::NoCa, IsCa::ExplicitNoCa] {
        for usages in [vec![], vec![KeyUsagePurpose::KeyCertSign], vec![KeyUsagePurpose::DigitalSignature]] {
            for purposes in [vec![], vec![ExtendedKeyUsagePurpose::ServerAuth]] {
                kinds.push(with(params(HOST, &[HOST]), |params| {
                    params.is_ca = is_ca;
                    params.key_usages = usages.clone();
                    params.extended_key_usages = purposes;
                }));
            }
        }
    }
    kinds
}

#[test]
fn a_self_signed_certificate_is_trusted_as_itself_however_it_was_made() {
    for params in kinds() {
        let (own, other) = (self_signed(params.clone()), self_signed(params));
        let stranger = self_signed(authority("Stranger"));
        assert_eq!(refusal(&[&own], &[&own]), "trusted");
        assert_eq!(refusal(&[&own], &[&stranger, &own]), "trusted");
        assert_eq!(refusal(&[&own, &stranger], &[&own]), "trusted", "whatever else is sent");
        let refused = verify(Proof::Name(trust(&[&own])), &[&own], "dc2.corp.example");
        assert!(matches!(refused, Err(Problem::Misnamed { .. })), "its names count: {refused:?}");
        assert!(matches!(verify(Proof::Certificate(trust(&[&own])), &[&own], "dc2.corp.example"), Ok(())));
        let text = refusal(&[&other], &[&own]);
        assert!(text.contains("is not the one in spec.x.caRef"), "{text}");
    }
}

#[test]
fn the_key_of_a_server_signs_for_no_other_server() {
    let own = self_signed(with(params(HOST, &[HOST]), |params| params.is_ca = IsCa::ExplicitNoCa));
    let other = signed(params("dc1", &[HOST]), &own);
    let words = refusal(&[&other], &[&own]);
    assert!(words.contains("was signed by CN=dc1.corp.example, which may not sign certificates"), "{words}");
}

#[test]
fn a_certificate_without_its_authority_is_trusted_where_it_is_given() {
    let server = signed(params("dc1", &[HOST]), &self_signed(authority("Corp CA")));
    assert_eq!(refusal(&[&server], &[&server]), "trusted");
}

#[test]
fn dates_are_times() {
    let root = self_signed(authority("Corp CA"));
    let expired = with(params("dc1", &[HOST]), |params| params.not_after = date_time_ymd(2025, 1, 1));
    let early = with(params("dc1", &[HOST]), |params| params.not_before = date_time_ymd(2027, 6, 1));
    let was = "the server's certificate (CN=dc1) expired at 2025-01-01 00:00 UTC (it is 2026-11-27 12:00 UTC by \
               this machine's clock): renew it";
    let will = "the server's certificate (CN=dc1) is not valid before 2027-06-01 00:00 UTC (it is 2026-11-27 \
                12:00 UTC by this machine's clock): check this machine's clock";
    for (params, words) in [(expired, was), (early, will)] {
        let own = self_signed(params.clone());
        assert_eq!(refusal(&[&own], &[&own]), words, "dates count for what is trusted as itself");
        assert_eq!(refusal(&[&signed(params, &root)], &[&root]), words);
    }
    let above = signed(with(authority("Issuing CA"), |params| params.not_after = date_time_ymd(2025, 1, 1)), &root);
    let server = signed(params("dc1", &[HOST]), &above);
    let words = refusal(&[&server, &above], &[&root]);
    assert!(
        words.starts_with("the certificate of an authority above the server's (CN=Issuing CA) expired at"),
        "{words}"
    );
}

#[test]
fn names_are_plain() {
    let root = self_signed(authority("Corp CA"));
    let named = |names: &[&str]| refusal(&[&signed(params("dc1", names), &root)], &[&root]);
    assert_eq!(
        named(&["ldap.corp.example", "*.old.example", "10.0.0.1"]),
        "the server's certificate (CN=dc1) is for ldap.corp.example, *.old.example, 10.0.0.1, not for \
         dc1.corp.example: set serverName"
    );
    assert!(named(&["a", "b", "c", "d", "e", "f", "g"]).contains("is for a, b, c, d, e and 2 more, not for"));
    assert_eq!(
        named(&[]),
        "the server's certificate (CN=dc1) has no subject alternative name, and its common name dc1 does not count: \
         re-issue it with the subject alternative name DNS:dc1.corp.example"
    );
    // The common name does not count where it is the right one either (RFC 9525 section 2).
    let own = self_signed(params(HOST, &[]));
    assert!(refusal(&[&own], &[&own]).contains("no subject alternative name"));
}

#[test]
fn an_address_must_be_one_in_the_certificate() {
    let as_text = with(params("dc1", &[]), |params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("10.0.0.1".try_into().unwrap())];
    });
    let own = self_signed(as_text);
    let problem = verify(Proof::Name(trust(&[&own])), &[&own], "10.0.0.1").unwrap_err().sentence(&FIELDS);
    assert!(problem.contains("not for 10.0.0.1 as an address: re-issue it"), "{problem}");
    assert!(problem.contains("IP:10.0.0.1"), "{problem}");
    let right = self_signed(params("dc1", &["10.0.0.1"]));
    verify(Proof::Name(trust(&[&right])), &[&right], "10.0.0.1").unwrap();
}

#[test]
fn the_authority_that_signed_is_named() {
    let (root, stranger) = (self_signed(authority("Corp CA")), self_signed(authority("Other CA")));
    let above = signed(authority("Issuing CA"), &root);
    let server = signed(params("dc1", &[HOST]), &above);
    assert_eq!(refusal(&[&server, &above], &[&root]), "trusted");
    assert_eq!(refusal(&[&server, &above, &root], &[&root]), "trusted");
    assert_eq!(refusal(&[&server], &[&above]), "trusted", "an authority in between may be the one that is given");
    for (shown, issuer) in
        [(vec![&server], "Issuing CA"), (vec![&server, &above], "Corp CA"), (vec![&server, &above, &root], "Corp CA")]
    {
        let expected = format!(
            "the server's certificate (CN=dc1) was signed by CN={issuer}, which is not trusted: put the certificate of \
             that authority into spec.x.caRef"
        );
        assert_eq!(refusal(&shown, &[&stranger]), expected);
    }
    let renewed = self_signed(authority("Corp CA"));
    let words = refusal(&[&server, &above], &[&renewed]);
    assert!(words.contains("was signed by another authority named CN=Corp CA than the one that is trusted"), "{words}");
    let words = refusal(&[&self_signed(params("dc1", &[HOST]))], &[&root]);
    assert!(
        words.contains("is self-signed and not trusted: if it is the right one, put it into spec.x.caRef"),
        "{words}"
    );
}

#[test]
fn a_certificate_that_is_not_for_servers_is_refused() {
    let root = self_signed(authority("Corp CA"));
    let client = with(params("dc1", &[HOST]), |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert!(refusal(&[&signed(client, &root)], &[&root]).contains("serverAuth"));
    let authority = with(authority("dc1"), |params| {
        params.subject_alt_names = vec![HOST.try_into().map(rcgen::SanType::DnsName).unwrap()];
    });
    let words = refusal(&[&signed(authority, &root)], &[&root]);
    assert!(words.contains("is one of an authority (CA:TRUE)"), "{words}");
}

#[test]
fn a_certificate_in_between_must_be_an_authoritys() {
    let root = self_signed(authority("Corp CA"));
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let between = signed(with(params("dc0", &["dc0.corp.example"]), |params| params.is_ca = is_ca), &root);
        let words = refusal(&[&signed(params("dc1", &[HOST]), &between), &between], &[&root]);
        assert!(words.contains("(CN=dc1) was signed by CN=dc0, which may not sign certificates (CA:FALSE"), "{words}");
    }
}

#[test]
fn nothing_is_verified_if_nothing_must_be_proved() {
    let own = self_signed(params("dc1", &[]));
    verify(Proof::Nothing, &[&own], HOST).unwrap();
}

#[test]
fn text_that_is_not_a_certificate_is_named_by_its_number() {
    let own = self_signed(params("dc1", &[HOST]));
    let junk = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let error = |text: String| Trust::given(text.as_bytes()).unwrap_err().to_string();
    assert!(error(own.pem.clone() + junk).starts_with("certificate 2 of 2 cannot be read"));
    assert!(error(String::new()).contains("-----BEGIN CERTIFICATE-----"));
    assert!(error(own.pem.replace("-----END CERTIFICATE-----", "")).contains("PEM"));
}

proptest::proptest! {
    /// Rule `withheld-text`.
    #[test]
    fn nothing_of_a_text_that_is_not_a_certificate_is_told(
        at in proptest::prelude::any::<proptest::sample::Index>(),
        text in "(k4n4ry|K4N4RY\n|\nk4n4ry: |-----BEGIN k4n4ry|-----END k4n4ry-----|k4n4ry!\n)",
        cut in proptest::prelude::any::<proptest::sample::Index>(),
    ) {
        let mut pem = self_signed(params("dc1", &[HOST])).pem;
        pem.insert_str(at.index(pem.len()), &text);
        let end = cut.index(pem.len());
        for pem in [&pem[..], &pem[..end], &pem[end..]] {
            let Err(error) = Trust::given(pem.as_bytes()) else { continue };
            let said = format!("{error} {error:?}").to_lowercase();
            let octets = format!("{:?}", b"k4n4ry");
            proptest::prop_assert!(!said.contains("k4n4ry") && !said.contains(octets.trim_matches(['[', ']'])), "{said}");
        }
    }
}

/// Every word for people is ours.
#[test]
fn no_text_of_a_library_reaches_people() {
    let root = self_signed(authority("Corp CA"));
    let everything = [
        refusal(&[&signed(params("dc1", &["x"]), &root)], &[&root]),
        refusal(&[&signed(params("dc1", &[HOST]), &root)], &[&self_signed(authority("Other"))]),
        refusal(&[&self_signed(authority("dc1"))], &[&root]),
    ];
    for words in everything {
        assert!(
            !["UnknownIssuer", "DnsName", "OtherError", "CaUsed", "UNIX"].iter().any(|word| words.contains(word)),
            "{words}"
        );
    }
}
