//! Builders of one column each. A value that is not there costs nothing, and neither does a column
//! that never gets a value, but for its length.

use std::borrow::Cow;
use std::sync::Arc;

use deltalake::arrow::array::builder::NullBufferBuilder;
use deltalake::arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanBuilder, GenericByteArray, ListBuilder, MapBuilder,
    MapFieldNames, PrimitiveBuilder, StringBuilder, new_null_array,
};
use deltalake::arrow::buffer::{Buffer, OffsetBuffer};
use deltalake::arrow::datatypes::{
    BinaryType, ByteArrayType, DataType, Field, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, Utf8Type,
};

use super::{list_type, map_type, time_type};

/// Appends one value, present or not.
pub(crate) trait Push<V> {
    /// Puts it into a row, which is later than all rows before. A value that is not there costs
    /// nothing: the column makes up for the rows that it was not told of.
    fn push(&mut self, row: usize, value: &V);
}

/// A column under construction.
pub(crate) trait Column: Default {
    /// Arrow type of the column.
    fn data_type() -> DataType;

    /// Hands so many rows over and starts anew.
    fn finish(&mut self, rows: usize) -> ArrayRef;
}

/// A builder from the first value on, and how many rows are in it. What the last batch took is what
/// the next one will take, so builders start with room for it.
struct Lazy<B> {
    builder: Option<B>,
    rows: usize,
    /// Rows that there is room for.
    room: usize,
    nothing: Nothing,
}

/// Rows without a value. The greater part of the columns has no others, and they are all alike: the
/// same ones serve every batch.
#[derive(Default)]
struct Nothing(Option<ArrayRef>);

impl Nothing {
    fn rows(&mut self, data_type: &DataType, rows: usize) -> ArrayRef {
        let held = self.0.take().filter(|held| held.len() >= rows);
        let held = held.unwrap_or_else(|| new_null_array(data_type, rows + rows / 8));
        let some = held.slice(0, rows);
        self.0 = Some(held);
        some
    }
}

/// Rows that there is room for at first.
const ROOM: usize = 1024;

/// A builder that can be made up to a number of rows.
trait Fill {
    fn start(room: usize) -> Self;

    fn nulls(&mut self, count: usize);
}

impl<B> Default for Lazy<B> {
    fn default() -> Self {
        Self {
            builder: None,
            rows: 0,
            room: ROOM,
            nothing: Nothing::default(),
        }
    }
}

impl<B: Fill> Lazy<B> {
    /// The builder, ready for the value of a row.
    #[inline]
    fn at(&mut self, row: usize) -> &mut B {
        let room = self.room;
        let builder = self.builder.get_or_insert_with(|| B::start(room));
        if self.rows < row {
            builder.nulls(row - self.rows);
        }
        self.rows = row + 1;
        builder
    }

    fn take(
        &mut self,
        rows: usize,
        data_type: &DataType,
        finish: impl FnOnce(B) -> ArrayRef,
    ) -> ArrayRef {
        let known = std::mem::take(&mut self.rows);
        match self.builder.take() {
            Some(mut builder) => {
                builder.nulls(rows - known);
                let array = finish(builder);
                self.room = rows + rows / 8;
                array
            }
            None => self.nothing.rows(data_type, rows),
        }
    }
}

