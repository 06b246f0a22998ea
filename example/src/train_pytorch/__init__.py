"""Item price forecaster: data, network, training, and the MLflow model around it.

Importing this package loads nothing else, so that a served model needs neither PyTorch nor pandas.
"""
