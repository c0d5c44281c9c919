//! What a caller may do.

use std::fmt;

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Bring events.
    Ingest,
    /// See what is and what was.
    Read,
    /// Change what goes on; includes [`Role::Read`], not [`Role::Ingest`].
    Operate,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 3] = [Role::Ingest, Role::Read, Role::Operate];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Role::Ingest => "ingest",
            Role::Read => "read",
            Role::Operate => "operate",
        }
    }

    /// The role of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// The roles of a caller: at least one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// All of them.
    pub const ALL: Roles = Roles(Role::Ingest.bit() | Role::Read.bit() | Role::Operate.bit());

    /// One role, or several with commas: `ingest,read`.
    #[must_use]
    pub fn of(words: &str) -> Option<Roles> {
        let bits = words.split(',').map(|word| Role::of(word).map(Role::bit));
        bits.sum::<Option<u8>>().filter(|_| Roles::are_distinct(words)).map(Roles)
    }

    fn are_distinct(words: &str) -> bool {
        let seen: Vec<&str> = words.split(',').collect();
        seen.iter().enumerate().all(|(at, word)| !seen[..at].contains(word))
    }

    /// Whether what needs `role` is allowed.
    #[must_use]
    pub const fn may(self, role: Role) -> bool {
        let included = matches!(role, Role::Read) && self.0 & Role::Operate.bit() != 0;
        included || self.0 & role.bit() != 0
    }

    /// The roles as they were given, in order; what one includes is not listed.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.0 & role.bit() != 0)
    }
}

impl From<Role> for Roles {
    fn from(role: Role) -> Roles {
        Roles(role.bit())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Role::word).collect();
        out.write_str(&words.join(","))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operate_includes_read_and_nothing_else_includes_anything() {
        let may: Vec<(Role, Role)> = Role::ALL
            .into_iter()
            .flat_map(|held| {
                Role::ALL.into_iter().filter(move |asked| Roles::from(held).may(*asked)).map(move |asked| (held, asked))
            })
            .collect();
        use Role::{Ingest, Operate, Read};
        assert_eq!(may, [(Ingest, Ingest), (Read, Read), (Operate, Read), (Operate, Operate)]);
    }

    #[test]
    fn several_roles_are_written_with_commas() {
        let both = Roles::of("read,ingest").expect("two roles");
        assert!(both.may(Role::Read) && both.may(Role::Ingest) && !both.may(Role::Operate));
        assert_eq!(both.to_string(), "ingest,read");
        for wrong in ["", "Read", "read,", "read,read", "operate,write", "read ingest"] {
            assert_eq!(Roles::of(wrong), None, "{wrong:?}");
        }
    }
}
