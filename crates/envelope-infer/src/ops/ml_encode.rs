//! `ai.onnx.ml`: categories, labels and maps become numbers, and numbers become them again.

mod category;
mod columns;
mod label;
mod map;

use crate::operator::Entry;

/// The operators of this family.
pub(super) const ENTRIES: &[Entry] = &[
    Entry::ml("ArrayFeatureExtractor", columns::extract),
    Entry::ml("Binarizer", columns::binarizer),
    Entry::ml("CastMap", map::cast),
    Entry::ml("CategoryMapper", category::mapper),
    Entry::ml("DictVectorizer", map::vectorizer),
    Entry::ml("FeatureVectorizer", columns::vectorizer),
    Entry::ml("Imputer", columns::imputer),
    Entry::ml("LabelEncoder", label::by_position),
    Entry {
        domain: "ai.onnx.ml",
        name: "LabelEncoder",
        since: 2,
        build: label::by_key,
    },
    Entry::ml("OneHotEncoder", category::one_hot),
    Entry::ml("ZipMap", map::zip),
];
