import Basics
import Foundation

/// What tests, fuzzing and checks of other processors use; users of the command need none of it.
struct TestExamination: Examination {
  static let topic = "building and testing (for developers)"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] {
    [
      swift(surroundings), fuzzer(surroundings),
      surroundings.program(
        ["qemu-aarch64-static", "qemu-aarch64"], package: "qemu-user-static",
        for: "the ARM kernels are checked with it"),
      surroundings.program(
        ["aarch64-linux-gnu-gcc"], package: "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
        for: "the ARM kernels are linked with it"),
      surroundings.program(
        ["chromium", "chromium-browser", "google-chrome"], package: "chromium", for: "tests draw pages with it"),
    ]
  }

  private static func swift(_ surroundings: Surroundings) -> Checkup {
    guard let path = surroundings.path(of: "swift") else {
      return .missing(
        "swift", "not on the PATH; building needs 6.2 or newer",
        remedy: "Install it from https://www.swift.org/install.")
    }
    return .good("swift", path)
  }

  /// A clang that has libFuzzer's library: Debian packs it alone (`libclang-rt-dev`).
  private static func fuzzer(_ surroundings: Surroundings) -> Checkup {
    let remedy = "On Debian: 'apt-get install clang libclang-rt-dev'; Swift's own clang has it too."
    guard let path = surroundings.path(of: "clang"),
      let folder = try? SystemProgram.run(path, ["-print-resource-dir"], seconds: 10).text
    else { return .missing("clang with libFuzzer", "no clang on the PATH; 'make fuzz' needs it", remedy: remedy) }
    let files = FileManager.default.enumerator(atPath: "\(folder)/lib")
    while let file = files?.nextObject() as? String {
      if file.contains("clang_rt.fuzzer") { return .good("clang with libFuzzer", path) }
    }
    return .missing("clang with libFuzzer", "\(path) has no libFuzzer; 'make fuzz' needs it", remedy: remedy)
  }
}
