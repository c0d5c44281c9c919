//! Passwords and tokens: where they come from, and that they never show.

use crate::error::ConnectError;
use std::fmt;
use std::path::PathBuf;

/// A password or a token, read when it is needed so that a changed one is seen at the next attempt.
///
/// It never shows itself: `Debug` and `Display` say where it comes from, and errors do not hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Environment(String),
    File(PathBuf),
    Literal(String),
}

impl Secret {
    /// The value of an environment variable.
    #[must_use]
    pub fn environment(name: impl Into<String>) -> Self {
        Self(Place::Environment(name.into()))
    }

    /// The content of a file, without the line end that editors put there.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// The text itself. For tests and for values that are no secret.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        Self(Place::Literal(text.into()))
    }

    /// What it is. Give it to whom it is for, and write it nowhere.
    ///
    /// # Errors
    ///
    /// The variable is not set or no text, or the file cannot be read.
    pub fn read(&self) -> Result<String, ConnectError> {
        match &self.0 {
            Place::Environment(name) => std::env::var(name).map_err(|_| ConnectError::Secret {
                place: self.to_string(),
                reason: "the variable is not set: set it where the twin is started".into(),
            }),
            Place::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(text.trim_end_matches(['\n', '\r']).to_owned()),
                Err(error) => Err(ConnectError::Secret { place: self.to_string(), reason: error.to_string() }),
            },
            Place::Literal(text) => Ok(text.clone()),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Environment(name) => write!(f, "the secret in the variable `{name}`"),
            Place::File(path) => write!(f, "the secret in the file {}", path.display()),
            Place::Literal(_) => f.write_str("a secret written in place"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

/// `text` without any of `secrets`, in case the other side says back what it was told.
pub(crate) fn without(mut text: String, secrets: &[String]) -> String {
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret.as_str(), "***");
        // Of `Bearer TOKEN` the other side may say back the token alone.
        for word in secret.split_whitespace().filter(|word| word.len() >= 8) {
            text = text.replace(word, "***");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows() {
        let secret = Secret::literal("hunter2");
        assert!(!format!("{secret} {secret:?} {secret:#?}").contains("hunter2"));
        assert_eq!(secret.read().expect("a literal"), "hunter2");
    }

    #[test]
    fn a_file_is_read_without_its_line_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "abc\n").expect("written");
        assert_eq!(Secret::file(&path).read().expect("read"), "abc");
        std::fs::remove_file(&path).expect("removed");
        let error = Secret::file(&path).read().expect_err("it is gone").to_string();
        assert!(error.contains("token"), "{error}");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = Secret::environment("REHEARSAL_NO_SUCH_VARIABLE").read().expect_err("not set").to_string();
        assert!(error.contains("REHEARSAL_NO_SUCH_VARIABLE"), "{error}");
    }

    #[test]
    fn what_is_said_back_is_blotted_out() {
        assert_eq!(without("token abcd is wrong".into(), &["abcd".into()]), "token *** is wrong");
        assert_eq!(without("no `0123456789`".into(), &["Bearer 0123456789".into()]), "no `***`");
    }
}
