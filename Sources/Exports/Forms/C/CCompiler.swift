import Foundation

/// The machine's own C compiler, for the size of the code.
enum CCompiler {
  /// What to print of the size of the code.
  static func codeBytes(of source: URL, constants: Int) -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tombola-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let object = folder.appendingPathComponent("code.o").path
    guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil,
      output("cc", ["-std=c99", "-Os", "-c", source.path, "-o", object]) != nil, let sizes = output("size", [object]),
      let text = sizes.split(separator: "\n").last?.split(whereSeparator: { " \t".contains($0) }).first,
      let bytes = Int(text)
    else { return "code not measured: 'cc' and 'size' are not both here" }
    return "code \(max(0, bytes - constants)) bytes (cc -Os on this machine)"
  }

  /// What a program prints, if it can be run and succeeds.
  private static func output(_ program: String, _ arguments: [String]) -> String? {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
  }
}
