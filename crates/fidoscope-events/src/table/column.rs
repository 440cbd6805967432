//! The one table of columns: native keys, the JSON Schema and the documentation are made from it.

/// What a column holds, and so how text or a number becomes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Point in time.
    Time,
    /// Text.
    Text,
    /// Canonical kind.
    Kind,
    /// `create`, `get` or `none`.
    Ceremony,
    /// Canonical outcome.
    Outcome,
    /// Signed whole number.
    Integer,
    /// Whole number that fits in 32 bits and is not negative.
    Counter,
    /// Milliseconds, not negative.
    Duration,
    /// Number.
    Float,
    /// `true` or `false`.
    Boolean,
    /// Raw bytes.
    Bytes,
    /// 16 bytes of a hash.
    Hash16,
    /// W3C trace id.
    Trace,
    /// W3C span id.
    Span,
    /// UUID.
    Uuid,
    /// Keyed hash of an identifier, as text.
    Pseudonym,
    /// Keyed hash of a name, as bytes.
    NameHash,
    /// Bits of the authenticator data flags.
    Flags,
    /// IP address.
    Ip,
    /// List of texts.
    TextList,
    /// Names and values.
    Attrs,
    /// A challenge, of which the hash is kept.
    Challenge,
    /// A user name, of which the keyed hash is kept.
    UserName,
    /// Raw authenticator data.
    AuthenticatorData,
    /// Raw attestation object.
    AttestationObject,
    /// Raw client data.
    ClientData,
}

/// Who gives a column its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// A native line must have it.
    Required,
    /// A native line may have it.
    Optional,
    /// A native line may have it raw, and columns are read from it; only `attestation_object` is
    /// kept beside them.
    Input,
    /// Decoding makes it.
    Derived,
    /// Ingest makes it; it is not in [`crate::Event`].
    Ingest,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// The column.
    pub column: Column,
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: Type,
    /// Who gives it.
    pub given: Given,
    /// Unit or values.
    pub unit: &'static str,
    /// Meaning.
    pub meaning: &'static str,
}

