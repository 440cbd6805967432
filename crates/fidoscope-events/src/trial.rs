//! A mapping tried on lines: what each of them became.

use std::collections::BTreeSet;

use fidoscope_report::{Became, EventColumns, RejectedRecord, TrialSummary, Tried};

use crate::{COLUMNS, Context, Given, Line, Mapping, Rejection, Scratch, write_columns};

/// A mapping at work on lines that are to be looked at and not stored.
#[derive(Debug)]
pub struct Trial<'m> {
    mapping: &'m Mapping,
    context: Context<'m>,
    scratch: Scratch,
    summary: TrialSummary,
    filled: BTreeSet<String>,
}

impl<'m> Trial<'m> {
    /// A trial of a mapping.
    #[must_use]
    pub fn new(mapping: &'m Mapping, context: Context<'m>) -> Self {
        Self {
            mapping,
            context,
            scratch: Scratch::new(),
            summary: TrialSummary::default(),
            filled: BTreeSet::new(),
        }
    }

    /// Decodes the next line and says what it became.
    pub fn line(&mut self, line: &[u8]) -> Tried {
        let mut events = Vec::new();
        let mut written = String::new();
        let found = self
            .mapping
            .decode(line, &self.context, &mut self.scratch, &mut |event| {
                written.clear();
                write_columns(event, &mut written);
                events.push(in_order(&written));
            });
        self.summary.lines += 1;
        let mut tried = Tried {
            line: self.summary.lines,
            became: Became::Blank,
            events,
            code: None,
            why: None,
            field: None,
            offset: None,
            records: Vec::new(),
        };
        let tally = self.scratch.tally();
        tried.became = match &found {
            Line::Blank => Became::Blank,
            Line::Prefiltered => Became::Prefiltered,
            _ if tally.mapped > 0 => Became::Mapped,
            Line::Rejected(_) => Became::Rejected,
            Line::Shadow => Became::Shadow,
            Line::Mapped(_) | Line::Other => Became::Other,
        };
        if let Line::Rejected(rejections) = found {
            rejections
                .into_iter()
                .for_each(|why| reject(&mut tried, why));
        }
        let summary = &mut self.summary;
        let count = match tried.became {
            Became::Mapped => Some(&mut summary.mapped),
            Became::Shadow => Some(&mut summary.shadows),
            Became::Other => Some(&mut summary.other),
            Became::Prefiltered => Some(&mut summary.prefiltered),
            Became::Blank => Some(&mut summary.blank),
            // Counted by its records.
            Became::Rejected => None,
        };
        count.into_iter().for_each(|count| *count += 1);
        summary.rejected += u64::from(tally.rejected);
        if tried.became != Became::Blank {
            summary.records += u64::from(tally.records());
        }
        self.count_events(&tried);
        tried
    }

    fn count_events(&mut self, tried: &Tried) {
        for event in &tried.events {
            self.summary.events += 1;
            for (name, value) in &event.0 {
                if !self.filled.contains(name) {
                    self.filled.insert(name.clone());
                }
                if let Some(kind) = value.as_str().filter(|_| name == "kind") {
                    *self.summary.kinds.entry(kind.to_owned()).or_default() += 1;
                }
            }
        }
    }

    /// What became of all lines so far.
    #[must_use]
    pub fn summary(&self) -> TrialSummary {
        let mapped = COLUMNS.iter().filter(|info| {
            let of_event = !info.given.is_refused() && info.given != Given::Input;
            of_event && !self.mapping.is_open() && self.mapping.fills(info.name)
        });
        let names = mapped.map(|info| info.name.to_owned());
        TrialSummary {
            unfilled: names.filter(|name| !self.filled.contains(name)).collect(),
            ..self.summary.clone()
        }
    }
}

/// Says of a line why it, or a record in it, was rejected.
fn reject(tried: &mut Tried, why: Rejection) {
    let Rejection {
        code,
        message,
        field,
        offset_in_line: offset,
        record,
    } = why;
    if let Some(within) = record {
        tried.records.push(RejectedRecord {
            record: within.path,
            code: code.to_owned(),
            why: message,
            field,
            offset,
        });
        return;
    }
    tried.code = Some(code.to_owned());
    tried.why = Some(message);
    tried.field = field;
    tried.offset = offset;
}

/// The columns of a written event, in the order of the event table.
fn in_order(written: &str) -> EventColumns {
    let parsed: Result<serde_json::Map<_, _>, _> = serde_json::from_str(written);
    debug_assert!(parsed.is_ok(), "what we write is JSON: {written}");
    let mut members = parsed.unwrap_or_default();
    let columns = COLUMNS.iter();
    let columns = columns.filter_map(|info| {
        let value = members.remove(info.name)?;
        Some((info.name.to_owned(), value))
    });
    EventColumns(columns.collect())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};

    use super::*;
    use crate::{Catalogue, Pseudonyms};

    #[test]
    fn every_line_is_accounted_for() {
        let catalogue = Catalogue::builtin();
        let native = catalogue.get("native").unwrap();
        let pseudonyms = Pseudonyms::new([0; 32]);
        let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
        let mut trial = Trial::new(native, Context::new(&pseudonyms, now));
        let good = br#"{"ts":"2026-03-01T12:00:00Z","kind":"session.started","outcome":"success"}"#;
        let tried = trial.line(good);
        assert_eq!(tried.became, Became::Mapped);
        let names: Vec<&str> = tried.events[0].0.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names[..3], ["ts", "ts_precision", "event_id"]);
        assert_eq!(trial.line(b" ").became, Became::Blank);
        let tried = trial.line(br#"{"ts":"yesterday"}"#);
        assert_eq!((tried.line, tried.became), (3, Became::Rejected));
        assert_eq!(tried.code.as_deref(), Some("bad_time"));
        assert_eq!(tried.field.as_deref(), Some("ts"));
        let summary = trial.summary();
        assert_eq!(
            (
                summary.lines,
                summary.events,
                summary.blank,
                summary.rejected
            ),
            (3, 1, 1, 1)
        );
        assert_eq!(summary.kinds.get("session.started"), Some(&1));
        assert_eq!(summary.unfilled, [""; 0]);
    }

    #[test]
    fn columns_that_no_line_filled_are_named() {
        let catalogue = Catalogue::builtin();
        let tickets = catalogue.get("support_tickets").unwrap();
        let pseudonyms = Pseudonyms::new([0; 32]);
        let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
        let mut trial = Trial::new(tickets, Context::new(&pseudonyms, now));
        let line = br#"{"ticket_id":"7","created_at":"2026-03-01T12:00:00Z","user_id":"u"}"#;
        assert_eq!(trial.line(line).became, Became::Mapped);
        assert_eq!(
            trial.summary().unfilled,
            ["tenant", "app", "ticket_category", "attrs"]
        );
    }
}
