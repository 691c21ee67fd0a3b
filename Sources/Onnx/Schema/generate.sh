#!/bin/sh
# Writes onnx.pb.swift anew from onnx.proto, or another schema of another folder into the folder above it: generate.sh [FOLDER FILE]. Needs
# protoc (Debian: protobuf-compiler, or Python: grpcio-tools) and protoc-gen-swift on the path, which
# `swift build -c release --product protoc-gen-swift` makes in a checkout of swift-protobuf.
set -eu
cd "${1:-$(dirname "$0")}"
protoc=protoc
command -v protoc >/dev/null || protoc="python3 -m grpc_tools.protoc"
$protoc --proto_path=. --swift_opt=Visibility=Internal --swift_opt=UseAccessLevelOnImports=true --swift_out=.. "${2:-onnx.proto}"
