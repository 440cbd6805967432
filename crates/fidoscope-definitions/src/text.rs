//! Bytes of a definition file as text.

use fidoscope_report::Diagnostic;

use crate::{File, Kind, Mark};

/// Longest file that is read; the largest of ours has a fiftieth of it.
const LONGEST: usize = 1 << 20;

/// Text of a file without the mark of its byte order, which editors put before it.
///
/// # Errors
/// The file is too long, or not UTF-8.
pub fn text(kind: &'static Kind, name: &str, bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    let code = kind.codes.not_yaml;
    if bytes.len() > LONGEST {
        let message = format!(
            "a {} of more than {} KiB is not read",
            kind.name,
            LONGEST >> 10
        );
        let file = File {
            kind,
            name,
            text: "",
        };
        return Err(Box::new(file.error(code, Mark::default(), message, None)));
    }
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let mark = Mark::behind(&before);
        let message = format!("not UTF-8 from byte {good}");
        let help = "save the file as UTF-8".to_owned();
        let file = File {
            kind,
            name,
            text: &before,
        };
        Box::new(file.error(code, mark, message, Some(help)))
    })?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
