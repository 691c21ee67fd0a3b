// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "own-data",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../tombola")],
  targets: [
    .executableTarget(
      name: "own-data",
      dependencies: [.product(name: "Tombola", package: "tombola")], path: "Sources")
  ]
)
