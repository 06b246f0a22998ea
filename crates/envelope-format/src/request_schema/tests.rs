//! Schemas against bodies that are right and wrong, in tables of cases.
