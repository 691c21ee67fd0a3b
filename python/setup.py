"""Builds the library in Swift and puts it into the wheel.

Works from a checkout of the repository: the sources lie in the folder above. TOMBOLA_SWIFT names another swift.
"""
import os
import pathlib
import platform
import shutil
import subprocess

from setuptools import setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = "libTombolaC.dylib" if platform.system() == "Darwin" else "libTombolaC.so"


def build_library():
    """The path of the library, built as 'make build' builds the command, so that one build serves both."""
    if not (ROOT / "Package.swift").is_file():
        raise SystemExit(f"tombola is built from a checkout of its repository: there is no {ROOT / 'Package.swift'}. "
                         "Clone the repository and run 'pip install ./python' in it.")
    swift = shutil.which(os.environ.get("TOMBOLA_SWIFT", "swift"))
    if swift is None:
        raise SystemExit("tombola needs Swift 6.2 or newer to be built, and there is no 'swift' on the path. "
                         "Install it from https://www.swift.org/install, or name it in TOMBOLA_SWIFT.")
    words = [swift, "build", "-c", "release", "--product", "TombolaC", "--package-path", str(ROOT)]
    if subprocess.run(words).returncode != 0:
        raise SystemExit(f"'{' '.join(words)}' failed; see its messages above. 'make setup' installs the headers it needs.")
    place = subprocess.run([*words, "--show-bin-path"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    return pathlib.Path(place) / LIBRARY


def bundle(folder):
    """Puts the library and, on Linux, Swift's own libraries beside it, found by where they lie and not by the toolchain."""
    built = build_library()
    parts = [built]
    if platform.system() == "Linux":
        listed = subprocess.run(["ldd", built], stdout=subprocess.PIPE, text=True, check=True).stdout
        paths = [line.split("=>")[1].split("(")[0].strip() for line in listed.splitlines() if "=>" in line]
        parts += [pathlib.Path(path) for path in paths if "/swift/" in path]
    for part in parts:
        copy = folder / part.name
        shutil.copyfile(part, copy)
        if platform.system() == "Linux":
            if shutil.which("strip"):
                subprocess.run(["strip", "--strip-unneeded", copy], check=True)
            subprocess.run(["patchelf", "--set-rpath", "$ORIGIN", copy], check=True)


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            bundle(pathlib.Path(self.build_lib) / "tombola")


class PlatformWheel(bdist_wheel):
    """For any Python, and for this platform alone."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel})
