//! Builders of one column each. A column that never gets a value costs nothing but its length.

use std::borrow::Cow;
use std::sync::Arc;

use deltalake::arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryBuilder, BooleanBuilder, GenericByteBuilder, ListBuilder,
    MapBuilder, MapFieldNames, PrimitiveBuilder, StringBuilder, new_null_array,
};
use deltalake::arrow::datatypes::{
    BinaryType, ByteArrayType, DataType, Field, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, Utf8Type,
};

use super::{list_type, map_type, time_type};

/// Appends one value, present or not.
pub(crate) trait Push<V> {
    /// Appends it.
    fn push(&mut self, value: &V);
}

/// A column under construction.
pub(crate) trait Column: Default {
    /// Arrow type of the column.
    fn data_type() -> DataType;

    /// Hands the column over and starts anew.
    fn finish(&mut self) -> ArrayRef;
}

/// Rows so far, and a builder from the first value on. What the last batch took is what the next
/// one will take, so builders start with room for it.
struct Lazy<B> {
    rows: usize,
    builder: Option<B>,
    room: Room,
}

/// Room for rows, and for the bytes of their values.
#[derive(Clone, Copy)]
struct Room {
    rows: usize,
    bytes: usize,
}

impl<B> Default for Lazy<B> {
    fn default() -> Self {
        let room = Room {
            rows: 1024,
            bytes: 16 << 10,
        };
        Self {
            rows: 0,
            builder: None,
            room,
        }
    }
}

impl<B> Lazy<B> {
    fn add(&mut self, start: impl FnOnce(usize, Room) -> B, append: impl FnOnce(&mut B)) {
        let (rows, room) = (self.rows, self.room);
        append(self.builder.get_or_insert_with(|| start(rows, room)));
        self.rows += 1;
    }

    fn skip(&mut self, append_null: impl FnOnce(&mut B)) {
        if let Some(builder) = &mut self.builder {
            append_null(builder);
        }
        self.rows += 1;
    }

    fn take(&mut self, data_type: &DataType, finish: impl FnOnce(B) -> ArrayRef) -> ArrayRef {
        let rows = std::mem::take(&mut self.rows);
        match self.builder.take() {
            Some(builder) => {
                let array = finish(builder);
                self.room.rows = rows + rows / 8;
                array
            }
            None => new_null_array(data_type, rows),
        }
    }

    fn take_bytes<T: ByteArrayType>(&mut self) -> ArrayRef
    where
        B: Into<GenericByteBuilder<T>>,
    {
        let mut bytes = self.room.bytes;
        let array = self.take(&T::DATA_TYPE, |builder| {
            let array = builder.into().finish();
            bytes = array.value_data().len();
            Arc::new(array)
        });
        self.room.bytes = bytes + bytes / 8;
        array
    }
}

macro_rules! number_column {
    ($(#[$doc:meta])* $name:ident, $native:ty, $arrow:ty, $data_type:expr) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(crate) struct $name(Lazy<PrimitiveBuilder<$arrow>>);

        impl Push<$native> for $name {
            fn push(&mut self, value: &$native) {
                self.0.add(start_numbers, |builder| builder.append_value(*value));
            }
        }

        impl Push<Option<$native>> for $name {
            fn push(&mut self, value: &Option<$native>) {
                match value {
                    Some(value) => self.push(value),
                    None => self.0.skip(PrimitiveBuilder::append_null),
                }
            }
        }

        impl Column for $name {
            fn data_type() -> DataType {
                $data_type
            }

            fn finish(&mut self) -> ArrayRef {
                let data_type = Self::data_type();
                self.0.take(&data_type, |builder| {
                    Arc::new(builder.with_data_type(data_type.clone()).finish())
                })
            }
        }
    };
}

fn start_numbers<T: ArrowPrimitiveType>(rows: usize, room: Room) -> PrimitiveBuilder<T> {
    let mut builder = PrimitiveBuilder::with_capacity(room.rows);
    builder.append_nulls(rows);
    builder
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
    fn push(&mut self, value: &Option<bool>) {
        match value {
            Some(value) => self.0.add(
                |rows, room| {
                    let mut builder = BooleanBuilder::with_capacity(room.rows);
                    builder.append_nulls(rows);
                    builder
                },
                |builder| builder.append_value(*value),
            ),
            None => self.0.skip(BooleanBuilder::append_null),
        }
    }
}

impl Column for BoolColumn {
    fn data_type() -> DataType {
        DataType::Boolean
    }

    fn finish(&mut self) -> ArrayRef {
        self.0
            .take(&Self::data_type(), |mut builder| Arc::new(builder.finish()))
    }
}

/// Text.
#[derive(Default)]
pub(crate) struct TextColumn(Lazy<StringBuilder>);

impl Push<Cow<'_, str>> for TextColumn {
    fn push(&mut self, value: &Cow<'_, str>) {
        self.0
            .add(start_text, |builder| builder.append_value(value));
    }
}

