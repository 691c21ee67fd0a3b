#!/bin/sh
# Writes mlprogram.pb.swift anew from mlprogram.proto. Sources/Onnx/Schema/generate.sh says what it needs.
set -eu
cd "$(dirname "$0")"
exec ../../Onnx/Schema/generate.sh "$PWD" mlprogram.proto
