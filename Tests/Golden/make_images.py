"""Writes small JPEG, PNG, WebP and TIFF files of every kind into Tests/Golden/images, with what Pillow makes of them.

expected.json holds, for every file and some sizes, the bytes of Pillow's image after convert("RGB") (or "L" for grey
files) and resize((size, size), Resampling.BILINEAR), channel by channel, in base64; sixteen bits are rounded to eight by
numpy first. The files are also the seeds of Tests/Fuzz.

    pip install 'pillow<13' numpy && python3 Tests/Golden/make_images.py

Made with Python 3.11.7, Pillow 12.3.0 (its libraries are named in expected.json), numpy 2.4.6. Pillow 13 resizes some
images rows first, which rounds differently.
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageFile, features

FOLDER = pathlib.Path(__file__).parent / "images"
SIZES = (5, 17)
random = np.random.default_rng(5)


def picture(height, width, channels):
    """A smooth picture with some noise, so that JPEG has something to do."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / (3 + c) + y / (5 - c) + c) for c in range(channels)]
    return np.clip(np.stack(waves, -1) + random.normal(0, 8, (height, width, channels)), 0, 255).astype(np.uint8)


# ---- PNG: Pillow neither interlaces nor writes every depth

ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def rows(samples, depth):
    """Rows with filter 0; samples [height][width][channels]."""
    out = b""
    for row in samples:
        flat = row.reshape(-1)
        if depth == 16:
            out += b"\0" + flat.astype(">u2").tobytes()
        else:
            bits = "".join(f"{int(v):0{depth}b}" for v in flat)
            bits += "0" * (-len(bits) % 8)
            out += b"\0" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return out


def png(samples, kind, depth=8, interlaced=False, palette=None, transparency=None):
    height, width = samples.shape[:2]
    passes = [samples[r::dr, c::dc] for r, c, dr, dc in ADAM7] if interlaced else [samples]
    data = b"".join(rows(p, depth) for p in passes if p.size)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    parts = chunk(b"IHDR", header)
    if palette is not None:
        parts += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if transparency is not None:
        parts += chunk(b"tRNS", transparency)
    parts += chunk(b"tEXt", b"Comment\0a picture") + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def scaled(samples, depth):
    """To eight bits by rounding."""
    return np.round(samples.astype(np.float64) * 255 / (2**depth - 1)).astype(np.uint8)


GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
files, expected = {}, {}


def add_png(name, samples, kind, depth=8, shown=None, **options):
    files[name] = png(samples, kind, depth, **options)
    pixels = scaled(samples, depth) if shown is None else shown
    channels = {GREY: 1, GREY_ALPHA: 1}.get(kind, 3)
    pixels = pixels[..., :channels]
    expected[name] = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


for depth in (1, 2, 4, 8):
    add_png(f"grey-{depth}.png", picture(11, 17, 1) >> (8 - depth), GREY, depth)
deep = random.integers(0, 65536, (9, 13, 4)).astype(np.uint16)
add_png("grey-16.png", deep[..., :1], GREY, 16)
add_png("rgb-16.png", deep[..., :3], RGB, 16)
add_png("rgba-16-interlaced.png", deep, RGBA, 16, interlaced=True)
add_png("grey-alpha.png", picture(10, 10, 2), GREY_ALPHA)
add_png("rgb.png", picture(40, 23, 3), RGB)
add_png("rgb-transparent.png", picture(5, 5, 3), RGB, transparency=b"\0\1\0\2\0\3")
add_png("rgba.png", picture(12, 30, 4), RGBA)
add_png("grey-interlaced.png", picture(19, 14, 1), GREY, interlaced=True)
add_png("rgb-interlaced.png", picture(33, 35, 3), RGB, interlaced=True)
add_png("one.png", picture(1, 1, 3), RGB)
for depth in (1, 2, 4, 8):
    colours = random.integers(0, 256, (2**depth if depth < 8 else 200, 3))
    indices = random.integers(0, len(colours), (8, 9, 1))
    options = {"transparency": bytes([0, 128])} if depth == 4 else {}
    add_png(
        f"palette-{depth}.png", indices, PALETTE, depth, shown=colours[indices[..., 0]].astype(np.uint8),
        palette=colours, **options)

# ---- JPEG


def add_jpeg(name, content):
    files[name] = content
    image = Image.open(io.BytesIO(content))
    expected[name] = image.convert("L" if image.mode == "L" else "RGB")


