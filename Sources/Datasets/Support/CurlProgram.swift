import Basics
package import Foundation

/// A download by the system's program `curl`: what the statically linked command uses, for libcurl cannot be linked into it
/// (Debian's needs Kerberos, of which there is no static library).
package enum CurlProgram {
  /// - Throws: `DownloadFailure` if there is no `curl`, or with what it said.
  package static func data(
    from url: URL, limit: Int, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Data {
    guard let path = SystemProgram.path(of: "curl", environment: environment) else {
      throw DownloadFailure(reason: "this build downloads with the program curl, which is not on the PATH")
    }
    // Slower than a byte a second for half a minute counts as no answer.
    let options = ["--silent", "--show-error", "--fail", "--location", "--speed-time", "30", "--connect-timeout", "30"]
    let outcome = try SystemProgram.run(path, options + ["--", url.absoluteString], mostBytes: limit)
    guard outcome.output.count <= limit else {
      throw DownloadFailure(reason: "it is longer than the \(grouped(limit)) bytes allowed")
    }
    guard outcome.status == 0 else { throw DownloadFailure(reason: outcome.message) }
    return outcome.output
  }
}

#if TOMBOLA_STATIC
  enum Download {
    static func data(from url: URL, limit: Int) async throws -> Data { try CurlProgram.data(from: url, limit: limit) }
  }
#endif
