"""Loads a package with its own MLflow and answers requests, until the pipe to it is closed.

Whoever starts this hands in one end of a socket as standard input and the package's folder as the
only argument. The socket is moved away first, so that nothing the model prints or reads can reach
it: standard input is then /dev/null, and standard output was never anything but the log.

A frame, either way, is 16 bytes (`ENV1`, the header's length as u32, the body's length as u64, both
little-endian), the header in JSON, and the body as it is.
"""

import os
import sys

FIRST_DESCRIPTOR = 512
PREFIX = "<4sIQ"
MAGIC = b"ENV1"
MAX_TRACEBACK_CHARACTERS = 65536


def take_channel():
    """Moves the socket to a high descriptor, out of the way of code that closes low ones."""
    import fcntl

    try:
        channel = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
    except OSError:
        channel = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return channel


def die_with_the_other_end(channel):
    """Ends this process group when whoever started it is gone, even in the middle of a request."""
    import select
    import signal
    import threading

    owner = os.getpid()

    def watch():
        poll = select.poll()
        poll.register(channel, 0)
        while True:
            for _, event in poll.poll():
                if event & select.POLLNVAL:
                    return
                if os.getpgid(0) == owner:
                    os.killpg(owner, signal.SIGKILL)
                os._exit(1)

    threading.Thread(target=watch, name="envelope-watch", daemon=True).start()


def read_exactly(channel, count):
    """Reads so many bytes, or None where the other end closed."""
    data = bytearray(count)
    view = memoryview(data)
    at = 0
    while at < count:
        got = os.readv(channel, [view[at : at + (1 << 20)]])
        if got == 0:
            return None
        at += got
    return bytes(data)


def receive(channel):
    import json
    import struct

    prefix = read_exactly(channel, struct.calcsize(PREFIX))
    if prefix is None:
        return None
    _, header_length, body_length = struct.unpack(PREFIX, prefix)
    header = read_exactly(channel, header_length)
    body = read_exactly(channel, body_length)
    if header is None or body is None:
        return None
    return json.loads(header), body


def send(channel, header, body):
    import json
    import struct

    header = json.dumps(header).encode("ascii")
    view = memoryview(struct.pack(PREFIX, MAGIC, len(header), len(body)) + header + body)
    try:
        while view:
            view = view[os.write(channel, view) :]
    except OSError as error:
        os.write(2, f"envelope worker: cannot answer: {error}\n".encode())
        os._exit(70)


class Failed(Exception):
    """Says in which part of a request the error that caused it was raised."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def as_text(payload):
    """UTF-8 as the command of MLflow reads it; other encodings are left to the JSON reader."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload
    return payload if text.startswith("\ufeff") else text


def parse_json(payload, model):
    from mlflow.pyfunc import scoring_server

    parsed = scoring_server._parse_json_data(
        data=as_text(payload),
        metadata=model.metadata,
        input_schema=model.metadata.get_input_schema(),
    )
    return parsed.data, parsed.params, parsed.is_unified_llm_input


def parse_csv(payload, model):
    from io import BytesIO

    from mlflow.pyfunc import scoring_server

    return scoring_server.parse_csv_input(BytesIO(payload)), None, False


def parse_parquet(payload, model):
    from io import BytesIO

    import pandas

    return pandas.read_parquet(BytesIO(payload)), None, False


def parse_arrow(payload, model):
    """A stream, or a file, of Arrow's IPC format."""
    import pyarrow

    source = pyarrow.BufferReader(payload)
    is_file = payload.startswith(b"ARROW1")
    reader = pyarrow.ipc.open_file(source) if is_file else pyarrow.ipc.open_stream(source)
    return reader.read_all().to_pandas(), None, False


PARSERS = {"json": parse_json, "csv": parse_csv, "parquet": parse_parquet, "arrow": parse_arrow}


def merged_params(params, text):
    """What stands beside the payload goes before what is in it."""
    import json

    if text is None:
        return params
    given = json.loads(text)
    for found in (given, params):
        if found is not None and not isinstance(found, dict):
            raise TypeError(f"found params of type {type(found).__name__}, expected an object")
    if given is None:
        return params
    return {**(params or {}), **given}


