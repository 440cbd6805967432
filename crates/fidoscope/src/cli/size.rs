//! Sizes with their units.

use bytesize::ByteSize;
use clap::Args;
use clap::builder::TypedValueParser;

/// Bytes of a kibibyte.
pub(super) const KIB: u64 = 1 << 10;
/// Bytes of a mebibyte.
pub(super) const MIB: u64 = 1 << 20;

/// The memory that a query may take.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct MemoryArg {
    /// Memory that it may take, e.g. 512MiB; what does not fit is put on disk for the time being
    /// [default: 2GiB]
    #[arg(long, value_name = "SIZE", value_parser = between(MIB, MIB, u64::MAX))]
    memory: Option<u64>,
}

impl MemoryArg {
    /// Bytes, if any were named.
    pub(crate) fn bytes(self) -> Option<usize> {
        (self.memory).map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

/// Reads a size such as `64MiB`, in bytes, between two bounds. A number alone counts in `unit`, as
/// the options did before they had units.
pub(super) fn between(unit: u64, least: u64, most: u64) -> impl TypedValueParser<Value = u64> {
    clap::builder::StringValueParser::new().try_map(move |text| read(&text, unit, least, most))
}

fn read(text: &str, unit: u64, least: u64, most: u64) -> Result<u64, String> {
    let size = match text.parse::<u64>() {
        Ok(number) => number.saturating_mul(unit),
        Err(_) => text
            .parse::<ByteSize>()
            .map_err(|_| format!("`{text}` is no size; write 64MiB, 512 KiB, 2GB ..."))?
            .as_u64(),
    };
    let shown = |size: u64| ByteSize::b(size).display().iec();
    if size < least {
        return Err(format!("`{text}` is less than {}", shown(least)));
    }
    if size > most {
        return Err(format!("`{text}` is more than {}", shown(most)));
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::{KIB, MIB, read};

    #[track_caller]
    fn check(text: &str, expected: Result<u64, &str>) {
        let found = read(text, MIB, KIB, 1 << 30);
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn sizes_have_units() {
        check("64MiB", Ok(64 << 20));
        check("1.5 MiB", Ok(3 << 19));
        check("64", Ok(64 << 20));
        check("4kB", Ok(4_000));
        check("1KiB", Ok(1 << 10));
        check("12B", Err("`12B` is less than 1.0 KiB"));
        check("2GiB", Err("`2GiB` is more than 1.0 GiB"));
        let none = |text| format!("`{text}` is no size; write 64MiB, 512 KiB, 2GB ...");
        for text in ["", "MiB", "64 apples", "-1", "1e3"] {
            check(text, Err(&none(text)));
        }
    }
}
