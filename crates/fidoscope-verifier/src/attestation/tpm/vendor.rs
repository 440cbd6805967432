//! Who makes TPMs: FIDO asks for a registered manufacturer, WebAuthn does not.

/// Four-letter codes of the TCG TPM Vendor ID Registry, family 1.2 and 2.0, version 1.07, as known
/// in November 2026; shorter codes end in a zero byte or a space, as registered.
const REGISTERED: [(&[u8; 4], &str); 29] = [
    (b"AMD\0", "AMD"),
    (b"ANT\0", "Ant Group"),
    (b"ATML", "Atmel"),
    (b"BRCM", "Broadcom"),
    (b"CSCO", "Cisco"),
    (b"FLYS", "Flyslice Technologies"),
    (b"GOOG", "Google"),
    (b"HISI", "Huawei"),
    (b"HPE\0", "HPE"),
    (b"HPI\0", "HPI"),
    (b"IBM\0", "IBM"),
    (b"IFX\0", "Infineon"),
    (b"INTC", "Intel"),
    (b"LEN\0", "Lenovo"),
    (b"MSFT", "Microsoft"),
    (b"NSG\0", "NSING"),
    (b"NSM ", "National Semiconductor"),
    (b"NTC\0", "Nuvoton Technology"),
    (b"NTZ\0", "Nationz"),
    (b"QCOM", "Qualcomm"),
    (b"ROCC", "Fuzhou Rockchip"),
    (b"SEAL", "Wisekey"),
    (b"SECE", "SecEdge"),
    (b"SMSC", "SMSC"),
    (b"SMSN", "Samsung"),
    (b"SNS\0", "Sinosun"),
    (b"STM ", "ST Microelectronics"),
    (b"TXN\0", "Texas Instruments"),
    (b"WEC\0", "Winbond"),
];

/// The value that FIDO's conformance tests use.
const FIDO_TEST: [u8; 4] = [0xff, 0xff, 0xf1, 0xd0];

/// The manufacturer of `id:XXXXXXXX`, eight hexadecimal digits of either case.
pub(super) fn manufacturer(value: &str) -> Option<&'static str> {
    let digits = value.strip_prefix("id:")?;
    if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let id = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    if id == FIDO_TEST {
        return Some("FIDO conformance tests");
    }
    let found = REGISTERED.iter().find(|(code, _)| **code == id)?;
    Some(found.1)
}

#[cfg(test)]
mod tests {
    use super::manufacturer;

    #[test]
    fn registered_ids_have_a_name() {
        assert_eq!(manufacturer("id:494E5443"), Some("Intel"));
        assert_eq!(manufacturer("id:49424d00"), Some("IBM"));
        assert_eq!(manufacturer("id:53544D20"), Some("ST Microelectronics"));
        assert_eq!(manufacturer("id:FFFFF1D0"), Some("FIDO conformance tests"));
        for unknown in ["id:00000000", "id:494E544", "494E5443", "id:+94E5443", ""] {
            assert_eq!(manufacturer(unknown), None, "{unknown}");
        }
    }
}
