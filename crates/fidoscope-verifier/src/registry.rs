//! Every step by name: its class, its place in Level 2 and Level 3, and its rank, from which each
//! level's own "first failed step" follows. One table serves both levels.
//!
//! A rank is the number of the step in its section times 100 plus the position of the sub-step in
//! it; a step that owns sub-steps comes after them. Rank 0: no part of that ceremony at that level.
//! Two ranks a level: registration, then authentication.

use fidoscope_recording::Kind;

use fidoscope_recording::Profile;

/// What is known about a step before any ceremony is looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// Level-neutral identifier.
    pub id: &'static str,
    /// Class of the rule, e.g. `MUST(L3)`.
    pub class: &'static str,
    /// Place in Level 2.
    pub l2: Place,
    /// Place in Level 3.
    pub l3: Place,
    /// Fragment of the specification's address, in Level 3 where it has such a text.
    pub anchor: &'static str,
}

impl StepInfo {
    /// Rank in the order of a profile; that of the other level where the profile's has no such step.
    pub(crate) fn rank(&self, profile: Profile, kind: Kind) -> u16 {
        let (own, other) = match profile {
            Profile::WebauthnL2 => (&self.l2, &self.l3),
            _ => (&self.l3, &self.l2),
        };
        match own.rank(kind) {
            0 => other.rank(kind),
            rank => rank,
        }
    }

    /// Fragment of the specification's address in the level that a profile stands on. Level 2 names
    /// the sections of its ceremonies, where Level 3 names some of their steps as well, and it has no
    /// JSON form of options.
    #[must_use]
    pub fn anchor_under(&self, profile: Profile) -> &'static str {
        const STEPS_OF_LEVEL_3: [(&str, &str); 5] = [
            ("#reg-ceremony-", "#sctn-registering-a-new-credential"),
            ("#rp-op-registering-", "#sctn-registering-a-new-credential"),
            ("#authn-ceremony-", "#sctn-verifying-assertion"),
            (
                "#rp-op-verifying-assertion-step-origin",
                "#sctn-verifying-assertion",
            ),
            ("#sctn-parseCreationOptionsFromJSON", "#iface-pkcredential"),
        ];
        if profile != Profile::WebauthnL2 {
            return self.anchor;
        }
        let section = STEPS_OF_LEVEL_3
            .iter()
            .find(|(step, _)| self.anchor.starts_with(step));
        section.map_or(self.anchor, |(_, section)| section)
    }
}

/// Place of a step in one level.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Section and position, e.g. `§7.1 step 9`; empty when the level has no such text.
    pub clause: &'static str,
    /// Rank in a registration.
    pub registration: u16,
    /// Rank in an authentication.
    pub authentication: u16,
}

impl Place {
    /// Rank in a ceremony.
    pub(crate) fn rank(&self, kind: Kind) -> u16 {
        match kind {
            Kind::Registration => self.registration,
            Kind::Authentication => self.authentication,
        }
    }

    /// The part of the clause that belongs to a ceremony, e.g. `7.1 step 9`; `None` when the level
    /// has no such text.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Option<&'static str> {
        let (wanted, other) = match kind {
            Kind::Registration => ("§7.1", "§7.2"),
            Kind::Authentication => ("§7.2", "§7.1"),
        };
        let mut parts = self.clause.split(", ").filter(|part| !part.is_empty());
        let part = parts.clone().find(|part| part.starts_with(wanted));
        let part = part.or_else(|| parts.find(|part| !part.starts_with(other)));
        part.map(|part| part.trim_start_matches('§'))
    }
}

macro_rules! registry {
    ($($name:ident: $id:literal, $class:literal, $c2:literal $r2:literal $a2:literal, $c3:literal $r3:literal $a3:literal, $anchor:literal;)*) => {
        $(
            pub(crate) static $name: StepInfo = StepInfo {
                id: $id,
                class: $class,
                l2: Place { clause: $c2, registration: $r2, authentication: $a2 },
                l3: Place { clause: $c3, registration: $r3, authentication: $a3 },
                anchor: $anchor,
            };
        )*
        /// Every step by name. Those of the metadata service (`mds.*`) stand below
        /// `reg.trust-anchors`: a ceremony that is judged without a BLOB says nothing about them.
        pub static STEPS: &[&StepInfo] = &[$(&$name),*];
    };
}

