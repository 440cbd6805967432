//! The one writer of reports.
//!
//! A [`Piece`] is what some items add to the output; any thread can make it, and the writer puts
//! pieces in order. Formats whose form allows it are written as pieces come, so that a stream of any
//! length needs no memory; the others keep only what they will print.

use std::io::{self, Write};
use std::rc::Rc;

use serde::Serialize;

use crate::format::{Form, Part, Render};
use crate::item::{Head, Item, Of};
use crate::section::Closing;
use crate::{Field, Format, Options, Record};

/// What some items add to the output.
#[derive(Debug, Default)]
pub struct Piece(Vec<Part>);

impl Piece {
    /// Renders items; `options.detail` asks for everything about each.
    #[must_use]
    pub fn new<R: Record + Serialize>(items: &[R], format: Format, options: Options) -> Self {
        let form = format.form();
        // What nobody will see need not wait for the end.
        let most = match form.keeps_rows {
            true => R::SHOWN,
            false => usize::MAX,
        };
        let fields: Rc<[Field<R>]> = R::fields().into();
        let part = |item| {
            let fields = Rc::clone(&fields);
            (form.part)(&Of { item, fields }, options)
        };
        Self(items.iter().take(most).map(part).collect())
    }
}

/// Writes pieces in their order.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    form: &'static Form,
    options: Options,
    render: Box<dyn Render>,
}

impl<W: Write> Writer<W> {
    /// Starts a report of results of one kind.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn of<R: Record>(out: W, format: Format, options: Options) -> io::Result<Self> {
        Self::begin(out, format, options, Head::of::<R>())
    }

    pub(crate) fn begin(
        mut out: W,
        format: Format,
        options: Options,
        head: Head,
    ) -> io::Result<Self> {
        let form = format.form();
        let mut render = (form.start)(head, options);
        render.begin(&mut out)?;
        Ok(Self {
            out,
            form,
            options,
            render,
        })
    }

    /// Writes the next piece, or keeps what must wait for the end.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn push(&mut self, piece: Piece) -> io::Result<()> {
        let mut parts = piece.0.into_iter();
        parts.try_for_each(|part| self.render.add(part, &mut self.out))
    }

    pub(crate) fn item(&mut self, item: &dyn Item) -> io::Result<()> {
        let part = (self.form.part)(item, self.options);
        self.render.add(part, &mut self.out)
    }

    /// Writes what waited for the end.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(mut self, closing: Closing) -> io::Result<W> {
        self.render.end(closing, &mut self.out)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests;
