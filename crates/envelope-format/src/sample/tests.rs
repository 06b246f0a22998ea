//! Samples of both origins, in tables of cases.