macro_rules! columns {
    ($($variant:ident $name:literal $holds:ident $given:ident $unit:literal $meaning:literal;)*) => {
        /// A column of the event table, or a key of a native line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Column {
            $(#[doc = $meaning] $variant,)*
        }

        /// All columns and native keys, in the order of the event table.
        pub static COLUMNS: &[ColumnInfo] = &[
            $(ColumnInfo {
                column: Column::$variant,
                name: $name,
                holds: Type::$holds,
                given: Given::$given,
                unit: $unit,
                meaning: $meaning,
            },)*
        ];

        impl Column {
            /// Name, as in SQL and in a native line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it holds.
            #[must_use]
            pub const fn holds(self) -> Type {
                match self { $(Self::$variant => Type::$holds,)* }
            }

            /// Who gives it.
            #[must_use]
            pub const fn given(self) -> Given {
                match self { $(Self::$variant => Given::$given,)* }
            }

            /// Raw bytes of a ceremony, from which columns are read.
            pub(crate) const fn is_raw(self) -> bool {
                matches!(
                    self.holds(),
                    Type::AuthenticatorData | Type::AttestationObject | Type::ClientData
                )
            }

            /// Its place in [`COLUMNS`].
            #[must_use]
            pub const fn place(self) -> u8 {
                #[expect(clippy::as_conversions, reason = "the discriminant of a repr(u8) enum")]
                let place = self as u8;
                place
            }

            /// The column of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

columns! {
    Ts "ts" Time Required "microseconds since the epoch, UTC" "Time at the source";
    TsPrecision "ts_precision" Integer Derived "0, 3, 6 or 9" "Digits after the second that the source really gives";
    EventId "event_id" Text Optional "" "The source's identifier, else a hash of the record";
    Source "source" Text Derived "" "Mapping name";
    MappingVersion "mapping_version" Text Derived "" "Version and hash of the mapping";
    Tenant "tenant" Text Optional "" "Organisation, realm or account";
    SourceEventType "source_event_type" Text Optional "" "The source's own type or code";
    Kind "kind" Kind Required "one of the kinds" "What happened";
    Ceremony "ceremony" Ceremony Optional "create, get or none" "Which WebAuthn ceremony it belongs to";
    Role "role" Text Optional "primary, second_factor, step_up or recovery" "What the ceremony was for";
    Outcome "outcome" Outcome Required "one of the outcomes" "How it ended";
    FailureReason "failure_reason" Text Optional "a canonical reason" "Why it failed";
    FailureRaw "failure_raw" Text Optional "at most 1 KiB" "The source's words";
    FailureSide "failure_side" Text Optional "client, server, policy, network or unknown" "Whose failure it was";
    CeremonyId "ceremony_id" Text Optional "" "Joins start and finish";
    ChallengeHash "challenge_hash" Hash16 Optional "16 bytes" "First 16 bytes of SHA-256 of the challenge";
    ChallengeIssuedTs "challenge_issued_ts" Time Optional "microseconds since the epoch, UTC" "When the challenge was issued";
    TraceId "trace_id" Trace Optional "16 bytes" "W3C trace id";
    SpanId "span_id" Span Optional "8 bytes" "W3C span id";
    RequestId "request_id" Text Optional "" "Request identifier";
    SessionId "session_id" Pseudonym Optional "" "Keyed hash of the session's identifier";
    UserId "user_id" Pseudonym Optional "" "Keyed hash of the user's identifier";
    UserNameHash "user_name_hash" NameHash Derived "16 bytes" "Keyed hash of the user's name";
    UserSegment "user_segment" Text Optional "admin, workforce, consumer, service, guest or unknown" "Which group the user belongs to";
    ActorId "actor_id" Pseudonym Optional "" "Keyed hash of who acted, when that is not the user";
    RpId "rp_id" Text Optional "domain" "Relying party identifier";
    Origin "origin" Text Optional "scheme://host" "Origin of the client data";
    TopOrigin "top_origin" Text Optional "scheme://host" "Top-level origin of the client data";
    CrossOrigin "cross_origin" Boolean Optional "" "crossOrigin of the client data";
    App "app" Text Optional "" "Application or client identifier";
    CredentialId "credential_id" Bytes Optional "up to 1023 bytes" "Credential identifier, raw";
    CredentialRef "credential_ref" Text Optional "" "The vendor's own reference to the credential";
    CredentialLabel "credential_label" Text Optional "" "Label that the user gave";
    CredentialKind "credential_kind" Text Optional "passkey_synced, passkey_device_bound, security_key, platform, u2f or unknown" "Sort of credential";
    PublicKeyHash "public_key_hash" Hash16 Optional "16 bytes" "First 16 bytes of SHA-256 of the COSE public key";
    Aaguid "aaguid" Uuid Optional "16 bytes" "Model identifier; all zero is kept apart from unknown";
    AuthenticatorModel "authenticator_model" Text Optional "" "Model name";
    AttestationFmt "attestation_fmt" Text Optional "" "Attestation statement format";
    AttestationType "attestation_type" Text Optional "basic, self, attca, anonca or none" "Attestation type";
    AttestationTrust "attestation_trust" Text Optional "trusted, untrusted, not_checked or rejected" "Whether the attestation was trusted";
    Attachment "attachment" Text Optional "platform or cross-platform" "Authenticator attachment";
    Transports "transports" TextList Optional "usb, nfc, ble, smart-card, hybrid, internal" "Transports";
    PublicKeyAlg "public_key_alg" Integer Optional "COSE algorithm" "Algorithm of the credential key";
    AttestationObject "attestation_object" AttestationObject Input "base64url" "Raw attestation object of a registration; format, flags, model and key are read from it";
    ClientDataHash "client_data_hash" Bytes Derived "32 bytes" "SHA-256 of the client data of a registration";
    Flags "flags" Flags Optional "bits up 0, uv 2, be 3, bs 4, at 6, ed 7" "Flags of the authenticator data, known bits only";
    FlagsKnown "flags_known" Integer Derived "bit mask" "Which bits of flags are known";
    SignCount "sign_count" Counter Optional "0 to 4294967295" "Counter after this ceremony";
    StoredSignCount "stored_sign_count" Counter Optional "0 to 4294967295" "Counter that the relying party had stored";
    SignatureVerified "signature_verified" Boolean Optional "" "Whether the signature was verified";
    UvRequired "uv_required" Text Optional "required, preferred or discouraged" "User verification that was asked for";
    ConditionalUi "conditional_ui" Boolean Optional "" "Whether mediation was conditional";
    CeremonyTimeoutMs "ceremony_timeout_ms" Counter Optional "milliseconds" "Timeout of the ceremony";
    ServerMs "server_ms" Duration Optional "milliseconds" "Time the server's handler took";
    CeremonyMs "ceremony_ms" Duration Optional "milliseconds" "Challenge issued to verified";
    LoginMs "login_ms" Duration Optional "milliseconds" "Whole sign-in";
    LatencyBasis "latency_basis" Text Derived "reported, paired or span" "How the latencies were obtained";
    ClientIp "client_ip" Ip Optional "16 bytes, IPv4 mapped" "Client address";
    Asn "asn" Counter Optional "" "Autonomous system";
    GeoCountry "geo_country" Text Optional "ISO 3166-1 alpha-2" "Country";
    GeoRegion "geo_region" Text Optional "" "Region";
    GeoCity "geo_city" Text Optional "" "City";
    GeoLat "geo_lat" Float Optional "degrees" "Latitude";
    GeoLon "geo_lon" Float Optional "degrees" "Longitude";
    IsProxy "is_proxy" Boolean Optional "" "Whether the address is a proxy";
    UserAgent "user_agent" Text Optional "" "User agent as sent";
    Browser "browser" Text Optional "" "Browser";
    Os "os" Text Optional "" "Operating system";
    DeviceClass "device_class" Text Optional "desktop, mobile, tablet or bot" "Sort of device";
    MethodRaw "method_raw" Text Optional "" "The source's method or factor";
    FallbackMethod "fallback_method" Text Optional "password, totp, sms, email, push, recovery_code or tap" "What was used instead";
    TicketId "ticket_id" Text Optional "" "Support ticket";
    TicketCategory "ticket_category" Text Optional "" "Category of the ticket";
    Attrs "attrs" Attrs Optional "" "Leftovers that a mapping names, and unknown keys";
    ObservedTs "observed_ts" Time Ingest "microseconds since the epoch, UTC" "When the line was ingested";
    EventDate "event_date" Text Ingest "date" "Partition of the event table";
    DupGroup "dup_group" Integer Ingest "" "Same act reported more than once";
    RawRef "raw_ref" Attrs Ingest "" "Place of the original bytes";
    CounterRelation "counter_relation" Text Ingest "" "Counter compared with the one before";
    CounterPrevious "counter_previous" Counter Ingest "" "Counter before this ceremony";
    ChallengeUseCount "challenge_use_count" Counter Ingest "" "How often the challenge was accepted";
    Challenge "challenge" Challenge Input "base64url" "Challenge; only its hash is kept";
    UserName "user_name" UserName Input "" "User name; only its keyed hash is kept";
    AuthenticatorData "authenticator_data" AuthenticatorData Input "base64url" "Raw authenticator data; flags, counter and model are read from it";
    ClientDataJson "client_data_json" ClientData Input "base64url" "Raw client data; challenge, origin and ceremony are read from it";
}
