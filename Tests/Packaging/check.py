#!/usr/bin/env python3
"""Installs a tombola into a folder of its own and tries what is there: completions in bash, zsh and fish, man pages in mandoc,
and that uninstalling leaves nothing.

check.py TOMBOLA: prints a line a check; ends with 1 where one failed. A shell that is not there is skipped with a sentence."""
import os, shutil, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSTALL = os.path.join(ROOT, "Packaging/install.sh")
failed = 0

# The word under the cursor is the last one.
BASH = r"""
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
function_=$(complete -p tombola | sed 's/.*-F \([^ ]*\).*/\1/')
"$function_" tombola "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def check(name, good, detail=""):
    global failed
    failed += not good
    print(f"{name}: {'as it should be' if good else 'FAILED ' + detail}")


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    return done.returncode, done.stdout


def present(program):
    if shutil.which(program):
        return True
    print(f"skipped: there is no {program}")
    return False


def completions(folder, environment):
    share = os.path.join(folder, "usr/share")
    cases = [(["tombola", "fi"], "find", "criteria"), (["tombola", "runs", "sh"], "show", "list"),
             (["tombola", "find", "--rou"], "--rounds", "--seeds"), (["tombola", "doc"], "doctor", "find")]
    if present("bash"):
        for words, wanted, other in cases:
            status, out = run("bash", "-c", BASH, "bash", f"{share}/bash-completion/completions/tombola", *words, env=environment)
            found = [line.strip() for line in out.split("\n")]
            check(f"bash completes {' '.join(words)}", status == 0 and wanted in found and other not in found, out[:300])
    if present("fish"):
        script = f"{share}/fish/vendor_completions.d/tombola.fish"
        for words, wanted, other in cases:
            status, out = run("fish", "--no-config", "-c", f"source {script}; complete -C '{' '.join(words)}'", env=environment)
            found = [line.split("\t")[0] for line in out.split("\n")]
            check(f"fish completes {' '.join(words)}", status == 0 and wanted in found and other not in found, out[:300])
    if present("zsh"):
        script = f"{share}/zsh/site-functions/_tombola"
        status, out = run("zsh", "-n", script)
        check("zsh reads its completions", status == 0 and out == "", out[:300])
        status, out = run("zsh", "-fc", f"fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; "
                          f"compinit -D -u; whence -w _tombola; echo $_comps[tombola]", env=environment)
        check("zsh knows whom they are for", status == 0 and out.split() == ["_tombola:", "function", "_tombola"], out[:300])


def manual(folder, tombola):
    pages = os.path.join(folder, "usr/share/man/man1")
    names = sorted(os.listdir(pages))
    for name in ("tombola.1", "tombola-find.1", "tombola-doctor.1", "tombola-runs-list.1", "tombola-spiral-search.1"):
        check(f"{name} is there", name in names)
    check("hidden verbs have no page", not any("unit" in name or "pack" in name for name in names), str(names))
    if present("mandoc"):
        # 'style' objects to other pages' names until they are installed.
        status, out = run("mandoc", "-T", "lint", "-W", "warning", *(os.path.join(pages, name) for name in names))
        check(f"mandoc finds nothing wrong with {len(names)} pages", status == 0 and out == "", out[:500])
        text = run("mandoc", "-T", "ascii", os.path.join(pages, "tombola-find.1"))[1]
        for word in ("--rounds", "--controls", "SYNOPSIS", "Search for winning tickets"):
            plain = "".join(c for i, c in enumerate(text) if c != "\b" and text[i + 1:i + 2] != "\b")
            check(f"the page of find shows {word}", word in plain, plain[:300])


def main():
    tombola = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        status, out = run(INSTALL, tombola, "/usr", folder)
        check("it installs", status == 0, out)
        environment = dict(os.environ, PATH=f"{folder}/usr/bin:{os.environ['PATH']}", HOME=folder)
        check("it runs where it was put", run("tombola", "--version", env=environment)[1] == run(tombola, "--version")[1])
        for name in ("LICENSE", "README.md", "CHANGELOG.md", "errors/README.md"):
            check(f"{name} is beside it", os.path.getsize(os.path.join(folder, "usr/share/doc/tombola", name)) > 0)
        completions(folder, environment)
        manual(folder, tombola)
        status, out = run(INSTALL, "--remove", "/usr", folder)
        left = [os.path.join(at, file) for at, _, files in os.walk(os.path.join(folder, "usr")) for file in files]
        check("uninstalling leaves nothing", status == 0 and not left, out + str(left))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
