public import Foundation

/// A headless Chromium, if one is installed.
public struct Browser {
  public let path: String

  public init?() {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let candidates = folders.flatMap { folder in
      ["chromium", "chromium-browser", "google-chrome"].map { "\(folder)/\($0)" }
    }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      print("No Chromium on the PATH: the charts were not drawn in a browser.")
      return nil
    }
    path = found
  }

  /// The document after its scripts have run.
  public func document(of page: String, options: [String] = []) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("report.html")
    try Data(page.utf8).write(to: url)
    return try document(at: url, options: options + ["--user-data-dir=\(folder.path)/profile"])
  }

  /// The same of a page that lies somewhere.
  public func document(at url: URL, options: [String] = []) throws -> String {
    let common = ["--headless", "--no-sandbox", "--disable-gpu"]
    let dump = ["--virtual-time-budget=8000", "--dump-dom", url.absoluteString]
    return try output(of: common + options + dump)
  }

  /// - Returns: the file that a page was drawn into, with the page's own background.
  public func screenshot(of page: URL, to file: URL, options: [String]) throws {
    let common = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--screenshot=\(file.path)"]
    _ = try output(of: common + options + ["--virtual-time-budget=8000", page.absoluteString])
  }

  private func output(of arguments: [String]) throws -> String {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
