#!/bin/sh
# Fills fuzz/corpus from the repository's fixtures and example, and from the packages in the
# folders that are named: fuzz/seeds.sh [FOLDER...]
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
corpus=$here/corpus
fixtures=$here/../crates/envelope-format/tests/fixtures
example=$here/../example

# Copies the files that a pattern names into the seeds of a target, each under its checksum.
# A seed over 64 KiB would only slow the fuzzer down.
take() {
    target=$1
    folder=$2
    shift 2
    find "$folder" -type f -size -65537c \( "$@" \) | while IFS= read -r file; do
        cp "$file" "$corpus/$target/$(cksum <"$file" | tr -s ' ' '-')"
    done
}

for target in mlmodel signature pickle archive onnx json yaml requirements requirements_txt spec \
    model payload csv params; do
    mkdir -p "$corpus/$target"
done

python3 - "$fixtures" "$corpus" <<'PYTHON'
import json
import lzma
import pathlib
import sys

fixtures, corpus = map(pathlib.Path, sys.argv[1:])


def cases(name):
    return json.loads((fixtures / name).read_text())


def seed(target, name, text):
    (corpus / target / name).write_text(text)


for i, case in enumerate(cases("signatures.json")):
    parts = {key: case[key] for key in ("inputs", "outputs", "params")}
    seed("signature", f"whole-{i}", "\n".join(part or "" for part in parts.values()))
    model = {"flavors": {"python_function": {"loader_module": "m"}}, "signature": parts}
    seed("mlmodel", f"signature-{i}", json.dumps(model))
for i, case in enumerate(cases("signature-cases.json")):
    before = {"inputs": "", "outputs": "\n", "params": "\n\n"}.get(case["part"], "")
    seed("signature", f"case-{i}", before + case["text"])
for i, case in enumerate(cases("yaml-dump.json")):
    seed("yaml", f"dump-{i}", case["yaml"])
for i, case in enumerate(cases("stored-examples.json")):
    seed("json", f"stored-{i}", case["stored"])
    seed("json", f"serving-{i}", case["serving"])


packed = lzma.decompress((fixtures / "enforcement-cases.json.xz").read_bytes())
for i, case in enumerate(json.loads(packed)["cases"]):
    body = case.get("raw_body") or json.dumps({**case.get("input", {}), "params": case.get("params")})
    target = "csv" if "csv" in case.get("content_type", "") else "payload"
    seed(target, f"case-{i}", chr(i % 12) + body)
    if "params" in case:
        seed("params", f"case-{i}", json.dumps(case["params"]))

deps = fixtures.parent.parent.parent / "envelope-deps/tests/fixtures/prune-cases.json"
for case in json.loads(deps.read_text())["cases"]:
    if case["kind"] == "text":
        others = [text for name, text in case["files"].items() if name != case["main"]]
        texts = [case["files"][case["main"]], *others]
        seed("requirements_txt", case["id"], "\x1e".join(texts))
PYTHON

models=$here/../crates/envelope-infer/tests/fixtures
take model "$models" -name '*.onnx'

for folder in "$fixtures" "$example" "$@"; do
    take model "$folder" -name '*.onnx'
    take mlmodel "$folder" -name MLmodel
    take yaml "$folder" -name MLmodel -o -name '*.yaml'
    take spec "$folder" -name 'envelope*.yaml'
    take json "$folder" -name '*.json'
    take pickle "$folder" -name '*.pkl'
    take archive "$folder" -name '*.pkl*' -o -name '*.pt*' -o -name '*.skops'
    take onnx "$folder" -name '*.onnx'
    take requirements "$folder" -name '*requirements*' -o -name constraints.txt
    take requirements_txt "$folder" -name '*requirements*.txt' -o -name constraints.txt
done