registry! {
    REG_OPTIONS: "reg.options", "LINT", "§7.1 step 1" 199 0, "§7.1 step 1" 199 0, "#sctn-registering-a-new-credential";
    REG_CREATE: "reg.create", "MUST", "§7.1 step 2" 299 0, "§7.1 step 2" 299 0, "#sctn-registering-a-new-credential";
    REG_RESPONSE_TYPE: "reg.response-type", "MUST", "§7.1 step 3" 399 0, "§7.1 step 3" 399 0, "#sctn-registering-a-new-credential";
    REG_CLIENT_EXT_RESULTS: "reg.client-ext-results", "SETUP", "§7.1 step 4" 499 0, "§7.1 step 4" 499 0, "#sctn-registering-a-new-credential";
    REG_CLIENT_DATA_UTF8: "reg.client-data.utf8", "SETUP", "§7.1 step 5" 599 0, "§7.1 step 5" 599 0, "#sctn-registering-a-new-credential";
    REG_CLIENT_DATA_JSON: "reg.client-data.json", "MUST", "§7.1 step 6" 699 0, "§7.1 step 6" 699 0, "#sctn-registering-a-new-credential";
    REG_TYPE: "reg.type", "MUST", "§7.1 step 7" 799 0, "§7.1 step 7" 799 0, "#sctn-registering-a-new-credential";
    REG_CHALLENGE: "reg.challenge", "MUST", "§7.1 step 8" 899 0, "§7.1 step 8" 899 0, "#sctn-registering-a-new-credential";
    REG_ORIGIN: "reg.origin", "MUST", "§7.1 step 9" 999 0, "§7.1 step 9" 999 0, "#rp-op-registering-a-new-credential-step-origin";
    REG_TOKEN_BINDING: "reg.token-binding", "MUST(L2)", "§7.1 step 10" 1099 0, "" 0 0, "#dom-collectedclientdata-tokenbinding";
    REG_CROSS_ORIGIN: "reg.cross-origin", "MUST(L3)", "" 0 0, "§7.1 step 10" 1099 0, "#sctn-registering-a-new-credential";
    REG_TOP_ORIGIN: "reg.top-origin", "MUST(L3)", "" 0 0, "§7.1 step 11" 1199 0, "#sctn-registering-a-new-credential";
    REG_CLIENT_DATA_HASH: "reg.client-data-hash", "SETUP", "§7.1 step 11" 1199 0, "§7.1 step 12" 1299 0, "#sctn-registering-a-new-credential";
    REG_ATT_OBJ: "reg.att-obj", "MUST", "§7.1 step 12" 1299 0, "§7.1 step 13" 1399 0, "#sctn-registering-a-new-credential";
    REG_RP_ID_HASH: "reg.rp-id-hash", "MUST", "§7.1 step 13" 1399 0, "§7.1 step 14" 1499 0, "#sctn-registering-a-new-credential";
    REG_UP: "reg.up", "MUST", "§7.1 step 14" 1499 0, "§7.1 step 15" 1599 0, "#sctn-registering-a-new-credential";
    REG_UV: "reg.uv", "MUST(if)", "§7.1 step 15" 1599 0, "§7.1 step 16" 1699 0, "#sctn-registering-a-new-credential";
    REG_BE_BS: "reg.be-bs", "MUST(L3)", "" 0 0, "§7.1 step 17" 1799 0, "#sctn-registering-a-new-credential";
    REG_BE_POLICY: "reg.be-policy", "POLICY", "" 0 0, "§7.1 step 18" 1899 0, "#sctn-registering-a-new-credential";
    REG_BS_POLICY: "reg.bs-policy", "POLICY", "" 0 0, "§7.1 step 19" 1999 0, "#sctn-registering-a-new-credential";
    REG_ALG: "reg.alg", "MUST", "§7.1 step 16" 1699 0, "§7.1 step 20" 2099 0, "#sctn-registering-a-new-credential";
    REG_FMT: "reg.fmt", "MUST", "§7.1 step 18" 1899 0, "§7.1 step 21" 2199 0, "#sctn-registering-a-new-credential";
    REG_ATT_STMT: "reg.att-stmt", "MUST", "§7.1 step 19" 1999 0, "§7.1 step 22" 2299 0, "#reg-ceremony-verify-attestation";
    REG_TRUST_ANCHORS: "reg.trust-anchors", "SETUP", "§7.1 step 20" 2099 0, "§7.1 step 23" 2399 0, "#reg-ceremony-attestation-trust-anchors";
    REG_TRUST: "reg.trust", "MUST/POLICY", "§7.1 step 21" 2198 0, "§7.1 step 24" 2498 0, "#reg-ceremony-assess-trust";
    REG_TRUST_UNTRUSTED: "reg.trust.untrusted", "SHOULD", "§7.1 step 24" 2499 0, "§7.1 step 24/29" 2500 0, "#reg-ceremony-assess-trust";
    REG_CRED_ID_LEN: "reg.cred-id-len", "SHOULD(L3)", "" 0 0, "§7.1 step 25" 2599 0, "#sctn-registering-a-new-credential";
    REG_CRED_ID_UNIQUE: "reg.cred-id-unique", "SHOULD", "§7.1 step 22" 2299 0, "§7.1 step 26" 2699 0, "#sctn-registering-a-new-credential";
    REG_RECORD: "reg.record", "STATE", "§7.1 step 23" 2399 0, "§7.1 step 27" 2799 0, "#reg-ceremony-create-credential-record";
    REG_EXT: "reg.ext", "POLICY", "§7.1 step 17" 1799 0, "§7.1 step 28" 2899 0, "#reg-ceremony-verify-extension-outputs";
    REG_FINISH: "reg.finish", "STATE", "§7.1 step 23" 2400 0, "§7.1 step 29" 2999 0, "#sctn-registering-a-new-credential";
    AUTH_OPTIONS: "auth.options", "LINT", "§7.2 step 1" 0 199, "§7.2 step 1" 0 199, "#sctn-verifying-assertion";
    AUTH_GET: "auth.get", "MUST", "§7.2 step 2" 0 299, "§7.2 step 2" 0 299, "#sctn-verifying-assertion";
    AUTH_RESPONSE_TYPE: "auth.response-type", "MUST", "§7.2 step 3" 0 399, "§7.2 step 3" 0 399, "#sctn-verifying-assertion";
    AUTH_CLIENT_EXT_RESULTS: "auth.client-ext-results", "SETUP", "§7.2 step 4" 0 499, "§7.2 step 4" 0 499, "#sctn-verifying-assertion";
    AUTH_ALLOW_CREDENTIALS: "auth.allow-credentials", "MUST(if)", "§7.2 step 5" 0 599, "§7.2 step 5" 0 599, "#sctn-verifying-assertion";
    AUTH_USER: "auth.user", "MUST", "§7.2 step 6" 0 699, "§7.2 step 6" 0 699, "#sctn-verifying-assertion";
    AUTH_CREDENTIAL_KEY: "auth.credential-key", "SETUP", "§7.2 step 7" 0 799, "§7.2 step 6" 0 698, "#sctn-verifying-assertion";
    AUTH_PARTS: "auth.parts", "SETUP", "§7.2 step 8" 0 899, "§7.2 step 7" 0 799, "#sctn-verifying-assertion";
    AUTH_CLIENT_DATA_UTF8: "auth.client-data.utf8", "SETUP", "§7.2 step 9" 0 999, "§7.2 step 8" 0 899, "#sctn-verifying-assertion";
    AUTH_CLIENT_DATA_JSON: "auth.client-data.json", "MUST", "§7.2 step 10" 0 1099, "§7.2 step 9" 0 999, "#sctn-verifying-assertion";
    AUTH_TYPE: "auth.type", "MUST", "§7.2 step 11" 0 1199, "§7.2 step 10" 0 1099, "#sctn-verifying-assertion";
    AUTH_CHALLENGE: "auth.challenge", "MUST", "§7.2 step 12" 0 1299, "§7.2 step 11" 0 1199, "#sctn-verifying-assertion";
    AUTH_ORIGIN: "auth.origin", "MUST", "§7.2 step 13" 0 1399, "§7.2 step 12" 0 1299, "#rp-op-verifying-assertion-step-origin";
    AUTH_TOKEN_BINDING: "auth.token-binding", "MUST(L2)", "§7.2 step 14" 0 1499, "" 0 0, "#dom-collectedclientdata-tokenbinding";
    AUTH_CROSS_ORIGIN: "auth.cross-origin", "MUST(L3)", "" 0 0, "§7.2 step 13" 0 1399, "#sctn-verifying-assertion";
    AUTH_TOP_ORIGIN: "auth.top-origin", "MUST(L3)", "" 0 0, "§7.2 step 14" 0 1499, "#sctn-verifying-assertion";
    AUTH_RP_ID_HASH: "auth.rp-id-hash", "MUST", "§7.2 step 15" 0 1599, "§7.2 step 15" 0 1599, "#rp-op-verifying-assertion-step-rpid-hash";
    AUTH_UP: "auth.up", "MUST", "§7.2 step 16" 0 1699, "§7.2 step 16" 0 1699, "#sctn-verifying-assertion";
    AUTH_UV: "auth.uv", "MUST(if)", "§7.2 step 17" 0 1799, "§7.2 step 17" 0 1799, "#sctn-verifying-assertion";
    AUTH_BE_BS: "auth.be-bs", "MUST(L3)", "" 0 0, "§7.2 step 18" 0 1899, "#sctn-verifying-assertion";
    AUTH_BACKUP_STATE: "auth.backup-state", "MUST(if,L3)", "" 0 0, "§7.2 step 19" 0 1999, "#sctn-verifying-assertion";
    AUTH_CLIENT_DATA_HASH: "auth.client-data-hash", "SETUP", "§7.2 step 19" 0 1999, "§7.2 step 20" 0 2099, "#sctn-verifying-assertion";
    AUTH_SIGNATURE: "auth.signature", "MUST", "§7.2 step 20" 0 2099, "§7.2 step 21" 0 2199, "#sctn-verifying-assertion";
    AUTH_SIGN_COUNT: "auth.sign-count", "SIGNAL", "§7.2 step 21" 0 2199, "§7.2 step 22" 0 2299, "#sctn-verifying-assertion";
    AUTH_EXT: "auth.ext", "POLICY", "§7.2 step 18" 0 1899, "§7.2 step 23" 0 2399, "#authn-ceremony-verify-extension-outputs";
    AUTH_RECORD_UPDATE: "auth.record-update", "STATE", "§7.2 step 21" 0 2200, "§7.2 step 24" 0 2499, "#authn-ceremony-update-credential-record";
    AUTH_FINISH: "auth.finish", "STATE", "§7.2 step 22" 0 2299, "§7.2 step 25" 0 2599, "#sctn-verifying-assertion";
    ENV_JSON: "env.json", "MUST", "" 250 250, "" 250 250, "#sctn-parseCreationOptionsFromJSON";
    ENV_ID: "env.id", "MUST", "" 253 253, "" 253 253, "#iface-pkcredential";
    ENV_TYPE: "env.type", "MUST", "" 251 251, "" 251 251, "#iface-pkcredential";
    ENV_RESPONSE: "env.response", "MUST", "" 252 252, "" 252 252, "#iface-pkcredential";
    ENV_USER_HANDLE: "env.user-handle", "MUST", "" 0 254, "" 0 254, "#iface-authenticatorassertionresponse";
    ENV_ID_VS_AUTHDATA: "env.id-vs-authdata", "S", "" 1260 0, "" 1360 0, "#sctn-attested-credential-data";
    ENV_COPIES: "env.copies", "S", "" 255 0, "" 255 0, "#sctn-public-key-easy";
    ATT_OBJ_MAP: "att-obj.map", "MUST", "§7.1 step 12" 1202 0, "§7.1 step 13" 1302 0, "#sctn-generating-an-attestation-object";
    ATT_OBJ_FMT: "att-obj.fmt", "MUST", "§7.1 step 12" 1203 0, "§7.1 step 13" 1303 0, "#sctn-generating-an-attestation-object";
    ATT_OBJ_ATT_STMT: "att-obj.att-stmt", "MUST", "§7.1 step 12" 1204 0, "§7.1 step 13" 1304 0, "#sctn-generating-an-attestation-object";
    ATT_OBJ_AUTH_DATA: "att-obj.auth-data", "MUST", "§7.1 step 12" 1205 0, "§7.1 step 13" 1305 0, "#sctn-generating-an-attestation-object";
    ATT_OBJ_TRAILING: "att-obj.trailing", "S", "§7.1 step 12" 1228 0, "§7.1 step 13" 1328 0, "#sctn-generating-an-attestation-object";
    ATT_OBJ_CANONICAL: "att-obj.canonical", "S", "§7.1 step 12" 1229 0, "§7.1 step 13" 1329 0, "#sctn-conforming-all-classes";
    CBOR_WELLFORMED: "cbor.wellformed", "MUST", "§7.1 step 12" 1201 801, "§7.1 step 13" 1301 701, "#sctn-authenticator-data";
    CBOR_DUP_KEY: "cbor.dup-key", "MUST(key)", "§7.1 step 12" 1216 816, "§7.1 step 13" 1316 716, "#sctn-attested-credential-data";
    CBOR_CANONICAL: "cbor.canonical", "MUST(key)", "§7.1 step 12" 1217 817, "§7.1 step 13" 1317 717, "#sctn-attested-credential-data";
    AD_LEN: "ad.len", "MUST", "§7.1 step 12, §7.2 step 8" 1206 806, "§7.1 step 13, §7.2 step 7" 1306 706, "#sctn-authenticator-data";
    AD_RFU: "ad.rfu", "S", "§7.1 step 12, §7.2 step 8" 1207 807, "§7.1 step 13, §7.2 step 7" 1307 707, "#sctn-authenticator-data";
    AD_AT_REQUIRED: "ad.at-required", "MUST", "§7.1 step 12" 1208 0, "§7.1 step 13" 1308 0, "#sctn-authenticator-data";
    AD_AT_FORBIDDEN: "ad.at-forbidden", "MUST", "§7.2 step 8" 0 809, "§7.2 step 7" 0 709, "#sctn-authenticator-data";
    AD_ACD_TRUNCATED: "ad.acd.truncated", "MUST", "§7.1 step 12" 1210 0, "§7.1 step 13" 1310 0, "#sctn-attested-credential-data";
    AD_ACD_ID_EMPTY: "ad.acd.id-empty", "S", "§7.1 step 12" 1211 0, "§7.1 step 13" 1311 0, "#sctn-attested-credential-data";
    AD_ACD_ID_LEN: "ad.acd.id-len", "MUST(L3)", "§7.1 step 12" 1212 0, "§7.1 step 13" 1312 0, "#sctn-attested-credential-data";
    AD_EXT_MISSING: "ad.ext.missing", "MUST", "§7.1 step 12, §7.2 step 8" 1224 824, "§7.1 step 13, §7.2 step 7" 1324 724, "#sctn-authenticator-data";
    AD_EXT_MAP: "ad.ext.map", "MUST", "§7.1 step 12, §7.2 step 8" 1225 825, "§7.1 step 13, §7.2 step 7" 1325 725, "#sctn-authenticator-data";
    AD_EXT_EMPTY: "ad.ext.empty", "S", "§7.1 step 12, §7.2 step 8" 1226 826, "§7.1 step 13, §7.2 step 7" 1326 726, "#sctn-authenticator-data";
    AD_EXT_DUP_KEY: "ad.ext.dup-key", "S", "§7.1 step 12, §7.2 step 8" 1226 826, "§7.1 step 13, §7.2 step 7" 1326 726, "#sctn-conforming-all-classes";
    AD_EXT_CANONICAL: "ad.ext.canonical", "S", "§7.1 step 12, §7.2 step 8" 1226 826, "§7.1 step 13, §7.2 step 7" 1326 726, "#sctn-conforming-all-classes";
    AD_TRAILING: "ad.trailing", "MUST", "§7.1 step 12, §7.2 step 8" 1227 827, "§7.1 step 13, §7.2 step 7" 1327 727, "#sctn-authenticator-data";
    COSE_MAP: "cose.map", "MUST", "§7.1 step 12" 1213 0, "§7.1 step 13" 1313 0, "#sctn-attested-credential-data";
    COSE_REQUIRED: "cose.required", "MUST", "§7.1 step 12" 1214 0, "§7.1 step 13" 1314 0, "#sctn-attested-credential-data";
    COSE_OPTIONAL: "cose.optional", "MUST", "§7.1 step 12" 1215 0, "§7.1 step 13" 1315 0, "#sctn-attested-credential-data";
    COSE_ALG_KTY: "cose.alg-kty", "MUST", "§7.1 step 12" 1218 0, "§7.1 step 13" 1318 0, "#sctn-alg-identifier";
    COSE_CRV: "cose.crv", "MUST", "§7.1 step 12" 1219 0, "§7.1 step 13" 1319 0, "#sctn-alg-identifier";
    COSE_POINT_FORM: "cose.point-form", "MUST", "§7.1 step 12" 1220 0, "§7.1 step 13" 1320 0, "#sctn-alg-identifier";
    COSE_COORD_LEN: "cose.coord-len", "MUST", "§7.1 step 12" 1221 0, "§7.1 step 13" 1321 0, "#sctn-encoded-credPubKey-examples";
    COSE_ON_CURVE: "cose.on-curve", "MUST(note)", "§7.1 step 12" 1222 0, "§7.1 step 13" 1322 0, "#sctn-alg-identifier";
    COSE_RSA_KEY: "cose.rsa-key", "MUST(key)", "§7.1 step 12" 1222 0, "§7.1 step 13" 1322 0, "#sctn-attested-credential-data";
    COSE_RSA: "cose.rsa", "S", "§7.1 step 12" 1223 0, "§7.1 step 13" 1323 0, "#sctn-encoded-credPubKey-examples";
    SIG_DER: "sig.der", "MUST", "§7.2 step 20" 1902 2002, "§7.2 step 21" 2202 2102, "#sctn-signature-attestation-types";
    ATT_MEMBERS: "att.members", "S", "§8" 1901 0, "§8" 2201 0, "#sctn-defined-attestation-formats";
    ATT_PACKED_SYNTAX: "att.packed.syntax", "MUST", "§8.2 (1)" 1901 0, "§8.2 (1)" 2201 0, "#sctn-packed-attestation";
    ATT_PACKED_SIG: "att.packed.sig", "MUST", "§8.2 (2a)" 1904 0, "§8.2 (2a)" 2204 0, "#sctn-packed-attestation";
    ATT_PACKED_CERT_VERSION: "att.packed.cert.version", "MUST", "§8.2.1" 1905 0, "§8.2.1" 2205 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_SUBJECT_C: "att.packed.cert.subject-c", "MUST", "§8.2.1" 1906 0, "§8.2.1" 2206 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_SUBJECT_O: "att.packed.cert.subject-o", "MUST", "§8.2.1" 1907 0, "§8.2.1" 2207 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_SUBJECT_OU: "att.packed.cert.subject-ou", "MUST", "§8.2.1" 1908 0, "§8.2.1" 2208 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_SUBJECT_CN: "att.packed.cert.subject-cn", "MUST", "§8.2.1" 1909 0, "§8.2.1" 2209 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_AAGUID_CRITICAL: "att.packed.cert.aaguid-critical", "MUST", "§8.2.1" 1910 0, "§8.2.1" 2210 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_AAGUID_ENCODING: "att.packed.cert.aaguid-encoding", "MUST", "§8.2.1" 1911 0, "§8.2.1" 2211 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_CA: "att.packed.cert.ca", "MUST", "§8.2.1" 1912 0, "§8.2.1" 2212 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_FW_VERSION: "att.packed.cert.fw-version", "MUST(L3)", "" 0 0, "§8.2.1" 2213 0, "#sctn-packed-attestation-cert-requirements";
    ATT_PACKED_CERT_SERNUM: "att.packed.cert.sernum", "MUST(L3)", "" 0 0, "§8.2.2" 2214 0, "#sctn-enterprise-packed-attestation-cert-requirements";
    ATT_PACKED_AAGUID_MATCH: "att.packed.aaguid-match", "MUST(if)", "§8.2 (2c)" 1915 0, "§8.2 (2c)" 2215 0, "#sctn-packed-attestation";
    ATT_PACKED_SELF_ALG: "att.packed.self.alg", "MUST", "§8.2 (3a)" 1916 0, "§8.2 (3a)" 2216 0, "#sctn-packed-attestation";
    ATT_PACKED_SELF_SIG: "att.packed.self.sig", "MUST", "§8.2 (3b)" 1917 0, "§8.2 (3b)" 2217 0, "#sctn-packed-attestation";
    ATT_TPM_SYNTAX: "att.tpm.syntax", "MUST", "§8.3" 1901 0, "§8.3" 2201 0, "#sctn-tpm-attestation";
    ATT_TPM_VER: "att.tpm.ver", "MUST", "§8.3" 1904 0, "§8.3" 2204 0, "#sctn-tpm-attestation";
    ATT_TPM_PUB_AREA: "att.tpm.pub-area", "MUST", "§8.3" 1905 0, "§8.3" 2205 0, "#sctn-tpm-attestation";
    ATT_TPM_PUB_KEY: "att.tpm.pub-key", "MUST", "§8.3" 1906 0, "§8.3" 2206 0, "#sctn-tpm-attestation";
    ATT_TPM_X5C: "att.tpm.x5c", "MUST", "§8.3" 1912 0, "§8.3" 2207 0, "#sctn-tpm-attestation";
    ATT_TPM_CERT_VERSION: "att.tpm.cert.version", "MUST", "§8.3.1" 1914 0, "§8.3.1" 2208 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_CERT_SUBJECT: "att.tpm.cert.subject", "MUST", "§8.3.1" 1915 0, "§8.3.1" 2209 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_CERT_SAN: "att.tpm.cert.san", "MUST", "§8.3.1" 1916 0, "§8.3.1" 2210 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_CERT_VENDOR: "att.tpm.cert.vendor", "F/S", "" 1917 0, "" 2211 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_CERT_EKU: "att.tpm.cert.eku", "MUST", "§8.3.1" 1918 0, "§8.3.1" 2212 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_CERT_CA: "att.tpm.cert.ca", "MUST", "§8.3.1" 1919 0, "§8.3.1" 2213 0, "#sctn-tpm-cert-requirements";
    ATT_TPM_AAGUID_MATCH: "att.tpm.aaguid-match", "MUST(if)", "§8.3" 1920 0, "§8.3" 2214 0, "#sctn-tpm-attestation";
    ATT_TPM_SIG: "att.tpm.sig", "MUST", "§8.3" 1913 0, "§8.3" 2215 0, "#sctn-tpm-attestation";
    ATT_TPM_MAGIC: "att.tpm.magic", "MUST", "§8.3" 1908 0, "§8.3" 2216 0, "#sctn-tpm-attestation";
    ATT_TPM_TYPE: "att.tpm.type", "MUST", "§8.3" 1909 0, "§8.3" 2217 0, "#sctn-tpm-attestation";
    ATT_TPM_EXTRA_DATA: "att.tpm.extra-data", "MUST", "§8.3" 1910 0, "§8.3" 2218 0, "#sctn-tpm-attestation";
    ATT_TPM_NAME: "att.tpm.name", "MUST", "§8.3" 1911 0, "§8.3" 2219 0, "#sctn-tpm-attestation";
    ATT_TPM_CERT_INFO: "att.tpm.cert-info", "S", "§8.3" 1907 0, "§8.3" 2220 0, "#sctn-tpm-attestation";
    ATT_ANDROID_KEY_SYNTAX: "att.android-key.syntax", "MUST", "§8.4" 1901 0, "§8.4" 2201 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_SIG: "att.android-key.sig", "MUST", "§8.4" 1904 0, "§8.4" 2204 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_PUB_KEY: "att.android-key.pub-key", "MUST", "§8.4" 1905 0, "§8.4" 2205 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_KD: "att.android-key.kd", "MUST", "§8.4.1" 1906 0, "§8.4.1" 2206 0, "#sctn-key-attstn-cert-requirements";
    ATT_ANDROID_KEY_CHALLENGE: "att.android-key.challenge", "MUST", "§8.4" 1907 0, "§8.4" 2207 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_ALL_APPS: "att.android-key.all-apps", "MUST", "§8.4" 1908 0, "§8.4" 2208 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_ORIGIN: "att.android-key.origin", "MUST", "§8.4" 1909 0, "§8.4" 2209 0, "#sctn-android-key-attestation";
    ATT_ANDROID_KEY_PURPOSE: "att.android-key.purpose", "MUST", "§8.4" 1910 0, "§8.4" 2210 0, "#sctn-android-key-attestation";
    ATT_SAFETYNET_SYNTAX: "att.safetynet.syntax", "MUST", "§8.5" 1901 0, "§8.5 (deprecated)" 2201 0, "#sctn-android-safetynet-attestation";
    ATT_SAFETYNET_NONCE: "att.safetynet.nonce", "MUST", "§8.5" 1904 0, "§8.5" 2204 0, "#sctn-android-safetynet-attestation";
    ATT_SAFETYNET_SOURCE: "att.safetynet.source", "MUST", "§8.5" 1905 0, "§8.5" 2205 0, "#sctn-android-safetynet-attestation";
    ATT_SAFETYNET_CTS: "att.safetynet.cts", "F", "" 1906 0, "" 2206 0, "#sctn-android-safetynet-attestation";
    ATT_U2F_SYNTAX: "att.u2f.syntax", "MUST", "§8.6 (1)" 1901 0, "§8.6 (1)" 2201 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_X5C_ONE: "att.u2f.x5c-one", "MUST", "§8.6 (2)" 1904 0, "§8.6 (2)" 2204 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_CERT_P256: "att.u2f.cert-p256", "MUST", "§8.6 (2)" 1905 0, "§8.6 (2)" 2205 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_X: "att.u2f.x", "MUST", "§8.6 (4)" 1906 0, "§8.6 (4)" 2206 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_Y: "att.u2f.y", "MUST", "§8.6 (4)" 1907 0, "§8.6 (4)" 2207 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_SIG: "att.u2f.sig", "MUST", "§8.6 (6)" 1908 0, "§8.6 (6)" 2208 0, "#sctn-fido-u2f-attestation";
    ATT_U2F_AAGUID_ZERO: "att.u2f.aaguid-zero", "F", "" 1909 0, "" 2209 0, "#sctn-fido-u2f-attestation";
    ATT_NONE_EMPTY: "att.none.empty", "MUST(CDDL)", "§8.7" 1903 0, "§8.7" 2203 0, "#sctn-none-attestation";
    ATT_APPLE_SYNTAX: "att.apple.syntax", "MUST", "§8.8 (1)" 1901 0, "§8.8 (1)" 2201 0, "#sctn-apple-anonymous-attestation";
    ATT_APPLE_NONCE: "att.apple.nonce", "MUST", "§8.8 (4)" 1904 0, "§8.8 (4)" 2204 0, "#sctn-apple-anonymous-attestation";
    ATT_APPLE_PUB_KEY: "att.apple.pub-key", "MUST", "§8.8 (5)" 1905 0, "§8.8 (5)" 2205 0, "#sctn-apple-anonymous-attestation";
    ATT_COMPOUND_SYNTAX: "att.compound.syntax", "MUST(L3)", "" 0 0, "§8.9" 2201 0, "#sctn-compound-attestation";
    ATT_COMPOUND_NESTED: "att.compound.nested", "MUST(L3)", "" 0 0, "§8.9" 2204 0, "#sctn-compound-attestation";
    ATT_COMPOUND_SUB: "att.compound.sub", "POLICY", "" 0 0, "§8.9 (1)" 2205 0, "#sctn-compound-attestation";
    ATT_COMPOUND_ENOUGH: "att.compound.enough", "POLICY", "" 0 0, "§8.9 (2)" 2206 0, "#sctn-compound-attestation";
    CHAIN_BUILD: "chain.build", "MUST", "§7.1 step 21" 2103 0, "§7.1 step 24" 2403 0, "#reg-ceremony-assess-trust";
    CHAIN_VALIDITY: "chain.validity", "MUST", "§7.1 step 21" 2105 0, "§7.1 step 24" 2405 0, "#reg-ceremony-assess-trust";
    CHAIN_CA: "chain.ca", "MUST", "§7.1 step 21" 2106 0, "§7.1 step 24" 2406 0, "#reg-ceremony-assess-trust";
    CHAIN_NAME_SIG: "chain.name-sig", "MUST", "§7.1 step 21" 2104 0, "§7.1 step 24" 2404 0, "#reg-ceremony-assess-trust";
    CHAIN_REVOKED: "chain.revoked", "MUST/POLICY", "§7.1 step 21" 2107 0, "§7.1 step 24" 2407 0, "#sctn-revoked-attestation-certificates";
    CHAIN_LEAF_ANCHOR: "chain.leaf-anchor", "MUST", "§7.1 step 21" 2108 0, "§7.1 step 24" 2408 0, "#reg-ceremony-assess-trust";
    CHAIN_ROOT_INCLUDED: "chain.root-included", "F", "" 2109 0, "" 2409 0, "#reg-ceremony-assess-trust";
    CHAIN_ORDER: "chain.order", "F/S", "" 2110 0, "" 2410 0, "#sctn-packed-attestation";
    MDS_JWS_COMPACT: "mds.jws.compact", "MUST", "MDS §3.1.7" 2001 0, "MDS §3.1.7" 2301 0, "";
    MDS_JWS_ALG: "mds.jws.alg", "MUST", "MDS §3.1.7" 2002 0, "MDS §3.1.7" 2302 0, "";
    MDS_JWS_X5U_ORIGIN: "mds.jws.x5u-origin", "MUST", "MDS §3.2 (4.1)" 2003 0, "MDS §3.2 (4.1)" 2303 0, "";
    MDS_JWS_CHAIN_SOURCE: "mds.jws.chain-source", "MUST", "MDS §3.2 (5)" 2004 0, "MDS §3.2 (5)" 2304 0, "";
    MDS_JWS_CHAIN: "mds.jws.chain", "MUST", "MDS §3.2 (4.2)" 2005 0, "MDS §3.2 (4.2)" 2305 0, "";
    MDS_JWS_CHAIN_REVOKED: "mds.jws.chain-revoked", "MUST", "MDS §3.2 (4.2/4.iii)" 2006 0, "MDS §3.2 (4.2/4.iii)" 2306 0, "";
    MDS_JWS_LEAF_NAME: "mds.jws.leaf-name", "S", "" 2007 0, "" 2307 0, "";
    MDS_JWS_SIGNATURE: "mds.jws.signature", "MUST", "MDS §3.2 (6)" 2008 0, "MDS §3.2 (6)" 2308 0, "";
    MDS_NO_ROLLBACK: "mds.no-rollback", "SHOULD", "MDS §3.2 (6)" 2009 0, "MDS §3.2 (6)" 2309 0, "";
    MDS_NEXT_UPDATE: "mds.next-update", "SHOULD", "MDS §3.2 (3)" 2010 0, "MDS §3.2 (3)" 2310 0, "";
    MDS_LEGAL_HEADER: "mds.legal-header", "MUST(publisher)", "MDS §3.1.6" 2011 0, "MDS §3.1.6" 2311 0, "";
    MDS_CACHE: "mds.cache", "MAY", "MDS §3.2 (7)" 2012 0, "MDS §3.2 (7)" 2312 0, "";
    MDS_ENTRY_IDENTITY: "mds.entry.identity", "MUST", "MDS §3.1.1" 2013 0, "MDS §3.1.1" 2313 0, "";
    MDS_ENTRY_ACKI: "mds.entry.acki", "MUST", "MDS §3.1.1" 2014 0, "MDS §3.1.1" 2314 0, "";
    MDS_ENTRY_ZERO_AAGUID: "mds.entry.zero-aaguid", "S", "" 2015 0, "" 2315 0, "";
    MDS_ENTRY_AAGUID_CONSISTENT: "mds.entry.aaguid-consistent", "S", "" 2016 0, "" 2316 0, "";
    MDS_ENTRY_RELEVANCE: "mds.entry.relevance", "MAY", "MDS §3.2 (8.1)" 2017 0, "MDS §3.2 (8.1)" 2317 0, "";
    MDS_ENTRY_STATUS_CHANGE: "mds.entry.status-change", "MUST", "MDS §3.2 (8.2)" 2018 0, "MDS §3.2 (8.2)" 2318 0, "";
    MDS_ENTRY_STATEMENT: "mds.entry.statement", "MUST", "MDS §3.2 (8.3)" 2019 0, "MDS §3.2 (8.3)" 2319 0, "";
    MDS_ENTRY_ROGUE_LIST: "mds.entry.rogue-list", "MUST(if)", "MDS §3.1.1" 2020 0, "MDS §3.1.1" 2320 0, "";
    MDS_STATUS_LATEST: "mds.status.latest", "MUST", "MDS §3.1.3" 2021 0, "MDS §3.1.3" 2321 0, "";
    MDS_STATUS_EFFECTIVE: "mds.status.effective", "MUST", "MDS §3.1.3" 2022 0, "MDS §3.1.3" 2322 0, "";
    MDS_STATUS_UNKNOWN: "mds.status.unknown", "MUST", "MDS §3.1.4" 2023 0, "MDS §3.1.4" 2323 0, "";
    MDS_STATUS_REVOKED: "mds.status.revoked", "SHOULD", "MDS §3.1.4" 2024 0, "MDS §3.1.4" 2324 0, "";
    MDS_STATUS_RETIRED: "mds.status.retired", "SHOULD", "MDS §3.1.4" 2025 0, "MDS §3.1.4" 2325 0, "";
    MDS_STATUS_ATT_KEY_COMPROMISE: "mds.status.att-key-compromise", "SHOULD", "MDS §3.1.4" 2026 0, "MDS §3.1.4" 2326 0, "";
    MDS_STATUS_UV_BYPASS: "mds.status.uv-bypass", "POLICY", "MDS §3.1.4" 2027 0, "MDS §3.1.4" 2327 0, "";
    MDS_STATUS_REMOTE_COMPROMISE: "mds.status.remote-compromise", "POLICY", "MDS §3.1.4" 2028 0, "MDS §3.1.4" 2328 0, "";
    MDS_STATUS_PHYSICAL_COMPROMISE: "mds.status.physical-compromise", "POLICY", "MDS §3.1.4" 2029 0, "MDS §3.1.4" 2329 0, "";
    MDS_STATUS_UPDATE_AVAILABLE: "mds.status.update-available", "MUST", "MDS §3.1.4" 2030 0, "MDS §3.1.4" 2330 0, "";
    MDS_STATUS_CERTIFIED: "mds.status.certified", "INFO", "MDS §3.1.4" 2031 0, "MDS §3.1.4" 2331 0, "";
    MDS_STATUS_CERT_FIELDS: "mds.status.cert-fields", "INFO", "MDS §3.1.3" 2032 0, "MDS §3.1.3" 2332 0, "";
    MDS_STATUS_FIPS: "mds.status.fips", "MUST(3.1)", "MDS §3.1.3/3.1.4" 2033 0, "MDS §3.1.3/3.1.4" 2333 0, "";
    MDS_STMT_ROOTS: "mds.stmt.roots", "MUST", "MDS statement" 2034 0, "MDS statement" 2334 0, "";
    MDS_STMT_ATT_TYPES: "mds.stmt.att-types", "MUST(F)", "MDS statement" 2035 0, "MDS statement" 2335 0, "";
    MDS_STMT_ALGS: "mds.stmt.algs", "MUST(F)", "MDS statement" 2036 0, "MDS statement" 2336 0, "";
    MDS_STMT_VERSION: "mds.stmt.version", "POLICY", "MDS statement" 2037 0, "MDS statement" 2337 0, "";
    MDS_STMT_MULTI_DEVICE: "mds.stmt.multi-device", "POLICY", "MDS statement 3.1" 2038 0, "MDS statement 3.1" 2338 0, "";
    MDS_STMT_UNKNOWN_FIELDS: "mds.stmt.unknown-fields", "S", "" 2039 0, "" 2339 0, "";
}

/// The step with this identifier.
#[must_use]
pub fn step(id: &str) -> Option<&'static StepInfo> {
    STEPS.iter().copied().find(|step| step.id == id)
}

/// The numbered steps of a ceremony, which stand together: a trace tells of each.
pub(crate) fn numbered(kind: Kind) -> impl Iterator<Item = &'static StepInfo> {
    let prefix = match kind {
        Kind::Registration => "reg.",
        Kind::Authentication => "auth.",
    };
    let is_numbered = move |step: &&StepInfo| step.id.starts_with(prefix);
    let from = STEPS
        .iter()
        .copied()
        .skip_while(move |step| !is_numbered(step));
    from.take_while(is_numbered)
}

#[cfg(test)]
mod tests;
