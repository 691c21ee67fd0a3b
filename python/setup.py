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
    """The path of the library: everything of Swift inside, the system's image libraries and zlib, libcrypto, SQLite outside."""
    if not (ROOT / "Package.swift").is_file():
        raise SystemExit(f"tombola is built from a checkout of its repository: there is no {ROOT / 'Package.swift'}. "
                         "Clone the repository and run 'pip install ./python' in it.")
    swift = shutil.which(os.environ.get("TOMBOLA_SWIFT", "swift"))
    if swift is None:
        raise SystemExit("tombola needs Swift 6.2 or newer to be built, and there is no 'swift' on the path. "
                         "Install it from https://www.swift.org/install, or name it in TOMBOLA_SWIFT.")
    words = [swift, "build", "-c", "release", "--product", "TombolaC", "--package-path", str(ROOT)]
    if platform.system() == "Linux":
        words += ["--static-swift-stdlib", "-Xlinker", "-s"]
    for more in [[], ["--show-bin-path"]]:
        done = subprocess.run(words + more, stdout=subprocess.PIPE if more else None, text=True)
        if done.returncode != 0:
            raise SystemExit(f"'{' '.join(words)}' failed; see its messages above. 'make build' installs the headers it needs.")
    return pathlib.Path(done.stdout.strip()) / LIBRARY


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:
            shutil.copy2(build_library(), pathlib.Path(self.build_lib) / "tombola" / LIBRARY)


class PlatformWheel(bdist_wheel):
    """For any Python, and for this platform alone."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel})
