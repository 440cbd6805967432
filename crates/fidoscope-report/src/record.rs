//! Kinds of results, each with its columns.

use crate::sheet::{BELOW, Row, Sheet};
use crate::{Align, Cell, Replay, Shown, Tone};

/// A kind of result: what an item of a list is, and the columns that show it.
///
/// The members of the serde type are its JSON. [`fields`](Self::fields) are its columns, defined here
/// and nowhere else: CSV has them all, in this order; tables for people, Markdown and the dashboard
/// have those of a view.
pub trait Record: Sized {
    /// Name of the schema, `slis` of `fidoscope.slis/1`.
    const NAME: &'static str;
    /// Name of the list in it.
    const LIST: &'static str = Self::NAME;
    /// Headline of a report that is a page of its own.
    const TITLE: &'static str = "";
    /// Sentence in the place of a table without rows.
    const EMPTY: &'static str = "nothing to show";
    /// Rows that people are shown; the other formats have them all.
    const SHOWN: usize = usize::MAX;
    /// True when each item is the trace of a test: JUnit, SARIF and TAP can be written of it.
    const IS_TEST: bool = false;

    /// The columns.
    fn fields() -> Vec<Field<Self>>;

    /// Names of the columns that a table for people has, in its order.
    fn view() -> &'static [&'static str];

    /// The same for a panel, which has less room.
    #[must_use]
    fn panel() -> &'static [&'static str] {
        Self::view()
    }

    /// The same for an item by itself.
    #[must_use]
    fn facts() -> &'static [&'static str] {
        Self::view()
    }

    /// What tells the row apart from all others, also of a later list.
    fn id(&self) -> Option<String> {
        None
    }

    /// Where one goes from the row.
    fn link(&self) -> Option<Link> {
        None
    }

    /// False of what is left to the formats for programs.
    fn is_shown(&self) -> bool {
        true
    }

    /// Sentences below the table.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Everything about the item, as lines of text.
    fn detail(&self) -> Option<String> {
        None
    }

    /// The trace of the test that the item is.
    fn trace(&self) -> Option<&Replay> {
        None
    }
}

/// A column of a kind of result.
#[derive(Clone, Debug)]
pub struct Field<T> {
    pub(crate) name: &'static str,
    pub(crate) head: &'static str,
    pub(crate) cell: fn(&T) -> Cell,
    words: Words<T>,
    tone: Option<fn(&T) -> Tone>,
    pub(crate) align: Align,
    pub(crate) cut: Cut,
    pub(crate) rank: u8,
    pub(crate) optional: bool,
}

/// How people read a cell.
#[derive(Clone, Debug)]
enum Words<T> {
    /// By its unit; unknown is a dash.
    Unit,
    /// By its unit; unknown is nothing, where there is nothing to be known.
    Blank,
    /// As a query shows it.
    Raw,
    /// In words of its own.
    Own(fn(&T) -> Shown),
}

/// How a cell that is too wide is shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Never: numbers and states.
    Never,
    /// In the middle, for identifiers and paths: `3f2a…91`.
    Middle,
    /// At the end, for sentences.
    End,
}

/// Where one goes from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A file, or a line of it.
    File {
        /// Path.
        path: String,
        /// Number of the line.
        line: Option<u64>,
    },
    /// A step of the standard, by its identifier.
    Step(String),
    /// A case, by its key.
    Case(String),
}

impl Link {
    /// The file of a place such as `path` or `path:line`.
    #[must_use]
    pub fn to_place(place: &str) -> Self {
        let (path, line) = Self::place(place);
        Self::File {
            path: path.to_owned(),
            line,
        }
    }

    /// Path and line of such a place.
    pub(crate) fn place(place: &str) -> (&str, Option<u64>) {
        let split = place.rsplit_once(':');
        let split = split.and_then(|(path, line)| Some((path, Some(line.parse().ok()?))));
        split.unwrap_or((place, None))
    }
}

impl<T> Field<T> {
    const fn new(name: &'static str, align: Align, cut: Cut, cell: fn(&T) -> Cell) -> Self {
        Self {
            name,
            head: name,
            cell,
            words: Words::Unit,
            tone: None,
            align,
            cut,
            rank: 0,
            optional: false,
        }
    }

    /// A column of states or of short words.
    pub const fn word(name: &'static str, cell: fn(&T) -> Cell) -> Self {
        Self::new(name, Align::Left, Cut::Never, cell)
    }

    /// A column of identifiers or paths.
    pub const fn key(name: &'static str, cell: fn(&T) -> Cell) -> Self {
        Self::new(name, Align::Left, Cut::Middle, cell)
    }

    /// A column of names or sentences.
    pub const fn text(name: &'static str, cell: fn(&T) -> Cell) -> Self {
        Self::new(name, Align::Left, Cut::End, cell)
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, cell: fn(&T) -> Cell) -> Self {
        Self::new(name, Align::Right, Cut::Never, cell)
    }

