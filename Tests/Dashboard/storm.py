#!/usr/bin/env python3
"""What a dashboard does in bad company: many readers at once, slow ones, half-open ones, thousands of event streams.

    Tests/Dashboard/storm.py TOMBOLA [--openings 500]

Starts `tombola serve` on a store of one small run. Everyone must be answered or refused in time, a fair reader must be served
afterwards, and in the end the server has the descriptors and threads that it began with. Ends with 1 if anything is otherwise.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 10.0
PLACES = 64
faults = []


def check(holds, sentence):
    print(("ok      " if holds else "FAULT   ") + sentence, flush=True)
    if not holds:
        faults.append(sentence)


class Server:
    def __init__(self, tombola, store, *options):
        self.process = subprocess.Popen([tombola, "serve", "--out", store, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)", line).group(1))
        self.token = (re.search(r"#(?:token=)?(\w+)", line) or [None, None])[1]

    def connect(self, timeout=30.0):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return connection

    def head(self, path, rest=""):
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{rest}\r\n".encode()

    def status(self, path="/", rest="Connection: close\r\n"):
        """Status of an answer that is read to its end, and how long that took."""
        began = time.monotonic()
        with self.connect() as connection:
            connection.sendall(self.head(path, rest))
            return self.answer(connection)[0], time.monotonic() - began

    @staticmethod
    def answer(connection):
        text = b""
        while True:
            try:
                part = connection.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            text += part
        found = re.match(rb"HTTP/1.1 (\d+)", text)
        return (int(found.group(1)) if found else None), text

    def counts(self):
        folder = pathlib.Path(f"/proc/{self.process.pid}")
        memory = int(re.search(r"VmRSS:\s+(\d+)", (folder / "status").read_text()).group(1)) / 1024
        return len(os.listdir(folder / "fd")), len(os.listdir(folder / "task")), memory

    def settled(self, descriptors, threads, within=15.0):
        """Whether the counts come back to what they were, and the last counts."""
        end = time.monotonic() + within
        while True:
            now = self.counts()
            if (now[0] <= descriptors and now[1] <= threads) or time.monotonic() > end:
                return now
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


def at_once(server, count):
    """So many readers who ask in the same moment."""
    barrier = threading.Barrier(count)

    def read(_):
        with server.connect() as connection:
            barrier.wait()
            connection.sendall(server.head("/", "Connection: close\r\n"))
            return server.answer(connection)[0]

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(read, range(count)))


def patience(server):
    """Half-open and slow readers on all places: how long each held its own, and what others were told meanwhile."""
    held = {}

    def hold(kind):
        began = time.monotonic()
        with server.connect(PATIENCE + 20) as connection:
            if kind == "slow":
                for byte in server.head("/") + b"x" * 100:
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        break
                    time.sleep(0.5)
                    if time.monotonic() - began > PATIENCE + 15:
                        break
                try:
                    server.answer(connection)
                except OSError:
                    pass
            else:
                server.answer(connection)
        held.setdefault(kind, []).append(time.monotonic() - began)

    threads = [threading.Thread(target=hold, args=("slow" if i % 2 else "silent",)) for i in range(PLACES)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    told = [server.status() for _ in range(10)]
    for thread in threads:
        thread.join()
    return held, told


def sleepy(server, path):
    """Seconds until a reader is left who asked for pages over and over and takes nothing."""
    began = time.monotonic()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(90)
        connection.connect(("127.0.0.1", server.port))
        try:
            while time.monotonic() - began < 60:
                connection.sendall(server.head(path) * 20)
                time.sleep(0.2)
        except OSError:
            pass
    return time.monotonic() - began


def streams(server, count, aside):
    """Event streams that are opened, heard once and left: every third without a farewell."""
    def hear(number):
        with server.connect() as connection:
            if number % 3 == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(server.head("/events"))
            return connection.recv(4096)[:15]

    with concurrent.futures.ThreadPoolExecutor(aside) as pool:
        answers = list(pool.map(hear, range(count)))
    return sum(answer.startswith(b"HTTP/1.1 200") for answer in answers), sum(answer.startswith(b"HTTP/1.1 503") for answer in answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tombola")
    parser.add_argument("--openings", type=int, default=500)
    options = parser.parse_args()
    tombola = str(pathlib.Path(options.tombola).resolve())
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "runs")
        subprocess.run([tombola, "find", "--data", "digits", "--model", "mlp:16", "--rounds", "1", "--steps", "1ep", "--seeds", "1", "--out", store],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server = Server(tombola, store)
        try:
            server.status(), server.status("/sweeps")
            descriptors, threads, memory = server.counts()

            answers = at_once(server, 200)
            check(set(answers) <= {200, 503} and answers.count(200) >= 1, f"200 readers at once: {answers.count(200)} served, {answers.count(503)} told to come again")
            status, seconds = server.status()
            check(status == 200 and seconds < 5, f"a reader after them is served in {seconds:.2f} s")

            held, told = patience(server)
            for kind in ("silent", "slow"):
                longest = max(held.get(kind, [1e9]))
                check(longest < PATIENCE + 8, f"{len(held.get(kind, []))} {kind} readers hold a place for at most {longest:.1f} s")
            check(all(status in (200, 503) and seconds < 5 for status, seconds in told), f"others are answered meanwhile: {sorted({status for status, _ in told}, key=str)} in at most {max(seconds for _, seconds in told):.2f} s")
            status, seconds = server.status()
            check(status == 200, f"a reader after them is served in {seconds:.2f} s")

            run = next(name for name in os.listdir(store) if name.startswith("find-"))
            seconds = sleepy(server, f"/run/{run}")
            check(seconds < 40, f"a reader who takes nothing is left after {seconds:.1f} s")

            began = time.monotonic()
            served, refused = streams(server, options.openings, 24)
            check(served + refused == options.openings and served >= options.openings * 0.5,
                  f"{options.openings} event streams opened and left in {time.monotonic() - began:.1f} s: {served} heard, {refused} told to come again")
            now = server.settled(descriptors, threads)
            check(now[0] <= descriptors and now[1] <= threads, f"descriptors {descriptors} before, {now[0]} after; threads {threads} before, {now[1]} after")
            check(now[2] < memory + 100, f"memory {memory:.0f} MB before, {now[2]:.0f} MB after")
            status, seconds = server.status()
            check(status == 200 and server.process.poll() is None, "the server is there")
        finally:
            server.stop()

        server = Server(tombola, store, "--token", "aTokenOfFortyLettersAndDigits0123456789ab")
        try:
            with server.connect() as connection:
                connection.sendall(server.head("/", "Authorization: Bearer wrong-one\r\nConnection: close\r\n"))
                status, text = server.answer(connection)
            check(status == 401 and b"aTokenOf" not in text and b"wrong-one" not in text, "a wrong token is refused, and no token is repeated")
            status, _ = server.status("/", "Authorization: Bearer aTokenOfFortyLettersAndDigits0123456789ab\r\nConnection: close\r\n")
            check(status == 200, "the right one is let in")
            status, _ = server.status("/?token=aTokenOfFortyLettersAndDigits0123456789ab")
            check(status == 401, "not in an address")
        finally:
            server.stop()
    print(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
