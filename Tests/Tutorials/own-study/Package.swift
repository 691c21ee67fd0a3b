// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "own-study",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../tombola")],
  targets: [
    .executableTarget(
      name: "own-study",
      dependencies: [
        .product(name: "Tombola", package: "tombola"),
        .product(name: "TombolaCommand", package: "tombola"),
      ], path: "Sources")
  ]
)
