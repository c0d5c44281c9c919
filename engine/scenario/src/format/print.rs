//! Writes groups: flat where they fit, else with the last entry beside the bracket, else broken.
//!
//! Whatever is chosen is chosen again when its own result is read: lines that the author broke are only joined where they
//! are clearly short ([`JOIN`]), and those that were on one line stay there as long as they fit.

use super::WIDTH;
use super::layout::{Comment, Document, Group, Item, Value};

/// The longest line that is made of several \[characters\]. Dense lines are for authors to choose.
const JOIN: usize = 100;

/// What an inner level is moved in by \[spaces\].
const INDENT: usize = 4;

/// A document as text.
pub(super) fn print(document: &Document<'_>) -> String {
    let mut printer = Printer::default();
    for attribute in &document.attributes {
        printer.out.push_str(attribute);
        printer.newline();
    }
    let root = &document.root;
    printer.comments(&root.before, true);
    printer.blank(root.blank && !root.before.is_empty());
    match &root.value {
        Value::Group(group) if group.open == "[" && (group.items.len() > 1 || group.broken) => printer.broken(group),
        value => printer.value(value, 0),
    }
    printer.behind(&root.after);
    if !document.end.is_empty() {
        printer.newline();
        printer.comments(&document.end, false);
    }
    let mut out = printer.out;
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[derive(Default)]
struct Printer {
    out: String,
    /// Where the present line begins.
    line: usize,
    indent: usize,
}

impl Printer {
    /// Characters on the present line.
    fn column(&self) -> usize {
        self.out[self.line..].chars().count()
    }

    fn newline(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
        self.line = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', self.indent));
    }

    /// An empty line before what is written next.
    fn blank(&mut self, wanted: bool) {
        if wanted {
            self.newline();
        }
    }

    /// Takes up a text that may hold lines of its own.
    fn verbatim(&mut self, text: &str) {
        self.out.push_str(text);
        if let Some(end) = self.out.rfind('\n').filter(|end| *end >= self.line) {
            self.line = end + 1;
        }
    }

    /// Comments on lines of their own, each ended.
    fn comments(&mut self, comments: &[Comment<'_>], first: bool) {
        for (number, comment) in comments.iter().enumerate() {
            self.blank(comment.blank && !(first && number == 0));
            self.verbatim(comment.text);
            self.newline();
        }
    }

    /// Comments at the end of a line.
    fn behind(&mut self, comments: &[&str]) {
        for comment in comments {
            self.out.push(' ');
            self.verbatim(comment);
        }
    }

    /// Writes a value with `suffix` characters behind it on its line.
    fn value(&mut self, value: &Value<'_>, suffix: usize) {
        match value {
            Value::Atom(text) => self.verbatim(text),
            Value::Group(group) => match self.flat(group, suffix) {
                Some(text) => self.out.push_str(&text),
                None => self.tall(group),
            },
        }
    }

    /// A group on one line, where it may stand on one.
    fn flat(&self, group: &Group<'_>, suffix: usize) -> Option<String> {
        let most = if group.broken { JOIN } else { WIDTH };
        let room = most.checked_sub(self.column() + suffix)?;
        let mut text = String::new();
        flat_group(group, room, &mut text).then_some(text)
    }

    /// A group on several lines.
    fn tall(&mut self, group: &Group<'_>) {
        match self.hug(group) {
            Some(start) => self.hugged(group, &start),
            None => self.broken(group),
        }
    }

    /// What stands before the bracket of the last entry, where that entry is to stay beside the bracket of the group.
    fn hug(&self, group: &Group<'_>) -> Option<String> {
        let (last, others) = group.items.split_last()?;
        let Value::Group(inside) = &last.value else { return None };
        let plain = |item: &Item<'_>| !item.has_comments() && !item.blank;
        if group.opening.is_some() || !group.inner.is_empty() || !group.items.iter().all(plain) || !worth(inside) {
            return None;
        }
        // Lists and the author's names have a line an entry, unless there is only one.
        if (group.fresh && group.broken) || (group.open != "(" && !others.is_empty()) {
            return None;
        }
        // Two lists of steps, as of an If, are set alike: neither is a tail of the other.
        let is_list =
            |item: &Item<'_>| matches!(&item.value, Value::Group(group) if group.open == "[" && !group.items.is_empty());
        if inside.open == "[" && others.iter().any(is_list) {
            return None;
        }
        // A step that was on one line with its list gets a line of its own.
        if group.open == "[" && !group.broken && !inside.head.is_empty() {
            return None;
        }
        let room = WIDTH.checked_sub(self.column())?;
        let mut start = format!("{}{}{}", group.head, group.open, gap(group));
        for item in others {
            flat_item(item, room, &mut start).then_some(())?;
            start.push_str(", ");
        }
        if let Some(key) = &last.key {
            flat_value(key, room, &mut start).then_some(())?;
            start.push_str(": ");
        }
        let width = start.chars().count() + inside.head.chars().count() + 1;
        let fits = width <= room && !start.contains('\n');
        // What was on one line, and ends in no list, reads better on a line of its own.
        let own_line = !group.broken && group.open == "(" && inside.open == "(" && !others.is_empty() && self.one_line(group);
        (fits && !own_line).then_some(start)
    }

    fn hugged(&mut self, group: &Group<'_>, start: &str) {
        self.out.push_str(start);
        let gap = gap(group);
        if let Some(Item { value: Value::Group(inside), .. }) = group.items.last() {
            self.tall(inside);
        }
        self.out.push_str(gap);
        self.out.push_str(close(group));
    }

    /// Whether all entries fit on one line of their own.
    fn one_line(&self, group: &Group<'_>) -> bool {
        let items: Vec<&Item<'_>> = group.items.iter().collect();
        run(&items, WIDTH.saturating_sub(self.indent + INDENT)).is_some()
    }

    fn broken(&mut self, group: &Group<'_>) {
        self.out.push_str(group.head);
        self.out.push_str(group.open);
        self.behind(group.opening.as_slice());
        self.indent += INDENT;
        // The one value of an option is read only where no comma follows it.
        let comma = if group.head == "Some" { "" } else { "," };
        for (number, items) in self.runs(group).iter().enumerate() {
            self.newline();
            self.entries(items, number == 0, comma);
        }
        if !group.inner.is_empty() {
            self.newline();
            self.comments(&group.inner, group.items.is_empty());
            // The line behind the last comment is that of the closing bracket.
            self.out.truncate(self.out.trim_end().len());
            self.line = self.out.rfind('\n').map_or(0, |at| at + 1);
        }
        self.indent -= INDENT;
        self.newline();
        self.out.push_str(close(group));
    }

    /// Entries that share a line, with what ends it; the first of a group has no empty line before it.
    fn entries(&mut self, items: &[&Item<'_>], first: bool, comma: &str) {
        let Some(leader) = items.first() else { return };
        let above = !leader.before.is_empty();
        let blank_above = leader.before.first().is_some_and(|comment| comment.blank);
        self.blank(blank_above && !first);
        self.comments(&leader.before, true);
        self.blank(leader.blank && (above || !first));
        if items.len() > 1
            && let Some(text) = run(items, usize::MAX)
        {
            self.out.push_str(&text);
        } else {
            self.entry(leader);
        }
        self.out.push_str(comma);
        self.behind(items.last().map(|item| item.after.as_slice()).unwrap_or_default());
    }

    fn entry(&mut self, item: &Item<'_>) {
        if let Some(key) = &item.key {
            self.value(key, 1);
            self.out.push_str(": ");
        }
        self.value(&item.value, 1);
    }

    /// The entries of a group by the lines they are to stand on.
    fn runs<'g, 't>(&self, group: &'g Group<'t>) -> Vec<Vec<&'g Item<'t>>> {
        let mut lines: Vec<Vec<&Item<'_>>> = Vec::new();
        for item in &group.items {
            let joined = lines.last().and_then(|line| line.last()).is_some_and(|before| before.last == item.line);
            match lines.last_mut() {
                Some(line) if joined && item.before.is_empty() => line.push(item),
                _ => lines.push(vec![item]),
            }
        }
        // Steps and names that were on one line and do not fit have a line each.
        let apart = !group.broken && group.open != "(";
        let room = WIDTH.saturating_sub(self.indent);
        lines.into_iter().flat_map(|line| if !apart && run(&line, room).is_some() { vec![line] } else { split(line) }).collect()
    }
}

fn split<'g, 't>(line: Vec<&'g Item<'t>>) -> Vec<Vec<&'g Item<'t>>> {
    line.into_iter().map(|item| vec![item]).collect()
}

/// Entries on one line, where they may stand there: a comment only behind the last. The comma behind them needs room too.
fn run(items: &[&Item<'_>], room: usize) -> Option<String> {
    let (last, others) = items.split_last()?;
    if others.iter().any(|item| !item.after.is_empty()) {
        return None;
    }
    let tall = items.iter().any(|item| item.last > item.line);
    let room = if tall { room.saturating_sub(WIDTH - JOIN) } else { room };
    let mut text = String::new();
    for item in others {
        flat_bare(item, room, &mut text).then_some(())?;
        text.push_str(", ");
    }
    flat_bare(last, room.saturating_sub(1), &mut text).then_some(text)
}

/// Whether a group is worth breaking lines beside another bracket: more than one plain value stands in it.
fn worth(group: &Group<'_>) -> bool {
    if group.opening.is_some() || !group.inner.is_empty() {
        return true;
    }
    match group.items.as_slice() {
        [] => false,
        [item] => match &item.value {
            _ if group.open != "(" || item.has_comments() => true,
            Value::Group(inside) => worth(inside),
            Value::Atom(_) => false,
        },
        _ => true,
    }
}

fn gap(group: &Group<'_>) -> &'static str {
    if group.open == "{" { " " } else { "" }
}

fn close(group: &Group<'_>) -> &'static str {
    match group.open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// Adds a group on one line; `false` where it is longer than `room` or cannot stand on one.
fn flat_group(group: &Group<'_>, room: usize, out: &mut String) -> bool {
    if group.opening.is_some() || !group.inner.is_empty() {
        return false;
    }
    out.push_str(group.head);
    out.push_str(group.open);
    if group.items.is_empty() {
        out.push_str(close(group));
        return fits(out, room);
    }
    out.push_str(gap(group));
    for (number, item) in group.items.iter().enumerate() {
        if number > 0 {
            out.push_str(", ");
            if item.blank {
                return false;
            }
        }
        if !flat_item(item, room, out) {
            return false;
        }
    }
    out.push_str(gap(group));
    out.push_str(close(group));
    fits(out, room)
}

fn flat_item(item: &Item<'_>, room: usize, out: &mut String) -> bool {
    !item.has_comments() && flat_bare(item, room, out)
}

/// An entry without the comments around it.
fn flat_bare(item: &Item<'_>, room: usize, out: &mut String) -> bool {
    if let Some(key) = &item.key {
        if !flat_value(key, room, out) {
            return false;
        }
        out.push_str(": ");
    }
    flat_value(&item.value, room, out)
}

fn flat_value(value: &Value<'_>, room: usize, out: &mut String) -> bool {
    match value {
        Value::Atom(text) => {
            out.push_str(text);
            !text.contains('\n') && fits(out, room)
        }
        Value::Group(group) => flat_group(group, room, out),
    }
}

fn fits(text: &str, room: usize) -> bool {
    // Counting characters is only needed where there may be fewer of them than bytes.
    text.len() <= room || text.chars().count() <= room
}