impl<T: ArrowPrimitiveType> Fill for PrimitiveBuilder<T> {
    fn start(room: usize) -> Self {
        Self::with_capacity(room)
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

impl Fill for BooleanBuilder {
    fn start(room: usize) -> Self {
        Self::with_capacity(room)
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

impl Fill for ListBuilder<StringBuilder> {
    fn start(_room: usize) -> Self {
        let element = Field::new("element", DataType::Utf8, true);
        Self::new(StringBuilder::new()).with_field(element)
    }

    fn nulls(&mut self, count: usize) {
        self.append_nulls(count);
    }
}

impl Fill for MapBuilder<StringBuilder, StringBuilder> {
    fn start(_room: usize) -> Self {
        let names = MapFieldNames {
            entry: "key_value".to_owned(),
            key: "key".to_owned(),
            value: "value".to_owned(),
        };
        Self::new(Some(names), StringBuilder::new(), StringBuilder::new())
    }

    fn nulls(&mut self, count: usize) {
        for _ in 0..count {
            end_of_row(self, false);
        }
    }
}

macro_rules! number_column {
    ($(#[$doc:meta])* $name:ident, $native:ty, $arrow:ty, $data_type:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $name(Lazy<PrimitiveBuilder<$arrow>>);

        impl Push<$native> for $name {
            fn push(&mut self, row: usize, value: &$native) {
                self.0.at(row).append_value(*value);
            }
        }

        impl Push<Option<$native>> for $name {
            #[inline]
            fn push(&mut self, row: usize, value: &Option<$native>) {
                if let Some(value) = value {
                    self.push(row, value);
                }
            }
        }

        impl Column for $name {
            fn data_type() -> DataType {
                $data_type
            }

            fn finish(&mut self, rows: usize) -> ArrayRef {
                let data_type = Self::data_type();
                self.0.take(rows, &data_type, |builder| {
                    Arc::new(builder.with_data_type(data_type.clone()).finish())
                })
            }
        }
    };
}

number_column!(
    /// Microseconds since the epoch, UTC.
    TimeColumn, i64, TimestampMicrosecondType, time_type()
);
number_column!(
    /// Small numbers.
    ShortColumn, i16, Int16Type, DataType::Int16
);
number_column!(
    /// Codes.
    IntColumn, i32, Int32Type, DataType::Int32
);
number_column!(
    /// Counters and offsets.
    LongColumn, i64, Int64Type, DataType::Int64
);
number_column!(
    /// Milliseconds and degrees.
    DoubleColumn, f64, Float64Type, DataType::Float64
);

/// Truth values.
#[derive(Default)]
pub(crate) struct BoolColumn(Lazy<BooleanBuilder>);

impl Push<Option<bool>> for BoolColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<bool>) {
        if let Some(value) = value {
            self.0.at(row).append_value(*value);
        }
    }
}

impl Column for BoolColumn {
    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.take(rows, &Self::data_type(), |mut builder| {
            Arc::new(builder.finish())
        })
    }
}

/// Values of any length, one behind the other. Nearly all of an event is such, so a value costs no
/// more than its bytes and its end.
struct Packed {
    values: Vec<u8>,
    /// Where the values start, and the end of the last one. Empty until there is a value.
    offsets: Vec<i32>,
    absent: NullBufferBuilder,
    /// Rows with a value since the last one without.
    present: usize,
    room: (usize, usize),
    nothing: Nothing,
}

impl Default for Packed {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            offsets: Vec::new(),
            absent: NullBufferBuilder::new(0),
            present: 0,
            room: (ROOM, 16 * ROOM),
            nothing: Nothing::default(),
        }
    }
}

impl Packed {
    #[inline]
    fn push(&mut self, row: usize, value: &[u8]) {
        if self.offsets.len() <= row {
            self.skip_to(row);
        }
        self.values.extend_from_slice(value);
        self.offsets.push(self.end());
        self.present += 1;
    }

    /// A batch has much less than two gigabytes; one with more is refused when it is handed over.
    fn end(&self) -> i32 {
        i32::try_from(self.values.len()).unwrap_or(-1)
    }

    /// Leaves rows without a value.
    fn skip_to(&mut self, row: usize) {
        if self.offsets.is_empty() {
            let (rows, bytes) = self.room;
            self.values.reserve(bytes);
            self.offsets.reserve(rows + 1);
            self.offsets.push(0);
        }
        let missing = (row + 1).saturating_sub(self.offsets.len());
        self.absent
            .append_n_non_nulls(std::mem::take(&mut self.present));
        if missing > 0 {
            self.absent.append_n_nulls(missing);
            self.offsets.resize(row + 1, self.end());
        }
    }

