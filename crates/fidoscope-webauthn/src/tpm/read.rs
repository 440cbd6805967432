//! Reading big-endian members one after the other.

use super::{TpmProblem, algorithm};

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn u8(&mut self, member: &'static str) -> Result<u8, TpmProblem> {
        self.array::<1>(member).map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self, member: &'static str) -> Result<u16, TpmProblem> {
        self.array(member).map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self, member: &'static str) -> Result<u32, TpmProblem> {
        self.array(member).map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self, member: &'static str) -> Result<u64, TpmProblem> {
        self.array(member).map(u64::from_be_bytes)
    }

    /// A `TPM2B`: a length of two bytes and as many bytes.
    pub(super) fn sized(&mut self, member: &'static str) -> Result<&'a [u8], TpmProblem> {
        let length = self.u16(member)?;
        self.take(member, usize::from(length))
    }

    /// `TPMT_SYM_DEF_OBJECT`: an algorithm, then what it takes.
    pub(super) fn symmetric(&mut self) -> Result<(), TpmProblem> {
        let details = match self.u16("symmetric")? {
            algorithm::NULL => 0,
            algorithm::XOR => 2,
            _ => 4,
        };
        self.take("symmetric", details).map(drop)
    }

    /// A scheme of signatures or key derivation: an algorithm, then the hash that most take.
    pub(super) fn scheme(&mut self, member: &'static str) -> Result<u16, TpmProblem> {
        let scheme = self.u16(member)?;
        let details = match scheme {
            algorithm::NULL | algorithm::RSAES => 0,
            algorithm::ECDAA => 4,
            _ => 2,
        };
        self.take(member, details)?;
        Ok(scheme)
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), TpmProblem> {
        match self.bytes.len() - self.offset {
            0 => Ok(()),
            count => Err(TpmProblem::Trailing {
                offset: self.offset,
                count,
            }),
        }
    }

    fn array<const N: usize>(&mut self, member: &'static str) -> Result<[u8; N], TpmProblem> {
        let bytes = self.take(member, N)?;
        bytes.try_into().map_err(|_| self.truncated(member, N))
    }

    fn take(&mut self, member: &'static str, needed: usize) -> Result<&'a [u8], TpmProblem> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let Some((taken, _)) = rest.split_at_checked(needed) else {
            return Err(self.truncated(member, needed));
        };
        self.offset += needed;
        Ok(taken)
    }

    fn truncated(&self, member: &'static str, needed: usize) -> TpmProblem {
        TpmProblem::Truncated {
            member,
            offset: self.offset,
            needed,
            left: self.bytes.len().saturating_sub(self.offset),
        }
    }
}
