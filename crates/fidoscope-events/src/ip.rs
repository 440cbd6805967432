//! Addresses in the spellings of logs.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The address in `text` as 16 bytes, IPv4 mapped. A port, a prefix length, brackets and a zone
/// are cut off.
pub(crate) fn parse(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
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
    text.parse().ok().map(mapped)
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
