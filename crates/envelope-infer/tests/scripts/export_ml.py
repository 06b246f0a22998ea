"""Trains small models with scikit-learn, XGBoost and LightGBM, exports them to ONNX, and records
the inputs beside what the library itself predicts.

    python -m venv venv
    venv/bin/pip install scikit-learn skl2onnx xgboost lightgbm onnxmltools onnx onnxruntime
    venv/bin/python export_ml.py ../fixtures/ml

Each case is a folder with `model.onnx` and `case.json`: the inputs by name, the outputs that are
expected by name, and how far the answers of onnxruntime were from them when this was recorded.
A model with `zipmap` returns maps: they are recorded as a list of objects.
"""

import json
import shutil
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime
import pandas
import xgboost
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloatTensorType
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

OPSETS = {"": 17, "ai.onnx.ml": 3}
rng = np.random.default_rng(7)


def features(rows, columns=5):
    """Numbers with few digits, the same in 32 and 64 bits, so that no threshold is ambiguous."""
    return (np.round(rng.normal(size=(rows, columns)) * 64) / 64).astype(np.float32)


TRAIN, TEST = features(160), features(12)
SIGNAL = TRAIN[:, 0] + TRAIN[:, 1] * TRAIN[:, 2]
BINARY = (SIGNAL > 0).astype(np.int64)
THREE = np.digitize(SIGNAL, [-0.6, 0.6]).astype(np.int64)
NAMES = np.array(["low", "middle", "high"])[THREE]
TARGET = (SIGNAL + 0.1 * TRAIN[:, 3]).astype(np.float32)
TARGETS = np.stack([TARGET, TRAIN[:, 4] - TARGET], axis=1)
MISSING_TRAIN, MISSING_TEST = TRAIN.copy(), TEST.copy()
MISSING_TRAIN[rng.random(TRAIN.shape) < 0.15] = np.nan
MISSING_TEST[rng.random(TEST.shape) < 0.2] = np.nan


def plain(array):
    """What JSON can hold: NaN becomes null."""
    array = np.asarray(array)
    if array.dtype.kind == "f":
        return [None if np.isnan(v) else float(v) for v in array.ravel()]
    return [str(v) if array.dtype.kind in "OU" else int(v) for v in array.ravel()]


def tensor(array):
    array = np.asarray(array)
    kind = "string" if array.dtype.kind in "OU" else str(array.dtype)
    return {"type": kind, "shape": list(array.shape), "values": plain(array)}


def recorded(value):
    if isinstance(value, list):
        keys = [list(one) for one in value]
        return {"maps": [{"keys": k, "values": plain(list(v.values()))} for k, v in zip(keys, value)]}
    return tensor(value)


def distance(found, expected):
    if isinstance(found, list):
        found = np.array([[row[key] for key in sorted(row)] for row in found])
        expected = np.array([[row[key] for key in sorted(row)] for row in expected])
    if np.asarray(found).dtype.kind in "OUi":
        return float((np.asarray(found) != np.asarray(expected)).mean())
    return float(np.abs(np.asarray(found, np.float64).ravel() - np.asarray(expected).ravel()).max())


def record(folder, name, model, inputs, expected):
    """Writes a case, and says how far onnxruntime is from the library."""
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    answers = session.run(None, inputs)
    far = {n: distance(a, e) for n, a, e in zip(names, answers, expected)}
    case = folder / name
    case.mkdir(parents=True)
    (case / "model.onnx").write_bytes(data)
    content = {
        "inputs": {key: tensor(value) for key, value in inputs.items()},
        "outputs": {n: recorded(e) for n, e in zip(names, expected)},
        "onnxruntime_is_off_by": far,
    }
    (case / "case.json").write_text(json.dumps(content) + "\n")
    print(f"{name}: {len(data)} bytes, {far}")


def classifier(folder, name, model, labels, *, train=TRAIN, test=TEST, zipmap=False, **options):
    model.fit(train, labels)
    kind = DoubleTensorType if test.dtype == np.float64 else FloatTensorType
    exported = convert_sklearn(
        model,
        initial_types=[("X", kind([None, test.shape[1]]))],
        options={id(model): {"zipmap": zipmap, **options}},
        target_opset=OPSETS,
    )
    library_test = test.astype(np.float64)
    if options.get("raw_scores"):
        scores = model.decision_function(library_test)
        if scores.ndim == 1:
            scores = np.stack([-scores, scores], axis=1)
    else:
        scores = model.predict_proba(library_test)
    chosen = model.predict(library_test)
    if zipmap:
        scores = [dict(zip(model.classes_.tolist(), row)) for row in scores]
    record(folder, name, exported, {"X": test}, [chosen, scores])


