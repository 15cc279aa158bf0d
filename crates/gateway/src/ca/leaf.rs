//! Leaf certificates: minted for each host that agents ask for, under one key that all of them share.

use std::net::IpAddr;
use std::sync::Arc;

use onecli_domain::host::Host;
use onecli_domain::time::Timestamp;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use rustls::crypto::SecureRandom;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use rustls::sign::{CertifiedKey, SigningKey};

use crate::error::Error;

/// Makes leaf certificates.
///
/// One P-256 key serves every leaf of the process: making a key would cost more than all the rest, and
/// whoever could read one key from memory could read them all.
pub struct Minter {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    leaf_key: KeyPair,
    signing_key: Arc<dyn SigningKey>,
    random: &'static dyn SecureRandom,
}

impl Minter {
    /// Takes up a root: its certificate as PEM, and its private key as PKCS #8 DER.
    pub fn new(root_pem: &str, root_key: &[u8]) -> Result<Self, Error> {
        let root = CertificateDer::from_pem_slice(root_pem.as_bytes()).map_err(|_| Error::Authority)?;
        let key = PrivatePkcs8KeyDer::from(root_key);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)?;
        let leaf_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let leaf_der = PrivateKeyDer::Pkcs8(leaf_key.serialize_der().into());
        let signing_key = rustls::crypto::aws_lc_rs::sign::any_ecdsa_type(&leaf_der)?;
        let random = rustls::crypto::aws_lc_rs::default_provider().secure_random;
        Ok(Self { issuer: Issuer::from_ca_cert_der(&root, key)?, root, leaf_key, signing_key, random })
    }

    /// Mints a certificate for a host: valid from a day ago, for clocks that are behind, for six days more.
    pub fn mint(&self, host: &Host, now: Timestamp) -> Result<CertifiedKey, Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        // RFC 5280 bounds a common name to 64 characters; clients read the alternative name alone.
        if host.as_str().len() <= 64 {
            params.distinguished_name.push(DnType::CommonName, host.as_str());
        }
        params.subject_alt_names = vec![match host.ip() {
            Some(IpAddr::V4(ip)) => SanType::IpAddress(ip.into()),
            Some(IpAddr::V6(ip)) => SanType::IpAddress(ip.into()),
            None => SanType::DnsName(host.as_str().try_into()?),
        }];
        // RFC 5280 §4.1.2.2: unique for the issuer, positive, at most 20 bytes. Browsers refuse one that comes twice.
        let mut serial = [0; 16];
        self.random.fill(&mut serial).map_err(|_| Error::Random)?;
        serial[0] = serial[0] & 0x7f | 0x40;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = moment(now, -DAY)?;
        params.not_after = moment(now, 6 * DAY)?;
        let leaf = params.signed_by(&self.leaf_key, &self.issuer)?;
        Ok(CertifiedKey::new(vec![leaf.der().clone(), self.root.clone()], Arc::clone(&self.signing_key)))
    }
}

/// A moment as certificates know it.
pub(super) fn moment(now: Timestamp, seconds: i64) -> Result<time::OffsetDateTime, Error> {
    time::OffsetDateTime::from_unix_timestamp(now.plus_seconds(seconds).micros().div_euclid(1_000_000))
        .map_err(|_| Error::Clock)
}

const DAY: i64 = 86_400;
