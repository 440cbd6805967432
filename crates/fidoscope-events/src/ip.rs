//! Addresses in the spellings of logs.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address in `text` as 16 bytes, IPv4 mapped. A port, a prefix length, brackets and a zone
/// are cut off; of a list of addresses, as proxies write it, the first counts.
pub(crate) fn parse(text: &str) -> Option<[u8; 16]> {
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
        check("", None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[0-9a-f:.,/%\\[\\] ]{0,40}") {
            let _ = parse(&text);
        }
    }
}