impl Push<Option<Cow<'_, str>>> for TextColumn {
    fn push(&mut self, value: &Option<Cow<'_, str>>) {
        match value {
            Some(value) => self.push(value),
            None => self.0.skip(StringBuilder::append_null),
        }
    }
}

fn start_text(rows: usize, room: Room) -> StringBuilder {
    let mut builder = StringBuilder::with_capacity(room.rows, room.bytes);
    builder.append_nulls(rows);
    builder
}

impl Column for TextColumn {
    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn finish(&mut self) -> ArrayRef {
        self.0.take_bytes::<Utf8Type>()
    }
}

/// Bytes of any length.
#[derive(Default)]
pub(crate) struct BytesColumn(Lazy<BinaryBuilder>);

impl BytesColumn {
    fn push_bytes(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => self.0.add(
                |rows, room| {
                    let mut builder = BinaryBuilder::with_capacity(room.rows, room.bytes);
                    builder.append_nulls(rows);
                    builder
                },
                |builder| builder.append_value(value),
            ),
            None => self.0.skip(BinaryBuilder::append_null),
        }
    }
}

impl Push<Option<Cow<'_, [u8]>>> for BytesColumn {
    fn push(&mut self, value: &Option<Cow<'_, [u8]>>) {
        self.push_bytes(value.as_deref());
    }
}

impl<const N: usize> Push<Option<[u8; N]>> for BytesColumn {
    fn push(&mut self, value: &Option<[u8; N]>) {
        self.push_bytes(value.as_ref().map(<[u8; N]>::as_slice));
    }
}

impl Push<Option<Vec<u8>>> for BytesColumn {
    fn push(&mut self, value: &Option<Vec<u8>>) {
        self.push_bytes(value.as_deref());
    }
}

impl Column for BytesColumn {
    fn data_type() -> DataType {
        DataType::Binary
    }

    fn finish(&mut self) -> ArrayRef {
        self.0.take_bytes::<BinaryType>()
    }
}

/// Lists of texts.
#[derive(Default)]
pub(crate) struct TextListColumn(Lazy<ListBuilder<StringBuilder>>);

impl Push<Option<Vec<Cow<'_, str>>>> for TextListColumn {
    fn push(&mut self, value: &Option<Vec<Cow<'_, str>>>) {
        match value {
            Some(texts) => self.0.add(
                |rows, _room| {
                    let element = Field::new("element", DataType::Utf8, true);
                    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(element);
                    builder.append_nulls(rows);
                    builder
                },
                |builder| {
                    texts
                        .iter()
                        .for_each(|text| builder.values().append_value(text));
                    builder.append(true);
                },
            ),
            None => self.0.skip(ListBuilder::append_null),
        }
    }
}

impl Column for TextListColumn {
    fn data_type() -> DataType {
        list_type()
    }

    fn finish(&mut self) -> ArrayRef {
        self.0
            .take(&Self::data_type(), |mut builder| Arc::new(builder.finish()))
    }
}

/// Names and values; an empty list is no value.
#[derive(Default)]
pub(crate) struct AttrsColumn(Lazy<MapBuilder<StringBuilder, StringBuilder>>);

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

impl Push<Vec<Pair<'_>>> for AttrsColumn {
    fn push(&mut self, value: &Vec<Pair<'_>>) {
        if value.is_empty() {
            self.0.skip(end_of_row_without_pairs);
            return;
        }
        self.0.add(start_attrs, |builder| {
            for (name, text) in value {
                builder.keys().append_value(name);
                builder.values().append_value(text);
            }
            end_of_row(builder, true);
        });
    }
}

fn start_attrs(rows: usize, _room: Room) -> MapBuilder<StringBuilder, StringBuilder> {
    let names = MapFieldNames {
        entry: "key_value".to_owned(),
        key: "key".to_owned(),
        value: "value".to_owned(),
    };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for _ in 0..rows {
        end_of_row(&mut builder, false);
    }
    builder
}

fn end_of_row_without_pairs(builder: &mut MapBuilder<StringBuilder, StringBuilder>) {
    end_of_row(builder, false);
}

fn end_of_row(builder: &mut MapBuilder<StringBuilder, StringBuilder>, present: bool) {
    // Fails only when keys and values differ in number; they are appended in pairs.
    let paired = builder.append(present);
    debug_assert!(paired.is_ok(), "keys and values are appended in pairs");
}

impl Column for AttrsColumn {
    fn data_type() -> DataType {
        map_type()
    }

    fn finish(&mut self) -> ArrayRef {
        self.0
            .take(&Self::data_type(), |mut builder| Arc::new(builder.finish()))
    }
}
