//! The rules of the Metadata Service by name: the whole BLOB first, then its entries.

/// A rule of the Metadata Service, as every trace names it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Identifier, e.g. `mds.jws.chain`.
    pub id: &'static str,
    /// Section of the Metadata Service's specification, `stmt` for that of its statements; empty
    /// for our own.
    pub reference: &'static str,
    /// Class, e.g. `MUST` or `S`.
    pub class: &'static str,
}

macro_rules! rules {
    ($($name:ident: $id:literal, $reference:literal, $class:literal;)*) => {
        $(
            pub(crate) static $name: Rule = Rule {
                id: $id,
                reference: $reference,
                class: $class,
            };
        )*
        /// Every rule, in the order in which a trace tells of them.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    JWS_COMPACT: "mds.jws.compact", "3.1.7", "MUST";
    JWS_ALG: "mds.jws.alg", "3.1.7", "MUST";
    JWS_X5U_ORIGIN: "mds.jws.x5u-origin", "3.2 (4.1)", "MUST";
    JWS_CHAIN_SOURCE: "mds.jws.chain-source", "3.2 (5)", "MUST";
    JWS_CHAIN: "mds.jws.chain", "3.2 (4.2)", "MUST";
    JWS_CHAIN_REVOKED: "mds.jws.chain-revoked", "3.2 (4.2/4.iii)", "MUST";
    JWS_LEAF_NAME: "mds.jws.leaf-name", "", "S";
    JWS_SIGNATURE: "mds.jws.signature", "3.2 (6)", "MUST";
    NO_ROLLBACK: "mds.no-rollback", "3.2 (6)", "SHOULD";
    NEXT_UPDATE: "mds.next-update", "3.2 (3)", "SHOULD";
    LEGAL_HEADER: "mds.legal-header", "3.1.6", "MUST(publisher)";
    CACHE: "mds.cache", "3.2 (7)", "MAY";
    ENTRY_IDENTITY: "mds.entry.identity", "3.1.1", "MUST";
    ENTRY_ACKI: "mds.entry.acki", "3.1.1", "MUST";
    ENTRY_ZERO_AAGUID: "mds.entry.zero-aaguid", "", "S";
    ENTRY_AAGUID_CONSISTENT: "mds.entry.aaguid-consistent", "", "S";
    ENTRY_RELEVANCE: "mds.entry.relevance", "3.2 (8.1)", "MAY";
    ENTRY_STATUS_CHANGE: "mds.entry.status-change", "3.2 (8.2)", "MUST";
    ENTRY_STATEMENT: "mds.entry.statement", "3.2 (8.3)", "MUST";
    ENTRY_ROGUE_LIST: "mds.entry.rogue-list", "3.1.1", "MUST(if)";
    STATUS_LATEST: "mds.status.latest", "3.1.3", "MUST";
    STATUS_EFFECTIVE: "mds.status.effective", "3.1.3", "MUST";
    STATUS_UNKNOWN: "mds.status.unknown", "3.1.4", "MUST";
    STATUS_REVOKED: "mds.status.revoked", "3.1.4", "SHOULD";
    STATUS_RETIRED: "mds.status.retired", "3.1.4", "SHOULD";
    STATUS_ATT_KEY_COMPROMISE: "mds.status.att-key-compromise", "3.1.4", "SHOULD";
    STATUS_UV_BYPASS: "mds.status.uv-bypass", "3.1.4", "POLICY";
    STATUS_REMOTE_COMPROMISE: "mds.status.remote-compromise", "3.1.4", "POLICY";
    STATUS_PHYSICAL_COMPROMISE: "mds.status.physical-compromise", "3.1.4", "POLICY";
    STATUS_UPDATE_AVAILABLE: "mds.status.update-available", "3.1.4", "MUST";
    STATUS_CERTIFIED: "mds.status.certified", "3.1.4", "INFO";
    STATUS_CERT_FIELDS: "mds.status.cert-fields", "3.1.3", "INFO";
    STATUS_FIPS: "mds.status.fips", "3.1.3/3.1.4", "MUST(3.1)";
    STMT_ROOTS: "mds.stmt.roots", "stmt", "MUST";
    STMT_ATT_TYPES: "mds.stmt.att-types", "stmt", "MUST(F)";
    STMT_ALGS: "mds.stmt.algs", "stmt", "MUST(F)";
    STMT_VERSION: "mds.stmt.version", "stmt", "POLICY";
    STMT_MULTI_DEVICE: "mds.stmt.multi-device", "stmt 3.1", "POLICY";
    STMT_UNKNOWN_FIELDS: "mds.stmt.unknown-fields", "", "S";
}
