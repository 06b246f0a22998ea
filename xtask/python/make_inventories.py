"""Makes what `cargo xtask bench deps` reads: make_inventories.py FOLDER CORPORA SITE_PACKAGES.

FOLDER gets the unpacked corpora `a` and `c`, and locks and annotated requirements of ever more
packages, ten requirements each, as `grown/COUNT/`. SITE_PACKAGES, the folder of an empty virtual
environment, gets the metadata of corpus a, so that programs that ask an interpreter find it too.
"""

import pathlib
import random
import shutil
import sys
import tarfile

COUNTS = [12_500, 25_000, 50_000]
ROOTS = 100
REQUIREMENTS = 10

folder, corpora, site_packages = map(pathlib.Path, sys.argv[1:])


def unpack(name):
    with tarfile.open(corpora / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")


def grow(count):
    """A project that asks for the first packages; every package requires others at random, some of
    them before itself, so that there are circles. Names sort as numbers do, since tools sort."""
    chance = random.Random(count)
    requires = [sorted(chance.sample(range(count), REQUIREMENTS)) for _ in range(count)]
    target = folder / "grown" / str(count)
    target.mkdir(parents=True)
    write_lock(target / "uv.lock", requires)
    write_annotated(target / "requirements.txt", requires)


def name_of(number):
    return f"p{number:06}"


def write_lock(path, requires):
    def package(name, version, source, needs):
        lines = [f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {source}\n']
        lines.append("dependencies = [\n")
        lines.extend(f'    {{ name = "{name_of(need)}" }},\n' for need in needs)
        return "".join(lines) + "]\n"

    def wheel(number):
        url = f"https://files.example/packages/{name_of(number)}-1.0-py3-none-any.whl"
        digest = f"{number:064x}"
        return f'wheels = [\n    {{ url = "{url}", hash = "sha256:{digest}", size = 1000 }},\n]\n'

    with path.open("w") as lock:
        lock.write('version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n')
        lock.write(package("grown", "0.1.0", '{ virtual = "." }', range(ROOTS)))
        for number, needs in enumerate(requires):
            source = '{ registry = "https://index.example/simple" }'
            lock.write("\n" + package(name_of(number), "1.0", source, needs) + wheel(number))


def write_annotated(path, requires):
    needed_by = [["-r requirements.in"] if number < ROOTS else [] for number in range(len(requires))]
    for number, needs in enumerate(requires):
        for need in needs:
            needed_by[need].append(name_of(number))
    with path.open("w") as requirements:
        for number, parents in enumerate(needed_by):
            requirements.write(f"{name_of(number)}==1.0\n    # via\n")
            requirements.writelines(f"    #   {parent}\n" for parent in parents)


for name in ("a", "c"):
    unpack(name)
for entry in (folder / "a" / "site-headers").iterdir():
    shutil.copytree(entry, site_packages / entry.name)
for count in COUNTS:
    grow(count)
