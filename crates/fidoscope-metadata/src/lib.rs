//! FIDO Metadata Service: opens and checks a BLOB, looks up a model.
