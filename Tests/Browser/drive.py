#!/usr/bin/env python3
"""Drives a headless Chromium over its debugging pipe, for tests of pages.

    drive.py STEPS.json      prints one JSON object: values by name, errors, requests

Steps: {"open": URL}, {"wait": EXPRESSION}, {"value": NAME, "of": EXPRESSION}, {"do": EXPRESSION}, {"key": "Tab"},
{"picture": FILE, "width": 1200, "height": 900}, {"dark": true}, {"touch": FILE, "append": TEXT}. Ends with 77 where there
is no Chromium.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="drive-")
        to_browser, from_browser = os.pipe(), os.pipe()

        def wire():
            # The browser reads commands from 3 and writes answers to 4.
            os.dup2(to_browser[0], 63)
            os.dup2(from_browser[1], 64)
            os.dup2(63, 3)
            os.dup2(64, 4)

        self.process = subprocess.Popen(
            [path, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run",
             f"--user-data-dir={self.profile}", "--window-size=1200,900", "about:blank"],
            preexec_fn=wire, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser[0])
        os.close(from_browser[1])
        self.out, self.into = to_browser[1], from_browser[0]
        os.set_inheritable(self.out, False)
        self.buffer, self.number, self.session = b"", 0, None
        self.errors, self.requests = [], []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")

    def message(self, deadline):
        while b"\0" not in self.buffer:
            if time.time() > deadline:
                raise TimeoutError("the browser says nothing")
            self.buffer += os.read(self.into, 1 << 16)
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.out, json.dumps(order).encode() + b"\0")
        deadline = time.time() + 30
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.errors.append(str(parameters["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            return "error: " + answer["exceptionDetails"].get("exception", {}).get("description", "")
        return answer["result"].get("value")

    def wait(self, expression, seconds=15):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if self.evaluate(expression) is True:
                return True
            time.sleep(0.1)
        return False

    def picture(self, path, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        time.sleep(0.3)
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def step(browser, order, values):
    if "open" in order:
        browser.call("Page.navigate", url=order["open"])
        browser.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
    elif "wait" in order:
        values.setdefault("waits", []).append(browser.wait(order["wait"]))
    elif "value" in order:
        values[order["value"]] = browser.evaluate(order["of"])
    elif "do" in order:
        browser.evaluate(order["do"])
    elif "key" in order:
        for kind in ("keyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key=order["key"], code=order["key"],
                         windowsVirtualKeyCode={"Tab": 9, "Enter": 13, " ": 32}[order["key"]],
                         text={"Enter": "\r", " ": " "}.get(order["key"], "") if kind == "keyDown" else "")
    elif "picture" in order:
        browser.picture(order["picture"], order.get("width", 1200), order.get("height", 900))
    elif "dark" in order:
        scheme = "dark" if order["dark"] else "light"
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    elif "touch" in order:
        with open(order["touch"], "a") as file:
            file.write(order["append"])


def main():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((p for p in map(shutil.which, names) if p), None)
    if path is None:
        print("no Chromium on the PATH")
        sys.exit(77)
    with open(sys.argv[1]) as file:
        steps = json.load(file)
    browser, values = Browser(path), {}
    try:
        for order in steps:
            step(browser, order, values)
        browser.evaluate("0")
        print(json.dumps({"values": values, "errors": browser.errors, "requests": browser.requests}))
    finally:
        browser.close()


if __name__ == "__main__":
    main()
