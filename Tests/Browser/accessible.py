#!/usr/bin/env python3
"""Can the pages be read and used by everybody? Reports of runs, of a sweep, and the dashboard in a headless Chromium: contrast, names of
controls, headings, words for pictures, keyboard and width, each in light, dark and print, wide and on a phone (accessible.js).

    accessible.py TOMBOLA [--pictures FOLDER]

Ends with 1 where something is found, with 0 and a sentence where there is no Chromium."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import drive

SCRIPT = (pathlib.Path(__file__).parent / "accessible.js").read_text()
SMALL = "--data digits --threads 2 --seeds 2"
RUNS = [
    f"find {SMALL} --steps 2ep --model mlp:24,16 --rounds 2",
    f"find {SMALL} --steps 2ep --model mlp:24,16 --rounds 2 --lr 1e30",
    f"criteria {SMALL} --steps 2ep --model mlp:24,16 --grid magnitude,one --factors none --densities 0.5,0.2",
    f"certify {SMALL} --steps 4ep --model mlp:24,16 --rounds 1 --lr-sweep 0.1 --checks none",
    f"connect {SMALL} --steps 2ep --model mlp:24,16 --at 0it,1ep --points 4",
    f"sift {SMALL} --steps 2ep --model mlp:16 --rounds 2 --rewind 0it",
]
STUDY = "name: rates\nsettings: {data: digits, model: 'mlp:12', rounds: 1, steps: 1ep, controls: none}\nseeds: 2\ngrid: {lr: [0.05, 0.1]}\n"
# What must be found in this, or the check finds nothing.
WRONG = """<title> </title><style>:focus { outline: none } p { color: #999; background: #fff }</style><h1>A</h1><h3>B</h3><p>grey</p><img src="">
<button></button><canvas></canvas><table><tr><td>1</table><div style="width: 3000px">wide</div><i id="a"></i><i id="a"></i>
<nav></nav><nav></nav><div style="height: 20px; overflow: auto"><div style="height: 90px">tall</div></div>"""
RULES = {"contrast", "name", "picture", "headings", "page", "table", "keys", "width", "focus"}
# What a page loads later, and what opens at a click.
SETTLE = "document.querySelectorAll('details').forEach(d => d.open = true)"
FOCUS = """(() => { const e = document.activeElement; if (!e || e === document.body) return null
  const s = getComputedStyle(e), r = e.getBoundingClientRect()
  const seen = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'
  return [e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + '.' + e.className, seen, r.width > 0 && r.height > 0] })()"""


class Pages:
    """Runs, a sweep and a dashboard over them."""

    def __init__(self, tombola, folder):
        self.tombola, self.folder = tombola, folder
        for line in RUNS:
            self.run(line, codes=(0, 70))
        (folder / "rates.yaml").write_text(STUDY)
        self.run("sweep rates.yaml")

    def run(self, line, codes=(0,)):
        done = subprocess.run([self.tombola, *line.split()], cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode not in codes:
            sys.exit(f"tombola {line} ends with {done.returncode}: {done.stdout[-500:]}")

    def serve(self):
        """Starts the dashboard; its address with the token."""
        self.server = subprocess.Popen([self.tombola, "serve", "--port", "0"], cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in self.server.stdout:
            m = re.search(r"http://\S+", line)
            if m:
                return m[0]
        sys.exit("tombola serve names no address")

    def close(self):
        self.server.terminate()
        self.server.wait()

    def addresses(self):
        for page in sorted(self.folder.glob("runs/*/report.html")):
            yield re.sub(r"-[0-9a-f]{12}$", "", page.parent.name), page.as_uri()
        for page in sorted(self.folder.glob("runs/study-*/*.html")):
            if page.name != "report.html":
                yield page.stem, page.as_uri()


def at_size(browser, width):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)


def look(browser, media, scheme):
    browser.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])


def tabbed(browser):
    """Goes through a page by the Tab key: what gets the focus without showing it."""
    browser.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    seen = set()
    for _ in range(80):
        drive.step(browser, {"key": "Tab"}, {})
        at = browser.evaluate(FOCUS)
        if at is None or not isinstance(at, list):
            break
        if not at[1] or not at[2]:
            seen.add(("focus", at[0], "has the focus and does not show it" if not at[1] else "has the focus and is not there to see"))
    return seen


def check(browser, name, address, pictures):
    found = {}
    browser.call("Page.navigate", url="about:blank")
    look(browser, "", "light")
    at_size(browser, 1200)
    browser.call("Page.navigate", url=address)
    browser.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
    browser.wait("!document.querySelector('[aria-busy=true]')", seconds=5)
    time.sleep(0.3)
    browser.evaluate(SETTLE)
    for media, scheme, width in [("", "light", 1200), ("", "dark", 1200), ("print", "light", 800), ("print", "dark", 800), ("", "light", 390), ("", "dark", 390)]:
        look(browser, media, scheme)
        at_size(browser, width)
        time.sleep(0.2)
        answer = browser.evaluate(SCRIPT)
        if not isinstance(answer, list):
            sys.exit(f"{name}: {answer}")
        for item in answer:
            found.setdefault(tuple(item), []).append(f"{media or 'screen'}, {scheme}, {width}")
        if pictures:
            height = browser.evaluate("Math.min(document.documentElement.scrollHeight, 4000)")
            browser.picture(str(pictures / f"{name.replace('/', ' ')}-{media or 'screen'}-{scheme}-{width}.png"), width, height)
    look(browser, "", "light")
    at_size(browser, 1200)
    for item in tabbed(browser):
        found.setdefault(item, []).append("keys")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tombola")
    parser.add_argument("--pictures", type=pathlib.Path, help="keep pictures of every page here")
    options = parser.parse_args()
    path = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    if path is None:
        print("no Chromium on the PATH: nobody looked at the pages")
        return 0
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    began, wrong, count = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        pages = Pages(os.path.abspath(options.tombola), pathlib.Path(folder))
        first, browser = pages.serve(), drive.Browser(path)
        try:
            wrong_page = pathlib.Path(folder) / "wrong.html"
            wrong_page.write_text(f"<!doctype html>{WRONG}")
            missed = RULES - {rule for rule, _, _ in check(browser, "wrong", wrong_page.as_uri(), None)}
            if missed:
                sys.exit(f"this script does not see what is wrong: {', '.join(sorted(missed))}")
            start = first.split("#")[0].rstrip("/")
            finds = sorted(n for n in os.listdir(f"{folder}/runs") if n.startswith("find-"))
            places = ["", f"run/{finds[0]}", f"run/{finds[0]}/masks", f"compare?run={finds[0]}&run={finds[1]}", "sweeps", "sweep/rates"]
            served = [(f"dashboard {place.split('?')[0].replace(finds[0], 'find') or 'list'}", f"{start}/{place}") for place in places]
            served[0] = (served[0][0], first)
            for name, address in [*pages.addresses(), *served]:
                count += 1
                for (rule, element, what), where in check(browser, name, address, options.pictures).items():
                    wrong += 1
                    print(f"{name}: {rule}: {element}: {what} ({'; '.join(where)})")
        finally:
            browser.close()
            pages.close()
    print(f"{count} pages; {wrong} findings ({time.monotonic() - began:.0f} s)")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
