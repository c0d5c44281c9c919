//! A certificate and its key, from files of PEM to what TLS needs.

use crate::error::DoorsError;
use crate::tokens::keep_secret;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, ServerConfig};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The largest file of a certificate or key \[bytes\].
const LARGEST: u64 = 1 << 20;

/// A certificate with its chain, and its key.
#[derive(Clone)]
pub struct Tls {
    certificates: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
}

impl Tls {
    /// Reads a chain of certificates, that of the server first, and the key of that one, both as PEM.
    ///
    /// # Errors
    /// Where a file is missing, is not PEM, or holds something else; where others may read the key; where it is not the key of
    /// the certificate.
    pub fn load(certificates: &Path, key: &Path) -> Result<Tls, DoorsError> {
        let provider = Arc::new(ring::default_provider());
        let current = Arc::new(Current(RwLock::new(read(certificates, key, &provider)?)));
        Ok(Tls { certificates: certificates.into(), key: key.into(), provider, current })
    }

    /// Reads both files again; connections that come from now on see the new certificate.
    ///
    /// # Errors
    /// As [`Tls::load`]; then the certificate that was there stays.
    pub fn reload(&self) -> Result<(), DoorsError> {
        let read = read(&self.certificates, &self.key, &self.provider)?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// What a server needs: TLS 1.2 and 1.3.
    ///
    /// # Errors
    /// Where the versions of TLS are not to be had, which does not happen with the provider that is used.
    pub(crate) fn config(&self) -> Result<ServerConfig, DoorsError> {
        let versions = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| self::wrong(&self.certificates, error.to_string(), "build the program with TLS 1.2 and 1.3"))?;
        Ok(versions.with_no_client_auth().with_cert_resolver(self.current.clone()))
    }
}

/// Without the key.
impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Tls");
        shown.field("certificates", &self.certificates).field("key", &self.key).finish_non_exhaustive()
    }
}

/// The certificate that is shown now.
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Current")
    }
}

fn read(certificates: &Path, key: &Path, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, DoorsError> {
    let chain = chain_of(certificates)?;
    let pair = CertifiedKey::from_der(chain, key_of(key)?, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => wrong(
            key,
            format!("it is not the key of the certificate in {}", certificates.display()),
            "name the key that the certificate was asked for with, and put the certificate of the server first in the chain",
        ),
        Error::InvalidCertificate(_) => {
            wrong(certificates, format!("its first certificate cannot be used: {error}"), "make a new one, of X.509 version 3")
        }
        error => wrong(key, format!("it cannot be used: {error}"), "make a key for ECDSA (P-256), Ed25519 or RSA"),
    })?;
    Ok(Arc::new(pair))
}

fn chain_of(path: &Path) -> Result<Vec<CertificateDer<'static>>, DoorsError> {
    let (_, text) = contents(path, "certificate")?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(path, format!("its PEM is broken: {error}"), "write the certificate again"))?;
    if chain.is_empty() {
        let what = if has_pem(&text) { "there is no certificate in it, only other PEM" } else { "it is not PEM" };
        return Err(wrong(path, what, "name a file with a line -----BEGIN CERTIFICATE-----"));
    }
    Ok(chain)
}

fn key_of(path: &Path) -> Result<PrivateKeyDer<'static>, DoorsError> {
    let (file, text) = contents(path, "key")?;
    keep_secret(&file, path, 0o007)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound if find(&text, b"ENCRYPTED PRIVATE KEY") => {
            wrong(path, "its key is under a password", "take the password off, as with openssl pkey -in FILE -out NEW")
        }
        PemError::NoItemsFound if has_pem(&text) => {
            wrong(path, "there is no key in it, only other PEM", "name a file with a line -----BEGIN PRIVATE KEY-----")
        }
        PemError::NoItemsFound => wrong(path, "it is not PEM", "name a file with a line -----BEGIN PRIVATE KEY-----"),
        // What is said of a broken key could be a part of it.
        _ => wrong(path, "its PEM is broken", "write the key again"),
    })
}

fn contents(path: &Path, what: &'static str) -> Result<(File, Vec<u8>), DoorsError> {
    let failed = |source| DoorsError::File { path: path.into(), what, source };
    let mut file = File::open(path).map_err(failed)?;
    let mut text = Vec::new();
    (&mut file).take(LARGEST + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(wrong(path, format!("it is longer than {LARGEST} bytes"), "name a file of PEM"));
    }
    Ok((file, text))
}

fn has_pem(text: &[u8]) -> bool {
    find(text, b"-----BEGIN ")
}

fn find(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn wrong(path: &Path, what: impl Into<String>, remedy: &'static str) -> DoorsError {
    DoorsError::Tls { path: path.into(), what: what.into(), remedy }
}
