//! Signals: Fourier transforms, windows, mel scales.

mod fft;
mod fourier;
mod mel;
mod window;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::since("BlackmanWindow", 17, |facts| {
        window::build(facts, window::blackman)
    }),
    Entry::since("DFT", 17, fourier::by_attribute),
    Entry::since("DFT", 20, fourier::by_input),
    Entry::since("HammingWindow", 17, |facts| {
        window::build(facts, window::hamming)
    }),
    Entry::since("HannWindow", 17, |facts| window::build(facts, window::hann)),
    Entry::since("MelWeightMatrix", 17, mel::build),
    Entry::since("STFT", 17, fourier::short_time),
];