def regressor(folder, name, model, target=TARGET, *, train=TRAIN, test=TEST):
    model.fit(train, target)
    kind = DoubleTensorType if test.dtype == np.float64 else FloatTensorType
    exported = convert_sklearn(
        model, initial_types=[("X", kind([None, test.shape[1]]))], target_opset=OPSETS
    )
    answer = model.predict(test.astype(np.float64))
    record(folder, name, exported, {"X": test}, [answer.reshape(len(test), -1)])


def linear_and_kernels(folder):
    classifier(folder, "logistic_binary", LogisticRegression(), BINARY)
    classifier(folder, "logistic_binary_zipmap", LogisticRegression(), BINARY, zipmap=True)
    classifier(folder, "logistic_names_zipmap", LogisticRegression(), NAMES, zipmap=True)
    classifier(folder, "sgd", SGDClassifier(loss="log_loss", random_state=0), THREE)
    classifier(folder, "svc_binary", SVC(probability=True, random_state=0), BINARY)
    classifier(folder, "svc_three_poly", SVC(kernel="poly", probability=True, random_state=0), NAMES)
    classifier(
        folder,
        "svc_scores",
        SVC(kernel="sigmoid", decision_function_shape="ovr"),
        THREE,
        raw_scores=True,
    )
    regressor(folder, "svr", SVR())
    regressor(folder, "linear_two_targets", LinearRegression(), TARGETS)
    classifier(folder, "bayes", GaussianNB(), THREE)
    classifier(
        folder, "perceptron", MLPClassifier((6,), max_iter=300, random_state=0), THREE
    )


def trees(folder):
    small = {"max_depth": 4, "random_state": 0}
    classifier(folder, "tree", DecisionTreeClassifier(**small), NAMES)
    regressor(folder, "tree_regressor", DecisionTreeRegressor(**small))
    forest = {"n_estimators": 6, **small}
    classifier(folder, "forest_binary", RandomForestClassifier(**forest), BINARY + 4)
    classifier(folder, "forest_names_zipmap", RandomForestClassifier(**forest), NAMES, zipmap=True)
    classifier(folder, "extra_trees", ExtraTreesClassifier(**forest), THREE)
    regressor(folder, "forest_regressor", RandomForestRegressor(**forest))
    regressor(folder, "forest_two_targets", RandomForestRegressor(**forest), TARGETS)
    boosting = {"n_estimators": 8, "max_depth": 2, "random_state": 0}
    classifier(folder, "boosting_binary", GradientBoostingClassifier(**boosting), BINARY)
    classifier(folder, "boosting_three", GradientBoostingClassifier(**boosting), THREE)
    regressor(folder, "boosting_regressor", GradientBoostingRegressor(**boosting))
    wide = TEST.astype(np.float64)
    classifier(folder, "forest_double", RandomForestClassifier(**forest), THREE, test=wide)


def isolation(folder):
    model = IsolationForest(n_estimators=4, max_samples=16, random_state=0).fit(TRAIN)
    opsets = {"": 17, "ai.onnx.ml": 3}
    exported = to_onnx(model, TEST[:1], target_opset=opsets)
    answers = [model.predict(TEST)[:, None], model.decision_function(TEST)[:, None]]
    record(folder, "isolation_forest", exported, {"X": TEST}, answers)


