//! The rules of the Metadata Service by name: the whole BLOB first, then its entries. They stand in
//! `rules.json`, with their words.

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

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
