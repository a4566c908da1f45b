"""The package as installers and interpreters may have it: links, an archive, no docstrings."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import zoo

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
