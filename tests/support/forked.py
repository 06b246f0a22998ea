"""Runs a function in a process of its own, forked from one that has imported MLflow already.

MLflow keeps state between models (imported modules, the last model of `set_model`), so each
package gets a fresh process; importing MLflow anew for each would take seconds.
"""

import gc
import importlib
import json
import logging
import os
import signal
import sys
import sysconfig
import traceback
import warnings

LIMIT_SECONDS = 120


class Recorder(logging.Handler):
    """Collects what is logged as a warning or worse."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def record_warnings():
    """Begins to collect what MLflow logs and what Python warns of; returns the live list."""
    recorder = Recorder()
    logging.getLogger("mlflow").addHandler(recorder)
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *_: recorder.messages.append(str(message))
    return recorder.messages


def learnt(before):
    """The library modules that were imported since, none of which belong to a package."""
    libraries = tuple(sysconfig.get_paths()[name] for name in ("purelib", "stdlib"))
    new = [name for name in list(sys.modules) if name not in before]
    files = {name: getattr(sys.modules[name], "__file__", None) or "" for name in new}
    return [name for name in new if files[name].startswith(libraries)]


def import_all(names):
    """Imports modules in this process, so that those forked later need not."""
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # Some can only be imported by others.
            pass


def alone(function, *arguments):
    """What the function answers, or {"raised": type, "message": text}; and the modules it learnt."""
    before = set(sys.modules)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.alarm(LIMIT_SECONDS)
        sys.dont_write_bytecode = True  # Nothing is to be left in the package.
        try:
            answer = function(*arguments)
        except BaseException as error:
            answer = {"raised": type(error).__name__, "message": str(error)[:2000]}
            answer["traceback"] = traceback.format_exc()[-2000:]
        with os.fdopen(write, "w") as pipe:
            json.dump([answer, learnt(before)], pipe)
        sys.stdout.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if not text:
        return {"raised": "Killed", "message": f"the process ended with status {status}"}
    answer, modules = json.loads(text)
    import_all(modules)
    return answer


def main(function):
    """Reads a list of cases from stdin and writes the list of their answers to the file named."""
    gc.freeze()  # What is not touched by the collector is not copied for each process.
    answers = [alone(function, case) for case in json.load(sys.stdin)]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answers, file)
