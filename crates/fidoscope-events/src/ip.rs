//! Addresses in the spellings of logs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address in `text` as 16 bytes, IPv4 mapped. A port, a prefix length, brackets and a zone
/// are cut off; of a list of addresses, as proxies write it, the first counts.
pub(crate) fn parse(text: &str) -> Option<[u8; 16]> {
    if let Some(address) = plain(text.as_bytes()) {
        return Some(address.to_ipv6_mapped().octets());
    }
    let text = text.split_once(',').map_or(text, |(first, _)| first).trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(mapped(address));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(mapped(address.ip()));
    }
    let text = text.split_once('/').map_or(text, |(address, _)| address);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    let text = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = text.parse() {
        return Some(mapped(address));
    }
    // A port behind an address of version 6 that has no brackets can only be told when the address
    // is whole without it.
    let (address, port) = text.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    address.parse().ok().map(mapped)
}

/// An address of version 4 and nothing else, which is what most logs hold. Numbers with leading
/// zeros are octal to some readers, so they are left to the general one, which refuses them.
fn plain(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut rest = text;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = rest.split_at_checked(digits)?;
        *octet = match number {
            [a @ b'0'..=b'9'] => a - b'0',
            [a @ b'1'..=b'9', b] => (a - b'0') * 10 + (b - b'0'),
            [a @ b'1'..=b'2', b, c] => {
                let tens = (a - b'0') * 10 + (b - b'0');
                tens.checked_mul(10)?.checked_add(c - b'0')?
            }
            _ => return None,
        };
        rest = after;
    }
    rest.is_empty().then(|| octets.into())
}

/// The address as people write it.
pub(crate) fn format(bytes: [u8; 16]) -> String {
    Ipv6Addr::from(bytes).to_canonical().to_string()
}

fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text).map(format).as_deref(), expected, "{text}");
    }

    #[test]
    fn spellings() {
        check("198.51.100.7", Some("198.51.100.7"));
        check(" 198.51.100.7:443", Some("198.51.100.7"));
        check("198.51.100.7, 10.0.0.1", Some("198.51.100.7"));
        check("198.51.100.0/24", Some("198.51.100.0"));
        check("2001:db8::1", Some("2001:db8::1"));
        check("[2001:db8::1]:443", Some("2001:db8::1"));
        check("[2001:db8::1]", Some("2001:db8::1"));
        check("fe80::1%eth0", Some("fe80::1"));
        check("::ffff:198.51.100.7", Some("198.51.100.7"));
        check("::ffff:198.51.100.7:443", Some("198.51.100.7"));
        check("2001:db8:0:0:0:0:0:1:443", Some("2001:db8::1"));
        check("198.51.100.7.example", None);
        check("N/A", None);
        check("255.255.255.255", Some("255.255.255.255"));
        check("0.0.0.0", Some("0.0.0.0"));
        check("256.1.1.1", None);
        check("1.2.3.04", None);
        check("1.2.3", None);
        check("1.2.3.4.5", None);
        check("", None);
    }

    proptest::proptest! {
        /// The short way reads what the standard library reads.
        #[test]
        fn plain_addresses(text in "[0-9]{1,4}(\\.[0-9]{1,3}){3}") {
            proptest::prop_assert_eq!(plain(text.as_bytes()), text.parse::<Ipv4Addr>().ok());
        }

        #[test]
        fn never_panics(text in "[0-9a-f:.,/%\\[\\] ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
