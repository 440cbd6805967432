//! The canonical event, `fidoscope.event.v1`: one row per thing that happened.
//!
//! `None` means that the source cannot say. A missing flag is never taken for false.

use std::borrow::Cow;

/// Text that is borrowed from the line where possible.
pub type Text<'a> = Cow<'a, str>;

/// A canonical event. Field names are the column names of the event table.
///
/// Times are microseconds since the Unix epoch, UTC.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    /// Time at the source.
    pub ts: i64,
    /// Digits after the second that the source really gives: 0, 3, 6 or 9.
    pub ts_precision: Option<i16>,
    /// The source's identifier, else a hash of the record.
    pub event_id: Text<'a>,
    /// Mapping name.
    pub source: Text<'a>,
    /// Version and hash of the mapping.
    pub mapping_version: Text<'a>,
    /// Organisation, realm or account.
    pub tenant: Option<Text<'a>>,
    /// The source's own type or code.
    pub source_event_type: Text<'a>,
    /// Canonical kind, e.g. `authentication.completed`; one of [`crate::KINDS`].
    pub kind: Text<'a>,
    /// `create`, `get` or `none`.
    pub ceremony: Option<Text<'a>>,
    /// `primary`, `second_factor`, `step_up` or `recovery`.
    pub role: Option<Text<'a>>,
    /// `success`, `failure`, `abandoned`, `challenge` or `unknown`.
    pub outcome: Text<'a>,
    /// Canonical reason, e.g. `signature_invalid`.
    pub failure_reason: Option<Text<'a>>,
    /// The source's words, at most 1 KiB.
    pub failure_raw: Option<Text<'a>>,
    /// `client`, `server`, `policy`, `network` or `unknown`.
    pub failure_side: Option<Text<'a>>,
    /// Joins start and finish.
    pub ceremony_id: Option<Text<'a>>,
    /// First 16 bytes of SHA-256 of the challenge.
    pub challenge_hash: Option<[u8; 16]>,
    /// When the challenge was issued.
    pub challenge_issued_ts: Option<i64>,
    /// W3C trace id.
    pub trace_id: Option<[u8; 16]>,
    /// W3C span id.
    pub span_id: Option<[u8; 8]>,
    /// Request identifier.
    pub request_id: Option<Text<'a>>,
    /// Pseudonym of the session (keyed BLAKE3, hex).
    pub session_id: Option<Text<'a>>,
    /// Pseudonym of the user (keyed BLAKE3, hex).
    pub user_id: Option<Text<'a>>,
    /// Keyed hash of the user's name.
    pub user_name_hash: Option<[u8; 16]>,
    /// `admin`, `workforce`, `consumer`, `service`, `guest` or `unknown`.
    pub user_segment: Option<Text<'a>>,
    /// Pseudonym of who acted, when that is not the user.
    pub actor_id: Option<Text<'a>>,
    /// Relying party identifier.
    pub rp_id: Option<Text<'a>>,
    /// Origin of the client data.
    pub origin: Option<Text<'a>>,
    /// Top-level origin of the client data.
    pub top_origin: Option<Text<'a>>,
    /// `crossOrigin` of the client data.
    pub cross_origin: Option<bool>,
    /// Application or client identifier.
    pub app: Option<Text<'a>>,
    /// Credential identifier, raw.
    pub credential_id: Option<Cow<'a, [u8]>>,
    /// The vendor's own reference to the credential.
    pub credential_ref: Option<Text<'a>>,
    /// Label that the user gave.
    pub credential_label: Option<Text<'a>>,
    /// `passkey_synced`, `passkey_device_bound`, `security_key`, `platform`, `u2f` or `unknown`.
    pub credential_kind: Option<Text<'a>>,
    /// First 16 bytes of SHA-256 of the COSE public key.
    pub public_key_hash: Option<[u8; 16]>,
    /// Model identifier; all zero is kept apart from unknown.
    pub aaguid: Option<[u8; 16]>,
    /// Model name from metadata.
    pub authenticator_model: Option<Text<'a>>,
    /// Attestation statement format.
    pub attestation_fmt: Option<Text<'a>>,
    /// `basic`, `self`, `attca`, `anonca` or `none`.
    pub attestation_type: Option<Text<'a>>,
    /// `trusted`, `untrusted`, `not_checked` or `rejected`.
    pub attestation_trust: Option<Text<'a>>,
    /// `platform` or `cross-platform`.
    pub attachment: Option<Text<'a>>,
    /// `usb`, `nfc`, `ble`, `smart-card`, `hybrid`, `internal`.
    pub transports: Option<Vec<Text<'a>>>,
    /// COSE algorithm.
    pub public_key_alg: Option<i32>,
    /// Raw attestation object of a registration, where the source logs it.
    pub attestation_object: Option<Cow<'a, [u8]>>,
    /// SHA-256 of the client data of a registration: attestation statements are signed over it.
    pub client_data_hash: Option<[u8; 32]>,
    /// Flags byte of the authenticator data, the bits of `flags_known` only.
    pub flags: Option<i16>,
    /// Which bits of `flags` are known.
    pub flags_known: Option<i16>,
    /// Counter after this ceremony.
    pub sign_count: Option<i64>,
    /// Counter that the relying party had stored.
    pub stored_sign_count: Option<i64>,
    /// Whether the signature was verified.
    pub signature_verified: Option<bool>,
    /// `required`, `preferred` or `discouraged`.
    pub uv_required: Option<Text<'a>>,
    /// Whether mediation was conditional.
    pub conditional_ui: Option<bool>,
    /// Timeout of the ceremony, milliseconds.
    pub ceremony_timeout_ms: Option<i64>,
    /// Time the server's handler took, milliseconds.
    pub server_ms: Option<f64>,
    /// Challenge issued to verified, milliseconds.
    pub ceremony_ms: Option<f64>,
    /// Whole sign-in, milliseconds.
    pub login_ms: Option<f64>,
    /// `reported`, `paired` or `span`.
    pub latency_basis: Option<Text<'a>>,
    /// Client address, IPv4 mapped.
    pub client_ip: Option<[u8; 16]>,
    /// Autonomous system.
    pub asn: Option<i64>,
    /// ISO 3166-1 alpha-2.
    pub geo_country: Option<Text<'a>>,
    /// Region.
    pub geo_region: Option<Text<'a>>,
    /// City.
    pub geo_city: Option<Text<'a>>,
    /// Degrees.
    pub geo_lat: Option<f64>,
    /// Degrees.
    pub geo_lon: Option<f64>,
    /// Whether the address is a proxy.
    pub is_proxy: Option<bool>,
    /// User agent as sent.
    pub user_agent: Option<Text<'a>>,
    /// Browser.
    pub browser: Option<Text<'a>>,
    /// Operating system.
    pub os: Option<Text<'a>>,
    /// `desktop`, `mobile`, `tablet` or `bot`.
    pub device_class: Option<Text<'a>>,
    /// The source's method or factor.
    pub method_raw: Option<Text<'a>>,
    /// What was used instead: `password`, `totp`, `sms`, `email`, `push`, `recovery_code`, `tap`.
    pub fallback_method: Option<Text<'a>>,
    /// Support ticket.
    pub ticket_id: Option<Text<'a>>,
    /// Category of the ticket.
    pub ticket_category: Option<Text<'a>>,
    /// Leftovers that the mapping names, and unknown native keys.
    pub attrs: Vec<(Text<'a>, Text<'a>)>,
}
