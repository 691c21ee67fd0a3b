"""Reads what a binary ticket's file has in place of a mask and of weights: an arithmetic code, signs from the seed, gains."""
import math
import numpy as np

def unarithmetic(code, counts):  # the masks of tensors of so many weights, from an arithmetic code
    sizes, code, at = code[:len(counts)].tolist(), code[len(counts):].tolist() + [0] * 8, 4
    R, X = 2**32 - 1, int.from_bytes(bytes(code[:4]), "big")
    def narrow(skipped, width):
        nonlocal R, X, at
        R, X = width, X - skipped
        while R < 2**24: R, X, at = R << 8, X << 8 | code[at], at + 1
    for count, size in zip(counts, sizes):
        keeps = []
        for left in range(count, 0, -2**size):
            n = min(left, 2**size)
            s = R // (n + 1)
            m = min(X // s, n)
            narrow(s * m, R - s * m if m == n else s)
            for u in range(n, 0, -1):
                b = R // u * m
                keep = m == u or m > 0 and X < b
                if 0 < m < u: narrow(*((0, b) if keep else (b, R - b)))
                keeps.append(keep)
                m -= keep
        yield np.array(keeps)
    assert at == len(code) - 8 + 3, "the arithmetic code is longer or shorter"

def mask(code, tensors):  # of all parameters
    masks = unarithmetic(code, [math.prod(t[2]) for t in tensors if t[1] == "weight"])
    keeps = np.concatenate([next(masks) if t[1] == "weight" else np.ones(math.prod(t[2]), bool) for t in tensors])
    assert next(masks, None) is None
    return keeps

def weights(drawn, tensors, arrays, scale, keeps):  # tensors at the start, and what is kept of all at the end
    start = [p * np.float32(scale) if t[1] == "weight" else p for t, p in zip(tensors, drawn)]
    gains, norms, trained = iter(arrays["gains"]), iter(arrays["norms"]), []
    for t, p in zip(tensors, start):
        if t[1] == "weight": p = np.where(p < 0, -1, 1) * next(gains)
        elif t[1] != "bias": p = [next(norms) for _ in p]
        trained.append(p)
    return start, np.concatenate(trained)[keeps]
