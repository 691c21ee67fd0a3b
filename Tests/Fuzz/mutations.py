"""Damages files: bytes, numbers, parts of JSON, arrays and tables, with and without their digests made right again.

Every function takes a `random.Random` and says by it alone what it does.
"""

import copy
import gzip
import hashlib
import io
import json
import os
import re
import sqlite3
import struct
import zipfile
import zlib

NUMBERS = ["0", "-1", "1", "1e300", "-1e300", "1e19", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
           "2147483648", "4294967296", "1e-320", "0.5", "1e9999", "NaN", "1.5", "100", "3", "-0.0", "1000000"]
VALUES = [None, True, [], {}, "", "x", "../../x", "\u0000", "ä" * 50, [[]], 0, -1, 1e300, -1e300, 10**19, 2**63 - 1, 2**31, 0.5,
          1.5, 1e-320, 100000, 10**9]
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
ZEROS = b"0" * 64


def mutated(draw, data, name, others):
    """Another content for a file of that name, and whether its digests were made right again."""
    kind = name.rsplit(".", 1)[-1]
    own = {"json": json_tree, "safetensors": tensors, "mask": tensors, "jsonl": lines, "yaml": yaml, "csv": lines,
           "npz": zipped, "gz": inflated, "npy": numbers, "sqlite": table}.get(kind)
    if own and draw.random() < 0.6:
        made = own(draw, data)
        if made is not None and made != data:
            return (sealed(made), True) if draw.random() < 0.5 else (made, False)
    for _ in range(20):
        made = data
        for _ in range(draw.choice([1, 1, 1, 2, 4])):
            made = draw.choice([flip, flip, overwrite, cut, drop, double, insert, zero, numbers, whole])(draw, made, others)
        if made != data:
            return made, False
    return data + b"x", False


def span(draw, data):
    start = draw.randrange(len(data) + 1)
    return start, min(len(data), start + draw.choice([1, 2, 4, 8, 16, 64, 1024]))


def flip(draw, data, others=None):
    if not data:
        return b"\0"
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1:]


def overwrite(draw, data, others=None):
    start, end = span(draw, data)
    return data[:start] + bytes(draw.choice([0, 1, 127, 128, 255, draw.randrange(256)]) for _ in range(end - start)) + data[end:]


def cut(draw, data, others=None):
    return data[:draw.randrange(len(data) + 1)]


def drop(draw, data, others=None):
    start, end = span(draw, data)
    return data[:start] + data[end:]


def double(draw, data, others=None):
    start, end = span(draw, data)
    return data[:end] + data[start:end] * draw.choice([1, 1, 3, 500]) + data[end:]


def insert(draw, data, others=None):
    start = draw.randrange(len(data) + 1)
    word = draw.choice([b"\0", b"\n", b'"', b"{", b"[", b",", b":", b"\xff\xfe", b"-", b"e9", b"\r\n", b"\xef\xbb\xbf", b"9" * 30])
    return data[:start] + word + data[start:]


def zero(draw, data, others=None):
    start, end = span(draw, data)
    return data[:start] + bytes(end - start) + data[end:]


def whole(draw, data, others=None):
    return draw.choice([lambda: b"", lambda: draw.choice(others or [b""]), lambda: b"[" * 200_000, lambda: b'{"a":' * 100_000,
                        lambda: data + data, lambda: b"null", lambda: b"\0" * 4096, lambda: data[::-1]])()


def numbers(draw, data, others=None):
    """One number as text is another."""
    found = list(NUMBER.finditer(data[:200_000]))
    if not found:
        return overwrite(draw, data)
    place = draw.choice(found)
    return data[:place.start()] + draw.choice(NUMBERS).encode() + data[place.end():]


def lines(draw, data):
    parts = data.split(b"\n")
    i, j = draw.randrange(len(parts)), draw.randrange(len(parts))
    choice = draw.randrange(6)
    if choice == 0:
        parts[i], parts[j] = parts[j], parts[i]
    elif choice == 1:
        del parts[i]
    elif choice == 2:
        parts.insert(i, parts[j])
    elif choice == 3:
        parts[i] = numbers(draw, parts[i])
    elif choice == 4:
        cells = parts[i].split(b",")
        cells[draw.randrange(len(cells))] = draw.choice([b"", b"nan", b"NA", b"1e999", b"x", b'"', b"-1", b"3.5", b"1;2", b"\xff", b" "])
        parts[i] = b",".join(cells)
    else:
        return data.replace(b",", draw.choice([b";", b"\t", b",,", b" "]))
    return b"\n".join(parts)


def yaml(draw, data):
    parts = data.split(b"\n")
    i = draw.randrange(len(parts))
    word = draw.choice([b"&a [*a]", b"!!binary x", b"<<: *x", b"? x", b"- ", b"{" * 300, b"\t", b"'", b"|", b"%YAML 9", b"---", b"~",
                        b"[1, 2", b"*a", b"!!float x", b"x: y: z", b"1e999", b".nan"])
    head, colon, _ = parts[i].partition(b":")
    parts[i] = draw.choice([head + colon + b" " + word, b"  " + parts[i], parts[i].strip(), word, numbers(draw, parts[i])])
    return lines(draw, b"\n".join(parts)) if draw.random() < 0.3 else b"\n".join(parts)


# JSON


