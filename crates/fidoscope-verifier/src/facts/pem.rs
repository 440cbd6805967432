//! Certificates in PEM (RFC 7468).

use base64::Engine as _;
use x509_parser::error::PEMError;
use x509_parser::pem::Pem;

/// Adds the certificates of a text in DER. Other blocks and what stands between blocks are passed
/// over.
pub(crate) fn certificates(text: &str, ders: &mut Vec<Vec<u8>>) -> Result<(), PEMError> {
    let mut rest = text;
    while let Some((der, after)) = usual(rest) {
        ders.push(der);
        rest = after;
    }
    for block in Pem::iter_from_buffer(rest.as_bytes()) {
        let block = block?;
        if block.label == "CERTIFICATE" {
            ders.push(block.contents);
        }
    }
    Ok(())
}

/// A certificate at the front of a text, written as the RFC wants it from a generator, and what
/// follows. Anchors are read with every ceremony, so this is quick; `None` leaves the text to the
/// reader that also takes what parsers should.
fn usual(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut rest = text.strip_prefix("-----BEGIN CERTIFICATE-----\n")?;
    let mut symbols = Vec::with_capacity(rest.len().min(USUAL_LENGTH));
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.starts_with("-----END ") {
            return Some((ENGINE.decode(symbols).ok()?, after));
        }
        if after.is_empty() {
            return None;
        }
        symbols.extend_from_slice(line.as_bytes().trim_ascii_end());
        rest = after;
    }
}

/// Most certificates have fewer symbols.
const USUAL_LENGTH: usize = 2048;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> = std::sync::LazyLock::new(|| {
    base64::engine::Simd::standard(base64::engine::general_purpose::PAD)
});
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::general_purpose::STANDARD as ENGINE;

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks by their contents, and an error.
    #[track_caller]
    fn check(text: &str, expected: Result<&[&[u8]], &str>) {
        let mut ders = Vec::new();
        let found = certificates(text, &mut ders).map_err(|error| error.to_string());
        assert_eq!(
            found.map(|()| ders),
            expected.map_or_else(
                |e| Err(e.to_owned()),
                |blocks| Ok(blocks.iter().map(|b| b.to_vec()).collect::<Vec<_>>())
            )
        );
    }

    #[test]
    fn certificates_are_found_among_other_things() {
        let block = |body: &str| {
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        };
        let (one, two) = (block("AQID\nBAU="), block("Bg=="));
        check(&one, Ok(&[&[1, 2, 3, 4, 5]]));
        check(one.trim_end(), Ok(&[&[1, 2, 3, 4, 5]]));
        check(&one.replace('\n', "\r\n"), Ok(&[&[1, 2, 3, 4, 5]]));
        check(&format!("{one}{two}"), Ok(&[&[1, 2, 3, 4, 5], &[6]]));
        check(
            &format!("A root:\n{one}\nand\n{two}\n"),
            Ok(&[&[1, 2, 3, 4, 5], &[6]]),
        );
        let key = two.replace("CERTIFICATE", "PRIVATE KEY");
        check(&format!("{key}{one}{key}"), Ok(&[&[1, 2, 3, 4, 5]]));
        check("no block", Ok(&[]));
        check("", Ok(&[]));
        check(&block("AQID*"), Err("base64 decode error"));
        check(&block("AQ"), Err("base64 decode error"));
        check(&block("AR=="), Err("base64 decode error"));
        check(
            &format!("{one}-----BEGIN CERTIFICATE-----\nAQID\n"),
            Err("incomplete PEM"),
        );
    }
}