def predict(model, header, payload):
    """Does what `mlflow models predict` does between reading its input and writing its output."""
    import inspect
    from io import StringIO

    from mlflow.pyfunc import scoring_server

    try:
        data, params, unwrapped = PARSERS[header["content_type"]](payload, model)
    except BaseException as error:
        raise Failed("parse") from error
    try:
        params = merged_params(params, header.get("params"))
    except BaseException as error:
        raise Failed("params") from error
    try:
        if "params" in inspect.signature(model.predict).parameters:
            predictions = model.predict(data, params=params)
        else:
            predictions = model.predict(data)
    except BaseException as error:
        raise Failed(predict_kind(error)) from error
    try:
        answer = StringIO()
        if unwrapped:
            scoring_server.unwrapped_predictions_to_json(predictions, answer)
        else:
            scoring_server.predictions_to_json(predictions, answer)
        return answer.getvalue().encode("utf-8")
    except BaseException as error:
        raise Failed("answer") from error


def predict_kind(error):
    """Tells a refusal of the signature from an error of the model, by who raised it."""
    import traceback

    names = {
        "_enforce_params_schema": "params",
        "_validate_prediction_input": "enforce",
        "_validate_data_against_type_hint": "enforce",
        "_validate_model_input": "enforce",
    }
    found = "model"
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__", "").startswith("mlflow."):
            kind = names.get(frame.f_code.co_name)
            if kind == "params" or (kind and found == "model"):
                found = kind
    return found


DEFAULT_CODES = {
    "parse": ("INTERNAL_ERROR", 500),
    "params": ("INVALID_PARAMETER_VALUE", 400),
    "enforce": ("INVALID_PARAMETER_VALUE", 400),
    "model": ("BAD_REQUEST", 400),
}


def described(kind, error):
    """An error as MLflow's server would report it, with the traceback beside it."""
    import json
    import traceback

    code, status = DEFAULT_CODES.get(kind, ("INTERNAL_ERROR", 500))
    message = None
    try:
        from mlflow.exceptions import MlflowException

        if isinstance(error, MlflowException):
            code, status, message = error.error_code, error.get_http_status_code(), error.message
    except BaseException:
        pass
    name = type(error).__name__
    if message is None:
        try:
            message = str(error)
        except BaseException:
            message = "the error has no text"
        message = f"{name}: {message}" if message else name
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
    except BaseException:
        lines = []
    failure = {
        "kind": kind,
        "error_code": str(code),
        "http_status": int(status),
        "exception": name,
        "message": str(message),
        "traceback": "".join(lines)[-MAX_TRACEBACK_CHARACTERS:],
    }
    return json.dumps(failure).encode("ascii")


def load(package):
    try:
        import mlflow
        import mlflow.pyfunc
    except BaseException as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == "mlflow"
        raise Failed("no_mlflow" if absent else "load") from error
    try:
        return mlflow.pyfunc.load_model(package)
    except BaseException as error:
        raise Failed("load") from error


def loaded_facts():
    import json
    import platform

    import mlflow

    facts = {"mlflow_version": mlflow.__version__, "python_version": platform.python_version()}
    return json.dumps(facts).encode("ascii")


def attempt(channel, number, action):
    """Sends what the action gives, or what went wrong in it; what it leaves is its own process."""
    owner = os.getpid()
    result = None
    try:
        result, body = action()
        outcome = "answer"
    except Failed as failed:
        outcome, body = "failure", described(failed.kind, failed.__cause__)
    if os.getpid() != owner:
        # The model forked, and its child came back here too.
        os._exit(0)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
    send(channel, {"id": number, "outcome": outcome}, body)
    return result


def main():
    channel = take_channel()
    package = sys.argv[1]
    sys.argv = [""]
    # `-c` puts the current folder first, from which a command of MLflow imports nothing.
    sys.path[:] = [entry for entry in sys.path if entry != ""]
    os.environ["_MLFLOW_IS_IN_SERVING_ENVIRONMENT"] = "true"
    die_with_the_other_end(channel)

    def loading():
        model = load(package)
        return model, loaded_facts()

    model = attempt(channel, 0, loading)
    if model is None:
        os._exit(0)
    while (request := receive(channel)) is not None:
        header, payload = request
        attempt(channel, header["id"], lambda: (None, predict(model, header, payload)))
    os._exit(0)


main()
