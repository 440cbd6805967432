//! Whole ceremonies, replayed.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod instrument;
#[cfg(test)]
mod not_evaluated;
