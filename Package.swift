// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Settings that every Swift target shares.
let swift: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What an experiment may import. Methods are three targets, so that all cores compile them; a new folder falls to the second.
let methods: [Target.Dependency] = [
  "Lanes", "Basics", "Datasets", "Networks", "Training", "Attacks", "Pruning", "Analysis", "Tickets", "Pages",
  "Experiments", "Database", "Detection", "Scenes", "Detectors",
]

let searchMethods = ["Find", "Train", "Criteria", "Certify", "Connect", "Attack"]
let relatedMethods = ["Adapt", "Critics", "Detect", "Ood", "PredictSubnets", "SelfEnsemble", "Surf"]

/// All that stands in the folder of the methods; a target that takes part of it leaves the rest out by name.
let methodFolders =
  (try? FileManager.default.contentsOfDirectory(atPath: "\(Context.packageDirectory)/Sources/Methods")) ?? []

/// Targets stand in the order in which data flows: a target imports only those above it.
let package = Package(
  name: "tombola",
  platforms: [.macOS(.v15)],
  products: [
    .library(
      name: "Tombola",
      targets: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Attacks", "Pruning", "Analysis", "Tickets", "Pages",
        "Detection", "Scenes", "Detectors", "Experiments", "Methods", "Exports",
      ]),
    // The command as a library, for commands with studies and criteria of their own.
    .library(name: "TombolaCommand", targets: ["TombolaCommand"]),
    .executable(name: "tombola", targets: ["tombola"]),
    // For other languages; a build of the command alone does not make it.
    .library(name: "TombolaC", type: .dynamic, targets: ["TombolaC"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"]), .brew(["libtiff"])]),
    .target(
      name: "CImages", dependencies: ["CJPEG", "CPNG", "CWebP", "CTIFF"],
      linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("webp"), .linkedLibrary("tiff")]),
    .target(name: "CLanes"),
    .target(name: "CCommit"),
    .target(name: "Lanes", dependencies: ["CLanes"], swiftSettings: swift),
    .target(
      name: "Basics",
      dependencies: [
        .target(name: "CCrypto", condition: .when(platforms: [.linux])), .product(name: "Yams", package: "Yams"),
      ], swiftSettings: swift),
    .target(name: "Datasets", dependencies: ["Lanes", "Basics", "CZlib", "CImages"], swiftSettings: swift),
    .target(
      name: "Onnx", dependencies: ["Basics", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schema"], swiftSettings: swift),
    .target(
      name: "MLPackage", dependencies: ["Basics", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schema"], swiftSettings: swift),
    .target(name: "Networks", dependencies: ["Lanes", "Basics", "Onnx"], swiftSettings: swift),
    .target(
      name: "Training", dependencies: ["Lanes", "Basics", "Datasets", "Networks"], swiftSettings: swift),
    .target(
      name: "Attacks", dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training"], swiftSettings: swift),
    .target(
      // Gradients hold a data set: where its layout changes, this has to be compiled anew.
      name: "Pruning", dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training"], swiftSettings: swift),
    .target(name: "Analysis", dependencies: ["Lanes", "Basics", "Networks"], swiftSettings: swift),
    .target(name: "Detection", dependencies: ["Basics"], swiftSettings: swift),
    .target(
      name: "Scenes", dependencies: ["Lanes", "Basics", "Datasets", "Detection"], swiftSettings: swift),
    .target(
      name: "Detectors",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Detection", "Scenes"],
      swiftSettings: swift),
    .target(name: "Pages", dependencies: ["Basics", "CImages"], swiftSettings: swift),
    .target(
      name: "Tickets",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Pruning", "Analysis", "Pages"],
      swiftSettings: swift),
    .target(
      name: "Exports",
      dependencies: ["Lanes", "Basics", "Onnx", "MLPackage", "Datasets", "Networks", "Training", "Tickets"],
      swiftSettings: swift),
    .target(name: "Database", dependencies: ["Basics", "CSQLite"], swiftSettings: swift),
    .target(
      name: "Experiments",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Analysis", "Tickets", "Pages"],
      swiftSettings: swift),
    .target(
      name: "SearchMethods", dependencies: methods, path: "Sources/Methods",
      exclude: methodFolders.filter { !searchMethods.contains($0) }, sources: searchMethods, swiftSettings: swift),
    .target(
      name: "StudyMethods", dependencies: methods, path: "Sources/Methods",
      exclude: (searchMethods + relatedMethods).filter(methodFolders.contains) + ["MethodCatalog.swift"],
      swiftSettings: swift),
    .target(
      name: "RelatedMethods", dependencies: methods, path: "Sources/Methods",
      exclude: methodFolders.filter { !relatedMethods.contains($0) },
      sources: relatedMethods.filter(methodFolders.contains), swiftSettings: swift),
    .target(
      name: "Methods", dependencies: ["Experiments", "SearchMethods", "StudyMethods", "RelatedMethods"],
      path: "Sources/Methods",
      exclude: methodFolders.filter { $0 != "MethodCatalog.swift" }, sources: ["MethodCatalog.swift"],
      swiftSettings: swift),
    .target(
      name: "Sweeps",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Analysis", "Tickets", "Pages", "Experiments",
        "Database",
      ], swiftSettings: swift),
    .target(
      name: "Dashboard",
      dependencies: ["Basics", "Networks", "Tickets", "Sweeps", "Pages", "Experiments"], swiftSettings: swift),
    .target(
      name: "TombolaCommand",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Attacks", "Pruning", "Analysis", "Tickets",
        "Detection", "Scenes", "Detectors", "Sweeps", "Database", "Dashboard", "Pages", "Experiments", "Methods",
        "Exports",
        "CCommit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swift),
    .target(name: "CTombola"),
    .target(
      name: "TombolaC",
      dependencies: [
        "CTombola", "Basics", "Datasets", "Networks", "Training", "Tickets", "Experiments", "Methods", "Exports",
      ],
      swiftSettings: swift),
    .executableTarget(name: "tombola", dependencies: ["TombolaCommand", "Methods"], swiftSettings: swift),
    .target(
      name: "ToyExperiment",
      dependencies: [
        "Basics", "Datasets", "Networks", "Training", "Pruning", "Analysis", "Tickets", "Pages", "Experiments",
      ], path: "Tests/Toy", exclude: ["toy.schema.json"], swiftSettings: swift),
    .executableTarget(
      name: "tombola-toy", dependencies: ["TombolaCommand", "Methods", "ToyExperiment"], path: "Tests/ToyCommand",
      swiftSettings: swift),
    // What the tutorials have their readers write, as packages of their own see the library.
    .executableTarget(
      name: "own-data",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Tickets", "Experiments", "Methods", "Exports",
      ],
      path: "Tests/Tutorials/own-data/Sources", packageAccess: false, swiftSettings: swift),
    .executableTarget(
      name: "own-criterion", dependencies: ["Networks", "Pruning", "Methods", "TombolaCommand"],
      path: "Tests/Tutorials/own-criterion/Sources", packageAccess: false, swiftSettings: swift),
    .executableTarget(
      name: "own-study",
      dependencies: [
        "Analysis", "Basics", "Datasets", "Networks", "Training", "Pruning", "Tickets", "Pages", "Experiments",
        "Methods", "TombolaCommand",
      ], path: "Tests/Tutorials/own-study/Sources", packageAccess: false, swiftSettings: swift),
    .target(name: "CAllocations", path: "Tests/AllocationCounter"),
    .target(
      name: "TestSupport", dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Pages"],
      path: "Tests/TestSupport", swiftSettings: swift),
    .testTarget(name: "LanesTests", dependencies: ["Lanes", "TestSupport"], swiftSettings: swift),
    .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"], swiftSettings: swift),
    .testTarget(
      name: "NetworksTests", dependencies: ["Lanes", "Basics", "Onnx", "Networks", "TestSupport"], swiftSettings: swift),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "TestSupport", "CAllocations"],
      swiftSettings: swift),
    .testTarget(
      name: "AttacksTests",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Attacks", "TestSupport"],
      swiftSettings: swift),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Basics", "Lanes"], swiftSettings: swift),
    .testTarget(
      name: "PruningTests",
      dependencies: ["Lanes", "Basics", "Datasets", "Networks", "Training", "Pruning", "TestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "AnalysisTests", dependencies: ["Lanes", "Basics", "Networks", "Analysis"], swiftSettings: swift),
    .testTarget(
      name: "TicketsTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Pruning", "Analysis", "Tickets", "TestSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "ExportsTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Tickets", "Exports", "TestSupport",
      ], swiftSettings: swift),
    .testTarget(
      name: "MethodsTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Attacks", "Pruning", "Analysis", "Tickets", "Pages",
        "Experiments", "Methods", "Database", "TestSupport",
      ], swiftSettings: swift),
    .testTarget(
      name: "RelatedMethodsTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Training", "Pruning", "Analysis", "Tickets", "Pages", "Experiments",
        "Methods", "TestSupport",
      ], swiftSettings: swift),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Networks", "Tickets", "Experiments", "Methods", "Sweeps", "TestSupport",
        "ToyExperiment",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "SweepsTests",
      dependencies: [
        "Lanes", "Basics", "Datasets", "Training", "Tickets", "Pages", "Experiments", "Methods", "Sweeps",
        "TestSupport", "ToyExperiment",
      ], swiftSettings: swift),
    .testTarget(
      name: "DashboardTests",
      dependencies: [
        "Basics", "Tickets", "Datasets", "Sweeps", "Dashboard", "Pages", "Experiments", "Methods",
        "TestSupport",
      ],
      swiftSettings: swift),
    .testTarget(name: "DetectionTests", dependencies: ["Basics", "Detection"], swiftSettings: swift),
    .testTarget(
      name: "ScenesTests", dependencies: ["Lanes", "Basics", "Datasets", "Detection", "Scenes", "TestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "DetectorsTests",
      dependencies: ["Basics", "Datasets", "Detection", "Scenes", "Detectors", "Networks", "Training"],
      swiftSettings: swift),
    .testTarget(
      name: "TombolaCTests",
      dependencies: [
        "CTombola", "TombolaC", "Lanes", "Basics", "Datasets", "Networks", "Training", "Tickets", "Exports",
        "TestSupport",
      ],
      swiftSettings: swift),
    .target(
      name: "FuzzReaders",
      dependencies: [
        "Basics", "Database", "Datasets", "Detection", "Onnx", "Networks", "Tickets", "Experiments", "Sweeps",
        "Dashboard",
        "ToyExperiment",
      ], path: "Tests/Fuzz/Readers", swiftSettings: swift),
    .testTarget(
      name: "FuzzTests", dependencies: ["FuzzReaders", "TestSupport"], path: "Tests/Fuzz/Tests", swiftSettings: swift),
    .testTarget(name: "PagesTests", dependencies: ["Pages", "Basics", "TestSupport"], swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)

// libFuzzer's program around `FuzzReaders` (`make fuzz`), which is linked only where everything is instrumented.
if Context.environment["TOMBOLA_FUZZ"] != nil {
  package.targets += [
    .executableTarget(name: "fuzz-readers", dependencies: ["FuzzReaders"], path: "Tests/Fuzz/ReaderMain")
  ]
}
