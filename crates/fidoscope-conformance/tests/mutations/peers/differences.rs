//! The reviewed list of differences.

use std::collections::{BTreeMap, BTreeSet};

/// A verdict of a peer that is another than ours.
#[derive(Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) peer: &'a str,
    pub(crate) id: &'a str,
    pub(crate) base: &'a str,
    /// `accept`, or the step that rejects.
    pub(crate) ours: &'a str,
    /// `accept`, or the reason to reject.
    pub(crate) theirs: String,
}

/// A line of the list.
#[derive(Debug)]
struct Line {
    text: &'static str,
    peers: Vec<&'static str>,
    ours: &'static str,
    /// `accept`, or how the reason begins.
    theirs: &'static str,
    /// Rows and bases; `*` for any.
    mutants: Vec<&'static str>,
    right: &'static str,
    /// Whether only a long run has an example.
    is_rare: bool,
    /// Peer, and row where rows are named, that it explained something of.
    explained: BTreeSet<(&'static str, &'static str)>,
}

impl Line {
    fn read(text: &'static str) -> Self {
        let columns: Vec<&str> = text.split('\t').collect();
        let [peers, ours, theirs, mutants, right, clause, because] = columns[..] else {
            panic!("seven columns: {text}");
        };
        assert!(["we", "peer", "either"].contains(&right), "who: {text}");
        assert!(!clause.is_empty() && !because.is_empty(), "why: {text}");
        let named = mutants.strip_prefix('+');
        Self {
            text,
            peers: peers.split(' ').collect(),
            ours,
            theirs,
            mutants: named.unwrap_or(mutants).split(' ').collect(),
            right,
            is_rare: named.is_some(),
            explained: BTreeSet::new(),
        }
    }

    /// Whether it explains the difference, which it remembers.
    fn explains(&mut self, difference: &Difference<'_>) -> bool {
        if self.ours != difference.ours || !difference.theirs.starts_with(self.theirs) {
            return false;
        }
        let peer = self.peers.iter().find(|peer| **peer == difference.peer);
        // A row has variants.
        let row = difference.id.split('/').next().unwrap_or_default();
        let named = |one: &&&str| ["*", row, difference.base].contains(*one);
        let (Some(peer), Some(row)) = (peer, self.mutants.iter().find(named)) else {
            return false;
        };
        self.explained.insert((*peer, *row));
        true
    }

    /// Whether there is something for every peer and row that it names.
    fn is_needed(&self, long: bool) -> bool {
        self.is_rare && !long || self.explained.len() == self.peers.len() * self.mutants.len()
    }
}

/// The list, and what is not in it.
pub(crate) struct Differences {
    lines: Vec<Line>,
    unknown: BTreeMap<String, Vec<String>>,
}

impl Differences {
    pub(crate) fn read() -> Self {
        let file = include_str!("../../../tests-data/peer-differences.tsv");
        let lines = file
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        Self {
            lines: lines.map(Line::read).collect(),
            unknown: BTreeMap::new(),
        }
    }

    /// What the list calls a difference.
    pub(crate) fn explain(&mut self, difference: &Difference<'_>) -> String {
        let (ours, theirs) = (difference.ours, &difference.theirs);
        for line in &mut self.lines {
            if line.explains(difference) {
                return format!("{} | {} | right: {}", line.ours, line.theirs, line.right);
            }
        }
        let what = format!("{}\t{ours}\t{theirs}", difference.peer);
        let ids = self.unknown.entry(what).or_default();
        ids.push(difference.id.to_owned());
        format!("NOT EXPLAINED {ours} | {theirs}")
    }

    /// Fails when a difference is not in the list, or a line says more than there is; in a short run
    /// only of what the suite has.
    #[track_caller]
    pub(crate) fn finish(self, long: bool) {
        let idle = self.lines.iter().filter(|line| !line.is_needed(long));
        let idle = idle.map(|line| format!("only {:?} of: {}", line.explained, line.text));
        let unknown = self.unknown.iter().map(|(what, ids)| {
            let some: Vec<&str> = ids.iter().take(4).map(String::as_str).collect();
            format!("{}\t{what}\t{}", ids.len(), some.join(", "))
        });
        let wrong: Vec<String> = unknown.chain(idle).collect();
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
