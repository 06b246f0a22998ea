"""Saves a scikit-learn model with MLflow, loads it again, and prints what it predicts."""

import sys

import mlflow
import numpy
from sklearn.linear_model import LinearRegression

inputs = numpy.arange(10.0).reshape(-1, 1)
model = LinearRegression().fit(inputs, 2 * inputs[:, 0] + 1)
mlflow.sklearn.save_model(model, sys.argv[1], serialization_format="cloudpickle")
loaded = mlflow.pyfunc.load_model(sys.argv[1])
print(round(float(loaded.predict(numpy.array([[3.0]]))[0]), 6))
