"""Tells which files MLflow takes along for a model class, where it is to infer them."""

import os
import shutil
import sys

import forked


def inferred(case):
    saved = os.path.abspath("saved")
    # MLflow takes what lies below the working directory, and compiles it there.
    root = shutil.copytree(case["root"], os.path.abspath("src"))
    os.chdir(root)
    sys.path.insert(0, root)
    import mlflow

    model = getattr(__import__(case["module"], fromlist=["x"]), case["class"])()
    mlflow.pyfunc.save_model(
        saved,
        python_model=model,
        artifacts=case["artifacts"],
        infer_code_paths=True,
        pip_requirements=[],
    )
    code = os.path.join(saved, "code")
    files = [os.path.join(folder, name) for folder, _, names in os.walk(code) for name in names]
    return sorted(os.path.relpath(file, code) for file in files if file.endswith(".py"))


forked.import_all(["mlflow.pyfunc"])
forked.main(inferred)