def pipelines(folder):
    columns = {
        "age": np.round(rng.normal(40, 9, size=(120, 1))).astype(np.float32),
        "income": features(120, 1),
        "city": rng.choice(["Bern", "Graz", "Lyon"], size=(120, 1)).astype(object),
        "rooms": rng.integers(1, 5, size=(120, 1)),
    }
    columns["income"][::7] = np.nan
    table = pandas.DataFrame({key: value.ravel() for key, value in columns.items()})
    wanted = (table["age"] + 9 * (table["city"] == "Graz") > 43).astype(np.int64)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    prepared = ColumnTransformer(
        [
            ("numbers", numbers, ["age", "income"]),
            ("cities", OneHotEncoder(handle_unknown="ignore"), ["city"]),
            ("rooms", OneHotEncoder(handle_unknown="ignore"), ["rooms"]),
        ]
    )
    types = [
        ("age", FloatTensorType([None, 1])),
        ("income", FloatTensorType([None, 1])),
        ("city", StringTensorType([None, 1])),
        ("rooms", Int64TensorType([None, 1])),
    ]
    inputs = {key: value[:10] for key, value in columns.items()}
    inputs["city"] = inputs["city"].copy()
    inputs["city"][3, 0] = "Oslo"
    test = pandas.DataFrame({key: value.ravel() for key, value in inputs.items()})
    for name, last in [
        ("pipeline_logistic", LogisticRegression()),
        ("pipeline_forest", RandomForestClassifier(5, max_depth=4, random_state=0)),
    ]:
        model = make_pipeline(prepared, last).fit(table, wanted)
        exported = convert_sklearn(
            model,
            initial_types=types,
            options={id(last): {"zipmap": False}},
            target_opset=OPSETS,
        )
        record(folder, name, exported, inputs, [model.predict(test), model.predict_proba(test)])


def neighbours(folder):
    train, labels = TRAIN[:60], THREE[:60]
    classifier(folder, "neighbours", KNeighborsClassifier(4), labels, train=train)
    scaled = make_pipeline(Normalizer(), LinearSVC(random_state=0)).fit(TRAIN, THREE)
    exported = convert_sklearn(
        scaled,
        initial_types=[("X", FloatTensorType([None, 5]))],
        options={id(scaled.steps[-1][1]): {"raw_scores": True}},
        target_opset=OPSETS,
    )
    answers = [scaled.predict(TEST), scaled.decision_function(TEST)]
    record(folder, "normalized_linear_svc", exported, {"X": TEST}, answers)


def xgboost_models(folder):
    settings = {"n_estimators": 6, "max_depth": 3, "random_state": 0}
    types = [("X", ToolsFloatTensorType([None, 5]))]
    for name, labels, train, test in [
        ("xgboost_binary", BINARY, TRAIN, TEST),
        ("xgboost_three", THREE, TRAIN, TEST),
        ("xgboost_missing", BINARY, MISSING_TRAIN, MISSING_TEST),
    ]:
        model = xgboost.XGBClassifier(**settings).fit(train, labels)
        exported = convert_xgboost(model, initial_types=types, target_opset=15)
        record(folder, name, exported, {"X": test}, [model.predict(test), model.predict_proba(test)])
    for name, more in [("xgboost_regressor", {}), ("xgboost_poisson", {"objective": "count:poisson"})]:
        model = xgboost.XGBRegressor(**settings, **more).fit(TRAIN, np.abs(TARGET))
        exported = convert_xgboost(model, initial_types=types, target_opset=15)
        record(folder, name, exported, {"X": TEST}, [model.predict(TEST)[:, None]])


def lightgbm_models(folder):
    settings = {"n_estimators": 6, "num_leaves": 7, "random_state": 0, "verbose": -1}
    types = [("X", ToolsFloatTensorType([None, 5]))]
    for name, labels, zipmap, train, test in [
        ("lightgbm_binary", BINARY, False, TRAIN, TEST),
        ("lightgbm_three_zipmap", THREE, True, TRAIN, TEST),
        ("lightgbm_missing", BINARY, False, MISSING_TRAIN, MISSING_TEST),
    ]:
        model = lightgbm.LGBMClassifier(**settings).fit(train, labels)
        exported = convert_lightgbm(model, initial_types=types, zipmap=zipmap, target_opset=15)
        scores = model.predict_proba(test)
        if zipmap:
            scores = [dict(zip(model.classes_.tolist(), row)) for row in scores]
        record(folder, name, exported, {"X": test}, [model.predict(test), scores])
    model = lightgbm.LGBMRegressor(**settings).fit(TRAIN, TARGET)
    exported = convert_lightgbm(model, initial_types=types, target_opset=15)
    record(folder, "lightgbm_regressor", exported, {"X": TEST}, [model.predict(TEST)[:, None]])


def main():
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    linear_and_kernels(folder)
    trees(folder)
    isolation(folder)
    pipelines(folder)
    neighbours(folder)
    xgboost_models(folder)
    lightgbm_models(folder)


if __name__ == "__main__":
    main()
