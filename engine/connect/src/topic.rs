//! Topics of MQTT: patterns with named parts, filters, and whether one matches the other.

/// Topics with names for some of their levels: `cars/{subject}/{type}`.
///
/// `{name}` is one level; `{name...}` at the end is all the levels that are left, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPattern(Vec<Level>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    Fixed(String),
    One(String),
    Rest(String),
}

impl TopicPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// It is empty, has a wildcard of MQTT, a name twice, or braces that are no whole level; the text says which.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        if pattern.is_empty() || pattern.len() > 65_535 {
            return Err(format!("a topic pattern has 1 to 65535 bytes; this has {}", pattern.len()));
        }
        let mut levels = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        let count = pattern.split('/').count();
        for (index, level) in pattern.split('/').enumerate() {
            let fault = |what: &str| Err(format!("`{pattern}`: level `{level}` {what}"));
            let Some(inner) = level.strip_prefix('{').and_then(|level| level.strip_suffix('}')) else {
                if level.contains(['{', '}', '+', '#', '\0']) {
                    return fault("has a brace or wildcard in it; a named level is wholly `{name}`, the last may be `{name...}`");
                }
                levels.push(Level::Fixed(level.to_owned()));
                continue;
            };
            let name = inner.strip_suffix("...").unwrap_or(inner);
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
                return fault("has no proper name; letters, digits, `_` and `-` are allowed");
            }
            if names.contains(&name) {
                return fault("has a name that was used before");
            }
            if inner != name && index + 1 != count {
                return fault("takes the rest, but is not the last");
            }
            names.push(name);
            levels.push(if inner == name { Level::One(name.to_owned()) } else { Level::Rest(name.to_owned()) });
        }
        Ok(Self(levels))
    }

    /// What to subscribe to: `cars/+/+`.
    #[must_use]
    pub fn filter(&self) -> String {
        let levels = self.0.iter().map(|level| match level {
            Level::Fixed(text) => text.as_str(),
            Level::One(_) => "+",
            Level::Rest(_) => "#",
        });
        levels.collect::<Vec<_>>().join("/")
    }

    /// The named parts of `topic` in the order of the pattern, or nothing if it does not match. A named part is never
    /// empty.
    #[must_use]
    pub fn parts(&self, topic: &str) -> Option<Vec<(String, String)>> {
        let mut found = Vec::new();
        let mut rest = Some(topic);
        for level in &self.0 {
            let left = rest?;
            let (first, others) = left.split_once('/').map_or((left, None), |(first, others)| (first, Some(others)));
            let (name, value) = match level {
                Level::Fixed(text) if text == first => {
                    rest = others;
                    continue;
                }
                Level::Fixed(_) => return None,
                Level::One(name) => {
                    rest = others;
                    (name, first)
                }
                Level::Rest(name) => {
                    rest = None;
                    (name, left)
                }
            };
            if value.is_empty() {
                return None;
            }
            found.push((name.clone(), value.to_owned()));
        }
        rest.is_none().then_some(found)
    }
}

/// The filter of a pattern: `cars/{subject}/{type}` gives `cars/+/+`.
///
/// # Errors
///
/// As [`TopicPattern::parse`].
pub fn topic_filter(pattern: &str) -> Result<String, String> {
    Ok(TopicPattern::parse(pattern)?.filter())
}

/// The named parts of `topic` by `pattern`; nothing if it does not match. Reads the pattern anew: keep a
/// [`TopicPattern`] where many topics come.
///
/// # Errors
///
/// As [`TopicPattern::parse`].
pub fn topic_parts(pattern: &str, topic: &str) -> Result<Option<Vec<(String, String)>>, String> {
    Ok(TopicPattern::parse(pattern)?.parts(topic))
}

/// Whether a filter of MQTT, with `+` and `#`, matches `topic` (MQTT 5, section 4.7). Wildcards at the start do not
/// match topics that begin with `$`.
#[must_use]
pub fn topic_matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut levels = topic.split('/');
    for part in filter.split('/') {
        match (part, levels.next()) {
            ("#", _) => return true,
            ("+", Some(_)) => {}
            (fixed, Some(level)) if fixed == level => {}
            _ => return false,
        }
    }
    levels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(pattern: &str, topic: &str) -> Option<Vec<(String, String)>> {
        topic_parts(pattern, topic).expect("a pattern")
    }

    #[test]
    fn parts_are_named() {
        let found = parts("cars/{subject}/{type}", "cars/17/engine_light").expect("a match");
        assert_eq!(found, [("subject".into(), "17".into()), ("type".into(), "engine_light".into())]);
        assert_eq!(parts("cars/{subject}/{type}", "cars/17"), None);
        assert_eq!(parts("cars/{subject}/{type}", "cars/17/a/b"), None);
        assert_eq!(parts("cars/{subject}/{type}", "cars//a"), None);
        assert_eq!(parts("{type}/{subject...}", "a/car/17").expect("a match")[1].1, "car/17");
        assert_eq!(topic_filter("{type}/{subject...}").as_deref(), Ok("+/#"));
    }

    #[test]
    fn bad_patterns_are_refused() {
        for bad in ["", "a/+", "a/#", "a{b}", "{a}/{a}", "{}", "{a...}/b", "{a b}"] {
            assert!(TopicPattern::parse(bad).is_err(), "{bad}");
        }
    }

    /// The examples of MQTT 5, section 4.7.1.
    #[test]
    fn filters_match_as_the_standard_says() {
        for (filter, topic, expected) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/#", "sport", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/monitor", false),
            ("+/monitor", "$SYS/monitor", false),
            ("$SYS/#", "$SYS/monitor", true),
        ] {
            assert_eq!(topic_matches(filter, topic), expected, "{filter} on {topic}");
        }
    }

    proptest! {
        #[test]
        fn what_a_pattern_takes_apart_its_filter_matches(topic in "[ab/]{1,8}", pattern in "(a|b|\\{x\\})(/(a|\\{y\\}))?(/(b|\\{w\\}))?(/\\{z\\.\\.\\.\\})?") {
            let pattern = TopicPattern::parse(&pattern).expect("a pattern");
            if pattern.parts(&topic).is_some() {
                prop_assert!(topic_matches(&pattern.filter(), &topic));
            }
        }
    }
}
