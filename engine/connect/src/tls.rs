//! How connections are encrypted: rustls with the ring provider and the certificates that the system trusts
//! (`SSL_CERT_FILE` and `SSL_CERT_DIR` say others).

use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};

/// The settings of all connections. Read once: a changed list of certificates needs a restart. Certificates that cannot
/// be read are left out; without any, every encrypted connection fails and says so.
pub(crate) fn config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let build = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(rustls::DEFAULT_VERSIONS);
        Arc::new(builder.expect("ring has the default versions").with_root_certificates(roots).with_no_client_auth())
    };
    Arc::clone(CONFIG.get_or_init(build))
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_a_config() {
        assert!(!super::config().crypto_provider().cipher_suites.is_empty());
    }
}
