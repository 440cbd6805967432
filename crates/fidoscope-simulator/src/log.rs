//! Writes acts as lines, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use crate::act::Act;
use crate::traffic::Traffic;

/// A form of log: which lines an act leaves.
pub(crate) trait Shape {
    /// Hands over each line with its time, earliest first. The first argument of `emit` is in
    /// milliseconds of the epoch.
    fn lines(&mut self, act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>));
}

/// A line that waits for its time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    at: i64,
    order: u64,
    labelled: bool,
    line: Vec<u8>,
}

/// A finished line.
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    /// Whether a label speaks of it.
    pub(crate) labelled: bool,
}

/// Lets `traffic` happen until there are `lines` lines, and hands each to `write`.
///
/// Holds the lines of ceremonies that are not over yet, and nothing else.
pub(crate) fn write(
    traffic: &mut Traffic,
    shape: &mut dyn Shape,
    lines: u64,
    write: &mut dyn FnMut(Line) -> io::Result<()>,
) -> io::Result<()> {
    let mut waiting: BinaryHeap<Reverse<Waiting>> = BinaryHeap::new();
    let mut made = 0;
    let mut written = 0;
    while made < lines {
        let act = traffic.next(made, lines);
        while waiting
            .peek()
            .is_some_and(|Reverse(next)| next.at <= act.at)
        {
            if let Some(Reverse(Waiting {
                line: bytes,
                labelled,
                ..
            })) = waiting.pop()
            {
                written += 1;
                write(Line { bytes, labelled })?;
            }
        }
        let labelled = act.labelled;
        let mut push = |at, line| {
            waiting.push(Reverse(Waiting {
                at,
                order: made,
                labelled,
                line,
            }));
            made += 1;
        };
        let mut last = None;
        shape.lines(&act, &mut |at, line| {
            if act.twice {
                last = Some((at, line.clone()));
            }
            push(at, line);
        });
        if let Some((at, line)) = last {
            push(at, line);
        }
    }
    while written < lines {
        let Some(Reverse(Waiting {
            line: bytes,
            labelled,
            ..
        })) = waiting.pop()
        else {
            break;
        };
        written += 1;
        write(Line { bytes, labelled })?;
    }
    Ok(())
}
