"""Prints the areas and error rates of Tests/AnalysisTests/DiscriminationTests.swift by scikit-learn 1.9.1 and numpy 2.4.6.

Scores are (i * step) % modulus / 8 of samples 0 to n - 1, so that ties are many and every number is exact in binary.
"""
import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

CASES = [((50, 37, 101, 3), (70, 53, 97, 0)), ((200, 7, 11, 1), (35, 5, 13, 0)), ((9, 1, 64, 8), (9, 1, 64, 0)),
         ((40, 3, 7, 0), (40, 3, 7, 0)), ((3, 1, 8, 0), (5, 1, 8, 40)), ((97, 31, 89, 6), (411, 29, 83, 0))]


def scores(n, step, modulus, shift):
    return np.array([(i * step % modulus + shift) / 8 for i in range(n)])


for first, second in CASES:
    a, b = scores(*first), scores(*second)
    y, s = np.r_[np.ones(len(a)), np.zeros(len(b))], np.r_[a, b]
    fpr, tpr, _ = roc_curve(y, s, drop_intermediate=False)
    print(first, second, *(repr(float(x)) for x in (
        roc_auc_score(y, s), average_precision_score(y, s), average_precision_score(1 - y, -s), fpr[tpr >= 0.95][0])))
