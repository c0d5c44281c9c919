//! Tokens: from a file or the environment to names and roles, and from what a caller shows to who it is.
//!
//! Only the SHA-256 of a token is kept. As tokens are long and drawn by chance, that needs neither salt nor slowness. All
//! hashes are compared, each in constant time, so that the time an answer takes tells nothing of them.

use crate::caller::Caller;
use crate::error::DoorsError;
use crate::role::Roles;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::{self, Write};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// The shortest token \[characters\].
const SHORTEST: usize = 16;

/// The longest token \[characters\].
const LONGEST: usize = 512;

/// The longest name of a caller \[characters\].
const LONGEST_NAME: usize = 64;

/// The largest file of tokens \[bytes\].
const LARGEST_FILE: u64 = 1 << 20;

/// The variable of the environment that may hold tokens.
const VARIABLE: &str = "REHEARSAL_TOKENS";

type Hash = [u8; SHA256_OUTPUT_LEN];

/// Who may come in.
#[derive(Clone, Default)]
pub struct Tokens(Vec<(Hash, Caller)>);

impl Tokens {
    /// No tokens: whoever is on this machine comes in, and nobody else.
    #[must_use]
    pub const fn none() -> Tokens {
        Tokens(Vec::new())
    }

    /// Reads a file: a line for each token, `ROLE NAME TOKEN` or `ROLE NAME sha256:HEX`. Several roles are written with commas.
    /// What follows a `#` is a remark.
    ///
    /// A name may have several tokens, of the same roles, so that a new one can be handed out before the old one goes.
    ///
    /// # Errors
    /// Where the file cannot be read, others may read it, it is above 1 MiB, a line is wrong, or there is no token in it.
    pub fn from_file(path: &Path) -> Result<Tokens, DoorsError> {
        let failed = |source| DoorsError::File { path: path.into(), what: "file of tokens", source };
        let file = File::open(path).map_err(failed)?;
        keep_secret(&file, path, 0o077)?;
        let mut text = String::new();
        file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > LARGEST_FILE {
            return Err(failed(std::io::Error::other(format!("it is longer than {LARGEST_FILE} bytes"))));
        }
        Tokens::from_text(&text, &path.display().to_string())
    }

    /// Reads the variable `REHEARSAL_TOKENS`, whose lines are as those of a file, or are parted by `;`. `None` where it is not
    /// set.
    ///
    /// # Errors
    /// Where a line is wrong, or there is no token in it.
    pub fn from_environment() -> Result<Option<Tokens>, DoorsError> {
        match std::env::var(VARIABLE) {
            Ok(text) => Tokens::from_text(&text.replace(';', "\n"), VARIABLE).map(Some),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(wrong(VARIABLE, 1, "it is not UTF-8")),
        }
    }

    /// Reads tokens from a text; `place` says in errors where it is from.
    ///
    /// # Errors
    /// Where a line is wrong, or there is no token in it.
    pub fn from_text(text: &str, place: &str) -> Result<Tokens, DoorsError> {
        let mut tokens = Tokens::none();
        for (line, written) in (1..).zip(text.lines()) {
            let written = written.split('#').next().unwrap_or("").trim();
            if !written.is_empty() {
                tokens.add(written).map_err(|what| wrong(place, line, what))?;
            }
        }
        if tokens.0.is_empty() { Err(DoorsError::NoTokens { place: place.into() }) } else { Ok(tokens) }
    }

    /// Takes in a line. What is wrong is said without a word of the line: any of them may be a token at the wrong place.
    fn add(&mut self, line: &str) -> Result<(), &'static str> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [roles, name, token] = words[..] else { return Err("it does not have three words") };
        let roles = Roles::of(roles).ok_or("its first word is none of ingest, read, operate, nor several with commas")?;
        if name.len() > LONGEST_NAME || !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)) {
            return Err("its name is not of at most 64 letters, digits, `.`, `_`, `-` and `/`");
        }
        let hash = match token.strip_prefix("sha256:") {
            Some(hex) => from_hex(hex).ok_or("what follows sha256: is not of 64 hexadecimal digits")?,
            None => {
                checked(token)?;
                hash_of(token)
            }
        };
        if self.0.iter().any(|(other, _)| *other == hash) {
            return Err("its token is there already; each caller has its own");
        }
        if self.0.iter().any(|(_, other)| *other.name == *name && other.roles != roles) {
            return Err("its name is there already, with other roles; write them in one line with commas, as in ingest,read");
        }
        self.0.push((hash, Caller { name: Arc::from(name), roles }));
        Ok(())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who may come in, in the order of the lines.
    pub fn callers(&self) -> impl Iterator<Item = &Caller> {
        self.0.iter().map(|(_, caller)| caller)
    }

    /// Whose token it is. Takes as long for a wrong token as for a right one of the same length.
    #[must_use]
    pub fn caller(&self, token: &str) -> Option<&Caller> {
        checked(token).ok()?;
        let shown = hash_of(token);
        let mut found = 0_u32;
        for (number, (hash, _)) in (1..).zip(&self.0) {
            let same: Choice = hash.ct_eq(&shown);
            found.conditional_assign(&number, same);
        }
        let index = (found as usize).checked_sub(1)?;
        self.0.get(index).map(|(_, caller)| caller)
    }
}

/// Names and roles only.
impl fmt::Debug for Tokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.callers().map(|caller| (&caller.name, caller.roles))).finish()
    }
}

/// Makes a token: 64 hexadecimal digits, 256 bits of chance from the system.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn new_token() -> Result<String, DoorsError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| DoorsError::Random)?;
    Ok(to_hex(&bytes))
}

/// What may stand for a token in a file: `sha256:` and 64 hexadecimal digits.
#[must_use]
pub fn sha256_of(token: &str) -> String {
    format!("sha256:{}", to_hex(&hash_of(token)))
}

/// Refuses a file with one of these permissions.
pub(crate) fn keep_secret(file: &File, path: &Path, refused: u32) -> Result<(), DoorsError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let failed = |source| DoorsError::File { path: path.into(), what: "file", source };
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & refused != 0 {
            return Err(DoorsError::Readable { path: path.into(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path, refused);
    Ok(())
}

/// Whether it may be a token: of the characters that a header of HTTP takes, and neither short nor endless.
fn checked(token: &str) -> Result<(), &'static str> {
    if token.len() < SHORTEST {
        return Err("its token is shorter than 16 characters, which can be guessed");
    }
    if token.len() > LONGEST {
        return Err("its token is longer than 512 characters");
    }
    let taken = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    if token.chars().all(taken) { Ok(()) } else { Err("its token has other characters than letters, digits and -._~+/=") }
}

fn hash_of(token: &str) -> Hash {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    hash
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Hash> {
    if text.len() != 2 * SHA256_OUTPUT_LEN || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; SHA256_OUTPUT_LEN];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(hash)
}

fn wrong(place: &str, line: usize, what: &str) -> DoorsError {
    DoorsError::Token { place: place.into(), line, what: what.into() }
}