def places(tree, found=None):
    """Every container with a key of it."""
    found = [] if found is None else found
    for key in tree if isinstance(tree, dict) else range(len(tree)):
        found.append((tree, key))
        if isinstance(tree[key], (dict, list)):
            places(tree[key], found)
    return found


def change(draw, tree):
    """Changes one part of a tree in its place."""
    found = places(tree)
    if not found:
        return
    holder, key = draw.choice(found)
    value, choice = holder[key], draw.randrange(7)
    if choice == 0:
        del holder[key]
    elif choice == 1 and isinstance(value, list):
        value.extend(value[:1] * draw.choice([1, 1, 50]) or [0])
    elif choice == 1 and isinstance(value, dict):
        value["x"] = draw.choice(VALUES)
    elif choice == 2 and isinstance(value, list) and value:
        draw.choice([value.pop, value.reverse, value.clear])()
    elif choice == 3:
        other, name = draw.choice(found)
        holder[key] = copy.deepcopy(other[name]) if other is not holder else draw.choice(VALUES)
    elif choice == 4 and isinstance(value, str):
        holder[key] = draw.choice([value[:-1], value + "0", numbers(draw, value.encode()).decode(errors="replace"), ""])
    elif choice >= 4 and isinstance(value, (int, float)) and not isinstance(value, bool):
        holder[key] = draw.choice([-value, value + 1, value * 1e9, value + 0.5, value * 2, 1e300, 2**62, -1, 0])
    else:
        holder[key] = draw.choice(VALUES)


def json_tree(draw, data):
    try:
        tree = json.loads(data)
    except ValueError:
        return None
    if not isinstance(tree, (dict, list)):
        return None
    for _ in range(draw.choice([1, 1, 2, 3])):
        change(draw, tree)
    return dumped(tree)


def dumped(tree):
    try:
        return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None


def sealed(data):
    """The same with its own digests made right: that of a certificate, and that of every other file that carries one."""
    if data[:1] == b"{" and b'"tombola-certificate-1"' in data:
        try:
            tree = json.loads(data)
            tree["digest"] = ""
            tree["digest"] = hashlib.sha256(dumped(tree)).hexdigest()
            return dumped(tree)
        except (ValueError, TypeError):
            return data
    found = re.search(rb'"sha256":"([0-9a-f]{64})"', data[:1_000_000])
    if not found:
        return data
    start, end = found.span(1)
    return data[:start] + hashlib.sha256(data[:start] + ZEROS + data[end:]).hexdigest().encode() + data[end:]


# Arrays and archives


def tensors(draw, data):
    """Another header, its length made right, or other arrays."""
    size = struct.unpack("<Q", data[:8])[0]
    if draw.random() < 0.3:
        return data[:8 + size] + draw.choice([flip, overwrite, zero])(draw, data[8 + size:])
    tree = json.loads(data[8:8 + size])
    about = tree.get("__metadata__", {})
    key = draw.choice(sorted(about) or [""])
    if draw.random() < 0.5 and about.get(key, "")[:1] in ("{", "["):
        inner = json.loads(about[key])
        change(draw, inner)
        about[key] = json.dumps(inner, sort_keys=True)
    else:
        change(draw, tree)
    text = dumped(tree)
    return None if text is None else struct.pack("<Q", len(text)) + text + data[8 + size:]


def inflated(draw, data):
    return gzip.compress(draw.choice([flip, overwrite, cut, numbers, double])(draw, gzip.decompress(data)), 1, mtime=0)


def zipped(draw, data):
    """The archive with one of its files changed, its check sum right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(sorted(files))
    files[name] = draw.choice([flip, overwrite, cut, numbers, numbers, double])(draw, files[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name])
    return made.getvalue()


def table(draw, data):
    """One value of one row is another."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        name = draw.choice(names)
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')]
        rows = [row[0] for row in connection.execute(f'SELECT rowid FROM "{name}" ORDER BY rowid')]
        value = draw.choice([None, -1, 0, 1e300, 2**62, "x", b"\xff", 0.5, 3])
        connection.execute(
            f'UPDATE "{name}" SET "{draw.choice(columns)}" = ? WHERE rowid = ?', (value, draw.choice(rows)))
        connection.commit()
        return connection.serialize()
    except (sqlite3.Error, IndexError):
        return None
    finally:
        connection.close()


# What only a reader of the form can refuse


def is_broken_archive(path):
    """Whether a check sum in a gzip or zip file says that it is damaged."""
    if os.path.getsize(path) > 1 << 24:
        return False
    with open(path, "rb") as file:
        data = file.read()
    try:
        if path.endswith(".gz"):
            stream = zlib.decompressobj(31)
            stream.decompress(data, 1 << 26)
            return not stream.eof and not stream.unconsumed_tail
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.testzip() is not None
    except zlib.error:
        return True
    except Exception:  # what Python cannot read for another reason says nothing about the digest
        return False


def is_guarded(file, before, data, words):
    """Whether a digest guards what the command prints: the file carries one that the damage has not taken away, or the
    command reads it for nothing but to do again what is not there."""
    seal = b'"sha256":"'
    if seal in data[:1_000_000] and sealed(data) == data:  # a whole file from another place, which is as good there
        return False
    if seal in before[:1_000_000]:
        return seal in data[:1_000_000]
    if words[0] == "report" and file.endswith("result.json") or file.endswith((".safetensors", ".mask", ".yaml", ".onnx")):
        return False
    is_record = "/seed-" in file and file.endswith(".json")
    return not is_record
