//! The authenticators that the fleet carries. All are invented.

/// How a model counts signatures (WebAuthn L3 §6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Always zero: it does not count.
    Zero,
    /// One counter for each credential, one more with each signature.
    PlusOne,
    /// One counter for all relying parties: a few more with each signature seen here.
    Shared,
}

/// A model of authenticator in the simulated fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetModel {
    /// Name, as the metadata of the data sets describes it.
    pub name: &'static str,
    /// Identifier of the model.
    pub aaguid: [u8; 16],
    /// What its credentials are: a value of the event column `credential_kind`.
    pub kind: &'static str,
    /// `platform` or `cross-platform`.
    pub attachment: &'static str,
    /// Transports that registration reports.
    pub transports: &'static [&'static str],
    /// Attestation statement format of its registrations.
    pub format: &'static str,
    /// Attestation type of its registrations.
    pub attestation: &'static str,
    /// How it counts.
    pub counting: Counting,
    /// Whether its credentials are synced: flags BE and BS.
    pub synced: bool,
    /// Median time of a sign-in, challenge to verification, in milliseconds.
    pub(crate) ceremony_ms: u32,
    /// COSE algorithm of its keys.
    pub algorithm: i32,
}

/// The models of the fleet. The first one meets the attestation regression.
pub const FLEET_MODELS: [FleetModel; 6] = [
    FleetModel {
        name: "Halden Key 5 NFC",
        aaguid: aaguid(1),
        kind: "security_key",
        attachment: "cross-platform",
        transports: &["usb", "nfc"],
        format: "packed",
        attestation: "basic",
        counting: Counting::Shared,
        synced: false,
        ceremony_ms: 2_600,
        algorithm: -7,
    },
    FleetModel {
        name: "Norrsken K2",
        aaguid: aaguid(2),
        kind: "security_key",
        attachment: "cross-platform",
        transports: &["usb", "nfc", "ble"],
        format: "packed",
        attestation: "basic",
        counting: Counting::PlusOne,
        synced: false,
        ceremony_ms: 2_900,
        algorithm: -7,
    },
    FleetModel {
        name: "Vantage Hello",
        aaguid: aaguid(3),
        kind: "platform",
        attachment: "platform",
        transports: &["internal"],
        format: "tpm",
        attestation: "attca",
        counting: Counting::PlusOne,
        synced: false,
        ceremony_ms: 880,
        algorithm: -257,
    },
    FleetModel {
        name: "Lumen Passkeys",
        aaguid: aaguid(4),
        kind: "passkey_synced",
        attachment: "platform",
        transports: &["internal", "hybrid"],
        format: "none",
        attestation: "none",
        counting: Counting::Zero,
        synced: true,
        ceremony_ms: 720,
        algorithm: -7,
    },
    FleetModel {
        name: "Keepfold Vault",
        aaguid: aaguid(5),
        kind: "passkey_synced",
        attachment: "platform",
        transports: &["internal", "hybrid"],
        format: "none",
        attestation: "none",
        counting: Counting::Zero,
        synced: true,
        ceremony_ms: 690,
        algorithm: -7,
    },
    FleetModel {
        name: "Tessel Pocket SE",
        aaguid: aaguid(6),
        kind: "passkey_device_bound",
        attachment: "platform",
        transports: &["internal"],
        format: "android-key",
        attestation: "basic",
        counting: Counting::Zero,
        synced: false,
        ceremony_ms: 810,
        algorithm: -7,
    },
];

/// The model that meets the attestation regression.
pub(crate) const REGRESSED: &FleetModel = &FLEET_MODELS[0];
/// The model of the key that is cloned.
pub(crate) const CLONED: &FleetModel = &FLEET_MODELS[1];
/// The model of the key whose assertion is replayed.
pub(crate) const REPLAYED: &FleetModel = &FLEET_MODELS[3];

/// An identifier of our own: version 4, with a prefix that says whose it is.
const fn aaguid(model: u8) -> [u8; 16] {
    [
        0xf1, 0xd0, 0x5c, 0x0b, 0x51, 0x4d, 0x4f, 0x00, 0xa0, 0x00, 0, 0, 0, 0, 0, model,
    ]
}