def jpeg(pixels, mode=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


ImageFile.MAXBLOCK = 1 << 20
add_jpeg("grey.jpg", jpeg(picture(21, 18, 1)[..., 0], quality=85))
add_jpeg("colour-420.jpg", jpeg(picture(75, 100, 3), quality=85, subsampling="4:2:0"))
add_jpeg("colour-422.jpg", jpeg(picture(30, 21, 3), quality=85, subsampling="4:2:2"))
add_jpeg("colour-444.jpg", jpeg(picture(17, 40, 3), quality=85, subsampling="4:4:4"))
add_jpeg("progressive.jpg", jpeg(picture(30, 30, 3), quality=80, progressive=True))
add_jpeg("restarts.jpg", jpeg(picture(30, 30, 3), quality=80, restart_marker_rows=1))
add_jpeg("rgb.jpg", jpeg(picture(16, 16, 3), quality=90, keep_rgb=True))
add_jpeg("one.jpg", jpeg(picture(1, 1, 3)))
inks = jpeg(picture(15, 20, 4), "CMYK", quality=90)
add_jpeg("cmyk-adobe.jpg", inks)
marker = inks.index(b"\xff\xee")
assert inks[marker + 2 : marker + 9] == b"\0\x0eAdobe" and inks[marker + 15] == 0
add_jpeg("ycck.jpg", inks[: marker + 15] + b"\2" + inks[marker + 16 :])
add_jpeg("cmyk-plain.jpg", inks[:marker] + inks[marker + 16 :])

turned = Image.Exif()
turned[0x0112] = 6
add_jpeg("turned.jpg", jpeg(picture(10, 14, 3), exif=turned))

# ---- WebP and TIFF


def add(name, pixels, shown=None, mode=None, **options):
    buffer = io.BytesIO()
    image = Image.fromarray(pixels, mode)
    image.save(buffer, name.split(".")[-1].upper(), **options)
    files[name] = buffer.getvalue()
    if shown is None:
        shown = image.convert("L" if image.mode in ("1", "L") else "RGB")
    expected[name] = shown


add("lossless.webp", picture(18, 25, 3), lossless=True)
add("alpha.webp", picture(11, 9, 4), lossless=True, exact=True)
lossy = io.BytesIO()
Image.fromarray(picture(40, 31, 3)).save(lossy, "WEBP", quality=80, exif=turned)
files["lossy.webp"] = lossy.getvalue()
expected["lossy.webp"] = Image.open(io.BytesIO(lossy.getvalue())).convert("RGB")
add("grey.tiff", picture(13, 20, 1)[..., 0], compression="tiff_lzw")
add("rgb.tiff", picture(24, 15, 3), compression="tiff_deflate")
add("plain.tiff", picture(7, 15, 3))
add("rgba.tiff", picture(9, 16, 4))
add("bits.tiff", picture(9, 21, 1)[..., 0] > 127, compression="group4")
deep = random.integers(0, 65536, (9, 13)).astype(np.uint16)
add("grey-16.tiff", deep, shown=Image.fromarray((deep >> 8).astype(np.uint8)))
add("cmyk.tiff", picture(12, 12, 4), mode="CMYK")
palette = Image.fromarray(picture(14, 14, 3)).quantize(30)
buffer = io.BytesIO()
palette.save(buffer, "TIFF")
files["palette.tiff"], expected["palette.tiff"] = buffer.getvalue(), palette.convert("RGB")

FOLDER.mkdir(exist_ok=True)
for old in FOLDER.iterdir():
    old.unlink()
assert int(PIL.__version__.split(".")[0]) < 13
libraries = {"libjpeg-turbo": "libjpeg_turbo", "libwebp": "webp", "libtiff": "libtiff"}
facts = {"pillow": PIL.__version__, **{k: features.version(v) for k, v in libraries.items()}, "files": {}}
for name, content in sorted(files.items()):
    (FOLDER / name).write_bytes(content)
    entry = {"channels": len(expected[name].getbands()), "sizes": {}}
    for size in SIZES:
        pixels = np.asarray(expected[name].resize((size, size), Image.Resampling.BILINEAR)).reshape(size, size, -1)
        entry["sizes"][str(size)] = base64.b64encode(pixels.transpose(2, 0, 1).tobytes()).decode()
    facts["files"][name] = entry
(FOLDER / "expected.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
