//! The root certificate: made once, on first start.

use onecli_domain::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};

use crate::error::Error;

/// Makes a root: `(certificate as PEM, private key as PKCS #8 DER)`.
///
/// ECDSA P-256, ten years, `pathlen:0`, for signing certificates and revocation lists alone.
pub fn new_root(now: Timestamp) -> Result<(String, Vec<u8>), Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "OneCLI Gateway CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = super::leaf::moment(now, -DAY)?;
    params.not_after = super::leaf::moment(now, 3652 * DAY)?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_der()))
}

const DAY: i64 = 86_400;
