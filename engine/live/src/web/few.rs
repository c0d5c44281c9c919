//! A list of JSON values that may have so many items, and is not read any further.

use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

/// What is said of a list that is too long begins so.
const TOO_MANY: &str = "too many";

/// Why a list could not be read.
pub(super) enum NotRead {
    /// It is none.
    Malformed(String),
    /// It has more items than it may.
    TooMany,
}

/// The items of a list in JSON, at most `most`.
pub(super) fn read(text: &str, most: usize) -> Result<Vec<Value>, NotRead> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = Few(most).deserialize(&mut reader).and_then(|found| reader.end().map(|()| found));
    found.map_err(|error| match error.to_string() {
        told if told.starts_with(TOO_MANY) => NotRead::TooMany,
        told => NotRead::Malformed(told),
    })
}

struct Few(usize);

impl<'de> DeserializeSeed<'de> for Few {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Vec<Value>, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Few {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Value>, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            if found.len() == self.0 {
                return Err(A::Error::custom(TOO_MANY));
            }
            found.push(item);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_may_be() {
        assert!(matches!(read("[1, {\"a\": []}]", 2), Ok(found) if found.len() == 2));
        assert!(matches!(read("[1, 2, 3]", 2), Err(NotRead::TooMany)));
        for none in ["{}", "[1", "[1] 2", "", &"[".repeat(1 << 20)] {
            assert!(matches!(read(none, 9), Err(NotRead::Malformed(_))), "{none:.9}");
        }
    }
}
