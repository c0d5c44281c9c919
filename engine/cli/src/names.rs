//! Names that were mistyped, and words that a shell must not take apart.

/// A sentence that helps from an unknown name to a known one.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let similar = known
        .clone()
        .map(|name| (strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity > 0.75)
        .reduce(|best, other| if other.0 > best.0 { other } else { best });
    if let Some((_, name)) = similar {
        return format!("did you mean `{name}`?");
    }
    let mut some: Vec<&str> = known.take(9).collect();
    let more = if some.len() > 8 { ", …" } else { "" };
    some.truncate(8);
    if some.is_empty() { "there is none".into() } else { format!("there is {}{more}", some.join(", ")) }
}

/// `word` as a shell takes it for one word.
pub(crate) fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_or_the_choice() {
        let known = ["wait_for_the_call", "act_first"];
        assert_eq!(nearest("act_frist", known.into_iter()), "did you mean `act_first`?");
        assert_eq!(nearest("xyz", known.into_iter()), "there is wait_for_the_call, act_first");
        assert_eq!(nearest("xyz", [].into_iter()), "there is none");
        let many: Vec<String> = (0..20).map(|n| format!("driver/{n}")).collect();
        assert!(nearest("xyz", many.iter().map(String::as_str)).ends_with("driver/7, …"));
    }

    #[test]
    fn words_stay_whole_in_a_shell() {
        assert_eq!(quoted("garage.loaners=8"), "garage.loaners=8");
        assert_eq!(quoted("my folder"), "'my folder'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(rm x)"), "'$(rm x)'");
        assert_eq!(quoted(""), "''");
    }
}