    fn finish<T: ByteArrayType<Offset = i32>>(&mut self, rows: usize) -> ArrayRef {
        if self.offsets.is_empty() {
            return self.nothing.rows(&T::DATA_TYPE, rows);
        }
        self.skip_to(rows);
        self.room = (rows + rows / 8, self.values.len() + self.values.len() / 8);
        let offsets = OffsetBuffer::new(std::mem::take(&mut self.offsets).into());
        let values = Buffer::from_vec(std::mem::take(&mut self.values));
        let absent = std::mem::replace(&mut self.absent, NullBufferBuilder::new(0)).finish();
        Arc::new(GenericByteArray::<T>::new(offsets, values, absent))
    }
}

/// Text.
#[derive(Default)]
pub(crate) struct TextColumn(Packed);

impl Push<Cow<'_, str>> for TextColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Cow<'_, str>) {
        self.0.push(row, value.as_bytes());
    }
}

impl Push<Option<Cow<'_, str>>> for TextColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<Cow<'_, str>>) {
        if let Some(value) = value {
            self.0.push(row, value.as_bytes());
        }
    }
}

impl Column for TextColumn {
    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.finish::<Utf8Type>(rows)
    }
}

/// Bytes of any length.
#[derive(Default)]
pub(crate) struct BytesColumn(Packed);

impl Push<Option<Cow<'_, [u8]>>> for BytesColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<Cow<'_, [u8]>>) {
        if let Some(value) = value {
            self.0.push(row, value);
        }
    }
}

impl<const N: usize> Push<Option<[u8; N]>> for BytesColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<[u8; N]>) {
        if let Some(value) = value {
            self.0.push(row, value);
        }
    }
}

impl Push<Option<Vec<u8>>> for BytesColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<Vec<u8>>) {
        if let Some(value) = value {
            self.0.push(row, value);
        }
    }
}

impl Column for BytesColumn {
    fn data_type() -> DataType {
        DataType::Binary
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.finish::<BinaryType>(rows)
    }
}

/// Lists of texts.
#[derive(Default)]
pub(crate) struct TextListColumn(Lazy<ListBuilder<StringBuilder>>);

impl Push<Option<Vec<Cow<'_, str>>>> for TextListColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Option<Vec<Cow<'_, str>>>) {
        if let Some(texts) = value {
            let builder = self.0.at(row);
            texts
                .iter()
                .for_each(|text| builder.values().append_value(text));
            builder.append(true);
        }
    }
}

impl Column for TextListColumn {
    fn data_type() -> DataType {
        list_type()
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.take(rows, &Self::data_type(), |mut builder| {
            Arc::new(builder.finish())
        })
    }
}

/// Names and values; an empty list is no value.
#[derive(Default)]
pub(crate) struct AttrsColumn(Lazy<Pairs>);

type Pairs = MapBuilder<StringBuilder, StringBuilder>;

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

impl Push<Vec<Pair<'_>>> for AttrsColumn {
    #[inline]
    fn push(&mut self, row: usize, value: &Vec<Pair<'_>>) {
        if !value.is_empty() {
            let builder = self.0.at(row);
            for (name, text) in value {
                builder.keys().append_value(name);
                builder.values().append_value(text);
            }
            end_of_row(builder, true);
        }
    }
}

fn end_of_row(builder: &mut Pairs, present: bool) {
    // Fails only when keys and values differ in number; they are appended in pairs.
    let paired = builder.append(present);
    debug_assert!(paired.is_ok(), "keys and values are appended in pairs");
}

impl Column for AttrsColumn {
    fn data_type() -> DataType {
        map_type()
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.0.take(rows, &Self::data_type(), |mut builder| {
            Arc::new(builder.finish())
        })
    }
}
