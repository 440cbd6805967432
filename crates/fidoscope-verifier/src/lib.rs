//! The reference relying party: a ceremony in, the ordered verdict of every step out.
