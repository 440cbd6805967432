//! RSA keys made of committed primes, and signatures with them (RFC 8017).
//!
//! The test instrument signs with SHA-1 and with salts of its choice, which no library offers; the
//! numbers are small enough to do it here. Nothing is secret, so nothing is constant in time.

use aws_lc_rs::digest;
use num_bigint::BigUint;

use super::Seed;
use crate::algorithm::Hash;

/// Primes of 1024 and of 512 bits, big-endian, one after the other.
const PRIMES_1024: &[u8] = include_bytes!("../../assets/rsa-primes-1024.bin");
const PRIMES_512: &[u8] = include_bytes!("../../assets/rsa-primes-512.bin");
const EXPONENT: u32 = 65537;

/// An RSA key pair in the form of the Chinese remainder theorem.
#[derive(Clone)]
pub(crate) struct RsaKey {
    n: BigUint,
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    q_inverse: BigUint,
}

/// Length of a modulus.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    Bits2048,
    Bits1024,
}

impl RsaKey {
    /// The key of two primes that belong to `label`; 66 keys of 2048 bits and 6 of 1024 there are.
    pub(crate) fn derive(seed: &Seed, label: &str, size: Size) -> Self {
        let mut attempt = 0_u32;
        loop {
            let [first, second, ..] = seed.bytes(&format!("rsa/{label}/{attempt}"));
            if let Some(key) = Self::of(prime(first, size), prime(second, size)) {
                return key;
            }
            attempt = attempt.wrapping_add(1);
        }
    }

    /// `None` for equal primes.
    fn of(first: BigUint, second: BigUint) -> Option<Self> {
        let (p, q) = (first.clone().max(second.clone()), first.min(second));
        let e = BigUint::from(EXPONENT);
        let inverse = |prime: &BigUint| e.modinv(&(prime - 1_u32));
        Some(Self {
            dp: inverse(&p)?,
            dq: inverse(&q)?,
            // Equal primes have no inverse.
            q_inverse: q.modinv(&p)?,
            n: &p * &q,
            p,
            q,
        })
    }

    /// The key of two primes of equal length, one after the other.
    pub(crate) fn from_primes(both: &[u8]) -> Option<Self> {
        let (first, second) = both.split_at_checked(both.len() / 2)?;
        // Less than two numbers above 1 divide by nothing.
        let [first, second] = [first, second].map(BigUint::from_bytes_be);
        let one = BigUint::from(1_u32);
        (first > one && second > one).then_some(())?;
        Self::of(first, second)
    }

    /// The two primes, at equal length.
    pub(crate) fn primes(&self) -> Vec<u8> {
        let [p, q] = [&self.p, &self.q].map(BigUint::to_bytes_be);
        let length = p.len().max(q.len());
        let padded = [&p, &q].map(|prime| {
            let mut padded = vec![0; length.saturating_sub(prime.len())];
            padded.extend_from_slice(prime);
            padded
        });
        padded.concat()
    }

    pub(crate) fn modulus(&self) -> Vec<u8> {
        self.n.to_bytes_be()
    }

    pub(crate) fn exponent() -> Vec<u8> {
        BigUint::from(EXPONENT).to_bytes_be()
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1, §9.2).
    pub(crate) fn sign_pkcs1(&self, hash: Hash, message: &[u8]) -> Vec<u8> {
        let info = [hash.digest_info(), hash.of(&[message]).as_ref()].concat();
        let length = self.modulus().len();
        let mut block = vec![0, 1];
        block.resize(length.saturating_sub(info.len() + 1), 0xff);
        block.push(0);
        block.extend(info);
        self.private(&block)
    }

    /// RSASSA-PSS (RFC 8017 §8.1.1, §9.1.1) with `salt`, and MGF1 with its own hash.
    pub(crate) fn sign_pss(&self, hash: Hash, mask: Hash, salt: &[u8], message: &[u8]) -> Vec<u8> {
        let inner = hash.of(&[message]);
        let digest = hash.of(&[&[0; 8], inner.as_ref(), salt]);
        let length = self.modulus().len();
        let mut block = vec![0; length.saturating_sub(digest.as_ref().len() + salt.len() + 2)];
        block.push(1);
        block.extend(salt);
        for (byte, bit) in block.iter_mut().zip(mask.stream(digest.as_ref())) {
            *byte ^= bit;
        }
        if let Some(first) = block.first_mut() {
            *first &= 0x7f;
        }
        block.extend(digest.as_ref());
        block.push(0xbc);
        self.private(&block)
    }

    fn private(&self, block: &[u8]) -> Vec<u8> {
        let message = BigUint::from_bytes_be(block);
        let by_p = message.modpow(&self.dp, &self.p);
        let by_q = message.modpow(&self.dq, &self.q);
        let difference = (&by_p + &self.p - (&by_q % &self.p)) * &self.q_inverse % &self.p;
        let bytes = (by_q + difference * &self.q).to_bytes_be();
        let mut signature = vec![0; self.modulus().len().saturating_sub(bytes.len())];
        signature.extend(bytes);
        signature
    }
}

fn prime(pick: u8, size: Size) -> BigUint {
    let (primes, length) = match size {
        Size::Bits2048 => (PRIMES_1024, 128),
        Size::Bits1024 => (PRIMES_512, 64),
    };
    let at = usize::from(pick) % (primes.len() / length);
    let bytes = primes.chunks(length).nth(at).unwrap_or_default();
    BigUint::from_bytes_be(bytes)
}

impl Hash {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// Length in bytes.
    pub(crate) fn len(self) -> usize {
        self.algorithm().output_len()
    }

    pub(crate) fn of(self, parts: &[&[u8]]) -> digest::Digest {
        let mut context = digest::Context::new(self.algorithm());
        for part in parts {
            context.update(part);
        }
        context.finish()
    }

    /// The `DigestInfo` before the digest (RFC 8017 §9.2, note 1).
    fn digest_info(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
            Self::Sha256 => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            Self::Sha384 => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            Self::Sha512 => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        }
    }

    /// MGF1 (RFC 8017 §B.2.1), or a salt: as many bytes as are asked for.
    pub(crate) fn stream(self, seed: &[u8]) -> impl Iterator<Item = u8> {
        (0_u32..)
            .flat_map(move |counter| self.of(&[seed, &counter.to_be_bytes()]).as_ref().to_vec())
    }
}
