//! The largest part of a directed graph in which every node reaches every other.
//!
//! # Source
//! Tarjan, "Depth-first search and linear graph algorithms" (1972), with the
//! recursion unrolled, since a road can be a million nodes long.

/// A directed graph in rows: the edges of `n` are `targets[first[n]..first[n + 1]]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) first: &'a [u32],
    pub(super) targets: &'a [u32],
}

const UNSEEN: u32 = u32::MAX;

/// Marks the nodes of the largest strongly connected component.
///
/// Of equally large ones the first that is completed wins, which depends on
/// the numbering of the nodes alone. Linear in nodes and edges.
pub(super) fn largest(graph: Rows<'_>) -> Vec<bool> {
    let nodes = graph.first.len() - 1;
    let mut search = Search::new(nodes);
    for root in 0..nodes as u32 {
        if search.order[root as usize] == UNSEEN {
            search.explore(graph, root);
        }
    }
    let mut sizes = vec![0_usize; search.components as usize];
    for &component in &search.component {
        sizes[component as usize] += 1;
    }
    let mut best = 0;
    for (component, size) in sizes.iter().enumerate() {
        if *size > sizes[best] {
            best = component;
        }
    }
    search.component.iter().map(|&c| c as usize == best).collect()
}

struct Search {
    /// Order of discovery, `UNSEEN` before.
    order: Vec<u32>,
    /// Lowest order reachable within the tree and one edge back.
    low: Vec<u32>,
    component: Vec<u32>,
    components: u32,
    seen: u32,
    /// Nodes discovered but in no component yet.
    open: Vec<u32>,
    /// The path being explored: node and its next edge.
    path: Vec<(u32, u32)>,
}

impl Search {
    fn new(nodes: usize) -> Self {
        Self {
            order: vec![UNSEEN; nodes],
            low: vec![UNSEEN; nodes],
            component: vec![UNSEEN; nodes],
            components: 0,
            seen: 0,
            open: Vec::new(),
            path: Vec::new(),
        }
    }

    fn explore(&mut self, graph: Rows<'_>, root: u32) {
        self.discover(graph, root);
        while let Some((node, edge)) = self.path.last_mut() {
            let node = *node;
            if *edge == graph.first[node as usize + 1] {
                self.path.pop();
                self.leave(node);
                continue;
            }
            let target = graph.targets[*edge as usize];
            *edge += 1;
            if self.order[target as usize] == UNSEEN {
                self.discover(graph, target);
            } else if self.component[target as usize] == UNSEEN {
                let back = self.order[target as usize];
                self.low[node as usize] = self.low[node as usize].min(back);
            }
        }
    }

    fn discover(&mut self, graph: Rows<'_>, node: u32) {
        self.order[node as usize] = self.seen;
        self.low[node as usize] = self.seen;
        self.seen += 1;
        self.open.push(node);
        self.path.push((node, graph.first[node as usize]));
    }

    fn leave(&mut self, node: u32) {
        let low = self.low[node as usize];
        if let Some((parent, _)) = self.path.last() {
            let parent = *parent as usize;
            self.low[parent] = self.low[parent].min(low);
        }
        if low == self.order[node as usize] {
            while let Some(member) = self.open.pop() {
                self.component[member as usize] = self.components;
                if member == node {
                    break;
                }
            }
            self.components += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(nodes: usize, edges: &[(u32, u32)]) -> (Vec<u32>, Vec<u32>) {
        let mut sorted = edges.to_vec();
        sorted.sort_unstable();
        let first = (0..=nodes).map(|n| sorted.iter().filter(|(from, _)| (*from as usize) < n).count() as u32).collect();
        (first, sorted.iter().map(|(_, to)| *to).collect())
    }

    /// Reachability by repeated squaring of nothing clever: Warshall.
    fn reach(nodes: usize, edges: &[(u32, u32)]) -> Vec<Vec<bool>> {
        let mut reach = vec![vec![false; nodes]; nodes];
        (0..nodes).for_each(|n| reach[n][n] = true);
        edges.iter().for_each(|(a, b)| reach[*a as usize][*b as usize] = true);
        for via in 0..nodes {
            let through = reach[via].clone();
            for row in reach.iter_mut().filter(|row| row[via]) {
                row.iter_mut().zip(&through).for_each(|(r, t)| *r |= t);
            }
        }
        reach
    }

    #[test]
    fn a_long_road_does_not_exhaust_the_stack() {
        let nodes = 300_000_u32;
        let first: Vec<u32> = (0..=nodes).collect();
        let targets: Vec<u32> = (0..nodes).map(|n| (n + 1) % nodes).collect();
        let graph = Rows { first: &first, targets: &targets };
        assert!(largest(graph).iter().all(|kept| *kept));
    }

    proptest! {
        #[test]
        fn agrees_with_reachability(edges in prop::collection::vec((0_u32..12, 0_u32..12), 0..30)) {
            let (first, targets) = rows(12, &edges);
            let kept = largest(Rows { first: &first, targets: &targets });
            let reach = reach(12, &edges);
            let both = |a: usize, b: usize| reach[a][b] && reach[b][a];
            let size = |a: usize| (0..12).filter(|&b| both(a, b)).count();
            let one = kept.iter().position(|k| *k).expect("never empty");
            prop_assert_eq!(size(one), (0..12).map(size).max().expect("twelve nodes"));
            for (node, kept) in kept.iter().enumerate() {
                prop_assert_eq!(*kept, both(one, node));
            }
        }
    }
}