    /// The same column as the rows of a query are shown: no groups in numbers, `NULL` for unknown,
    /// and all may leave when space is short.
    #[must_use]
    pub const fn raw(mut self) -> Self {
        self.words = Words::Raw;
        self.rank = 1;
        self
    }

    /// Its name in tables for people.
    #[must_use]
    pub const fn head(mut self, head: &'static str) -> Self {
        self.head = head;
        self
    }

    /// When it leaves, where space is short: 0 never, of the others the highest first.
    #[must_use]
    pub const fn rank(mut self, rank: u8) -> Self {
        self.rank = rank;
        self
    }

    /// Out of the text form, which has the remarks of the record below the rows instead.
    #[must_use]
    pub const fn below(self) -> Self {
        self.rank(BELOW)
    }

    /// Shown only where it is known of some row.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Nothing in the place of what is unknown.
    #[must_use]
    pub const fn blank(mut self) -> Self {
        self.words = Words::Blank;
        self
    }

    /// What people read instead of the cell in its unit.
    #[must_use]
    pub const fn said(mut self, words: fn(&T) -> Shown) -> Self {
        self.words = Words::Own(words);
        self
    }

    /// The tone of its words.
    #[must_use]
    pub const fn toned(mut self, tone: fn(&T) -> Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    /// The cell of an item, with its words.
    pub(crate) fn show(&self, item: &T) -> Shown {
        let cell = (self.cell)(item);
        let mut shown = match (&self.words, &cell) {
            (Words::Own(words), _) => words(item),
            (Words::Raw, _) => Shown::raw(&cell),
            (Words::Blank, Cell::Null) => Shown::plain(""),
            (Words::Unit | Words::Blank, _) => Shown::of(&cell),
        };
        if let Some(tone) = self.tone {
            shown.tone = tone(item);
        }
        shown.cell = cell;
        shown
    }
}

/// The columns of a view, in its order.
pub(crate) fn viewed<'f, T>(fields: &'f [Field<T>], view: &[&str]) -> Vec<&'f Field<T>> {
    let named = |name: &&str| fields.iter().find(|field| field.name == *name);
    view.iter().filter_map(named).collect()
}

impl Sheet {
    /// The table of a view without its rows.
    pub(crate) fn heads<T>(fields: &[Field<T>], view: &[&str]) -> Self {
        let mut sheet = Self::default();
        for field in viewed(fields, view) {
            sheet = sheet.column(field.head, field.rank, field.align, field.cut);
            if let Some(column) = sheet.columns.last_mut() {
                column.optional = field.optional;
            }
        }
        sheet
    }

    /// Items under the columns that a panel has.
    #[must_use]
    pub fn panel<R: Record>(items: &[R]) -> Self {
        let fields = R::fields();
        let mut sheet = Self::heads(&fields, R::panel());
        let columns = viewed(&fields, R::panel());
        sheet.rows = items.iter().map(|item| row(item, &columns)).collect();
        sheet.settled()
    }
}

/// The row of an item under the columns of a view.
pub(crate) fn row<R: Record>(item: &R, columns: &[&Field<R>]) -> Row {
    let cells = columns.iter();
    Row {
        cells: cells.map(|field| field.show(item)).collect(),
        id: item.id(),
        link: item.link(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Link, Record};
    use crate::records::{CandidateRow, TriedRow};
    use crate::{
        AuditRow, ColumnStatement, Finding, Input, Model, Mutation, Practice, Replay, Sli, Source,
        Support,
    };

    /// Every name of a view is that of a column, and no column is there twice.
    #[track_caller]
    fn check<R: Record>() {
        let names: Vec<&str> = R::fields().iter().map(|field| field.name).collect();
        for view in [R::view(), R::panel(), R::facts()] {
            let unknown: Vec<_> = view.iter().filter(|name| !names.contains(name)).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", R::NAME);
        }
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{}: {names:?}", R::NAME);
    }

    #[test]
    fn views_name_columns_that_there_are() {
        check::<Sli>();
        check::<Finding>();
        check::<Replay>();
        check::<Mutation>();
        check::<Source>();
        check::<ColumnStatement>();
        check::<CandidateRow<'_>>();
        check::<Model>();
        check::<Input>();
        check::<Practice>();
        check::<Support>();
        check::<TriedRow<'_>>();
        check::<AuditRow>();
    }

    #[test]
    fn places_are_files_and_lines() {
        let place = |path: &str, line| Link::File {
            path: path.to_owned(),
            line,
        };
        assert_eq!(Link::to_place("a/b.jsonl:12"), place("a/b.jsonl", Some(12)));
        assert_eq!(Link::to_place("a/b.json"), place("a/b.json", None));
        assert_eq!(Link::to_place("C:\\a.json"), place("C:\\a.json", None));
    }
}
