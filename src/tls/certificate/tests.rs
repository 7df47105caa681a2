//! Certificates of `rcgen` and OpenSSL, complete and damaged.

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::pki_types::pem::PemObject;

use super::*;

/// `openssl req -x509 -newkey rsa:1024 -days 1 -subj /CN=old.corp.example` with a configuration without extensions.
const VERSION_1: &str = include_str!("version_1.pem");

fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
    let mut params = CertificateParams::new(["dc1.corp.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Corp");
    params.distinguished_name.push(DnType::CommonName, "dc1");
    params.not_before = date_time_ymd(2025, 1, 2);
    params.not_after = date_time_ymd(2050, 3, 4);
    change(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
}

fn read(change: impl FnOnce(&mut CertificateParams)) -> Certificate {
    Certificate::read(&made(change)).unwrap()
}

#[test]
fn dates_of_both_forms_names_and_version_are_read() {
    let certificate = read(|_| {});
    assert_eq!((certificate.not_before.to_string(), certificate.not_after.to_string()), {
        ("2025-01-02T00:00:00".to_owned(), "2050-03-04T00:00:00".to_owned())
    });
    assert_eq!(certificate.names, [HostName::Dns("dc1.corp.example".into()), HostName::Address("10.0.0.1".into())]);
    assert_eq!((certificate.version, certificate.label().as_str()), (3, " (CN=dc1,O=Corp)"));
    assert!(certificate.is_self_issued());
}

#[test]
fn an_end_that_never_comes_is_one() {
    assert_eq!(read(|params| params.not_after = date_time_ymd(9999, 12, 31)).not_after.year(), 9999);
}

#[test]
fn a_certificate_of_version_1_has_no_names() {
    let certificate = Certificate::read(&CertificateDer::from_pem_slice(VERSION_1.as_bytes()).unwrap()).unwrap();
    assert_eq!((certificate.version, certificate.names.len()), (1, 0));
    assert_eq!(certificate.subject.common_name().as_deref(), Some("old.corp.example"));
    assert_eq!(rsa_bits(&certificate.key), Some(1024));
    assert!(certificate.may_sign(), "it does not say that it may not");
}

#[test]
fn a_certificate_may_sign_others_unless_it_says_that_it_may_not() {
    for (is_ca, usages, may_sign, is_authority) in [
        (IsCa::Ca(BasicConstraints::Unconstrained), vec![], true, true),
        (IsCa::Ca(BasicConstraints::Constrained(0)), vec![KeyUsagePurpose::KeyCertSign], true, true),
        (IsCa::Ca(BasicConstraints::Unconstrained), vec![KeyUsagePurpose::DigitalSignature], false, true),
        (IsCa::NoCa, vec![], true, false),
        (IsCa::ExplicitNoCa, vec![], false, false),
        (IsCa::NoCa, vec![KeyUsagePurpose::DigitalSignature], false, false),
    ] {
        let certificate = read(|params| (params.is_ca, params.key_usages) = (is_ca, usages.clone()));
        assert_eq!(
            (certificate.may_sign(), certificate.is_authority()),
            (may_sign, is_authority),
            "{is_ca:?} {usages:?}"
        );
    }
}

#[test]
fn keys_that_are_not_of_rsa_have_no_modulus() {
    assert_eq!(rsa_bits(&read(|_| {}).key), None);
}

#[test]
fn a_part_of_a_certificate_is_none() {
    let whole = made(|_| {}).to_vec();
    for length in 0..whole.len() {
        assert!(Certificate::read(&CertificateDer::from(&whole[..length])).is_none(), "{length} of {}", whole.len());
    }
}

proptest! {
    #[test]
    fn octets_that_changed_on_the_way_never_panic(place in 0..2000_usize, octet: u8, more in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut octets = made(|_| {}).to_vec();
        let place = place % octets.len();
        octets[place] = octet;
        octets.splice(place..place, more);
        if let Some(certificate) = Certificate::read(&CertificateDer::from(octets)) {
            let _ = (certificate.label(), certificate.subject.common_name(), rsa_bits(&certificate.key));
        }
    }
}
