"""The package as installers and interpreters may have it: links, an archive, no docstrings."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo import registry
from zoo.common.optional import need, tells_what_is_missing
from zoo.networks.echo_state.states import echo_states

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path(zoo.__file__).parent
ENTRY = "esn-lorenz"


def files():
    return [
        file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]


def run(code, place, *options):
    """Run Python code with the package from another place."""
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        cwd=place if place.is_dir() else place.parent,
        env={**os.environ, "PYTHONPATH": str(place)},
    )


def test_a_package_of_links_is_read(tmp_path):
    """So uv installs with `--link-mode symlink`, and so Bazel lays a package out."""
    for file in files():
        link = tmp_path / file.relative_to(PACKAGE.parent)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    code = (
        f"import zoo; assert zoo.__file__.startswith({str(tmp_path)!r}); "
        f"print(len(zoo.list_models()), zoo.pipeline({ENTRY!r}).model.channels)"
    )
    done = run(code, tmp_path)
    assert done.stdout.split() == [str(len(zoo.list_models())), "3"], done.stderr


def test_a_package_in_an_archive_says_that_it_must_be_unpacked(tmp_path):
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in files():
            packed.write(file, file.relative_to(PACKAGE.parent))
    done = run(
        "import zoo\ntry: zoo.list_models()\nexcept zoo.ZooError as error: print(error)", archive
    )
    assert "must be unpacked" in done.stdout and "packages.zip" in done.stdout, done.stderr


def test_without_docstrings_a_pipeline_answers():
    code = (
        "import sys, zoo; "
        f"print(zoo.list_models.__doc__, zoo.pipeline({ENTRY!r}).model.channels); "
        # KerasHub imports it if it can, and it dies for want of docstrings.
        "print(sys.modules['tensorflow_text'])"
    )
    done = run(code, PACKAGE.parent, "-OO")
    assert done.stdout.split() == ["None", "3", "None"], done.stderr


def test_a_light_installation_asks_for_what_the_whole_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["serve"]
    whole = {line.replace(" ", "") for line in asked}
    lines = (ROOT / "requirements-light.txt").read_text(encoding="utf-8").splitlines()
    light = {line.replace(" ", "") for line in lines if line and not line.startswith("#")}
    assert light and light <= whole


def test_a_reservoir_answers_alike_without_scipy(monkeypatch):
    source = registry.read(ENTRY)
    series = np.random.default_rng(0).normal(size=(2, 20, 3))
    one = echo_states(source.tensors, source.backbone)
    for name in ("scipy", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, name, None)
    other = echo_states(source.tensors, source.backbone)
    assert type(one.recurrent) is not type(other.recurrent)
    np.testing.assert_array_equal(one.run(series[0]), other.run(series[0]))
    batch = np.stack([one.run(part)[-1] for part in series], axis=1)
    inputs = series[:, 0].T
    np.testing.assert_allclose(one.update(batch, inputs), other.update(batch, inputs), atol=1e-15)


def test_a_package_that_is_missing_is_named_with_what_brings_it(monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(zoo.MissingPackageError, match=r"package matplotlib.*pip install rnn-zoo"):
        missing_in("matplotlib.figure")
    with pytest.raises(zoo.MissingPackageError, match="Run: pip install no-such-package"):
        need("no_such_package.part", "tests", "no-such-package")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        missing_in("no_such_module")


@tells_what_is_missing
def missing_in(module):
    importlib.import_module(module)
