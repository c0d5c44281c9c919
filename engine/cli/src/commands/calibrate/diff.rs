//! Which lines change, as a unified diff. Lines change and none comes or goes, which keeps it simple.

/// Lines of context about a change.
const CONTEXT: usize = 3;

/// The changes of a file, as `patch -p1` takes them; empty where there are none.
pub(super) fn diff(name: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    debug_assert_eq!(old.len(), new.len(), "numbers change within their lines");
    let changed: Vec<usize> = (0..old.len().min(new.len())).filter(|line| old[*line] != new[*line]).collect();
    let Some(first) = changed.first() else { return String::new() };
    // The end of a file is no line.
    let last = if old.last() == Some(&"") { old.len() - 1 } else { old.len() };
    let mut hunks: Vec<(usize, usize)> = vec![(*first, *first)];
    for line in &changed[1..] {
        match hunks.last_mut() {
            Some(hunk) if line - hunk.1 <= 2 * CONTEXT => hunk.1 = *line,
            _ => hunks.push((*line, *line)),
        }
    }
    let mut text = format!("--- a/{name}\n+++ b/{name}\n");
    for (from, to) in hunks {
        let (from, to) = (from.saturating_sub(CONTEXT), (to + CONTEXT + 1).min(last));
        text += &format!("@@ -{},{} +{},{} @@\n", from + 1, to - from, from + 1, to - from);
        let mut line = from;
        while line < to {
            let run = (line..to).take_while(|at| (old[*at] != new[*at]) == (old[line] != new[line])).count();
            let lines = line..line + run;
            if old[line] == new[line] {
                lines.for_each(|at| text += &format!(" {}\n", old[at]));
            } else {
                lines.clone().for_each(|at| text += &format!("-{}\n", old[at]));
                lines.for_each(|at| text += &format!("+{}\n", new[at]));
            }
            line += run;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_stand_with_their_neighbours() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n";
        let after = before.replace("2\n3", "two\nthree").replace("14", "fourteen");
        let text = diff("a.ron", before, &after);
        let head = "--- a/a.ron\n+++ b/a.ron\n@@ -1,6 +1,6 @@\n 1\n-2\n-3\n+two\n+three\n 4\n 5\n 6\n";
        assert!(text.starts_with(head), "{text}");
        assert!(text.ends_with("@@ -11,5 +11,5 @@\n 11\n 12\n 13\n-14\n+fourteen\n 15\n"), "{text}");
        assert_eq!(diff("a.ron", before, before), "");
    }
}
