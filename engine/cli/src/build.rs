//! Which build of this program runs: what it kept may not be taken for the work of another.

use std::sync::OnceLock;

/// The version, and a checksum of the program's own file; the version alone where that cannot be read.
///
/// Cost: the reading of the file the first time, some ten milliseconds.
pub(crate) fn build() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let version = env!("CARGO_PKG_VERSION");
        let own = std::env::current_exe().and_then(std::fs::read);
        own.map_or_else(|_| version.to_owned(), |bytes| format!("{version}-{:08x}", crc32fast::hash(&bytes)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_told_by_its_file() {
        let (version, sum) = build().split_once('-').expect("a checksum");
        assert_eq!((version, sum.len()), (env!("CARGO_PKG_VERSION"), 8));
        assert_eq!(build(), build());
    }
}
