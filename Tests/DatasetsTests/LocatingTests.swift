import Basics
import Datasets
import Foundation
import Testing

/// A data set of four tiny IDX files, served or placed by the tests.
struct TinySource: DataSource {
  let name = "tiny"
  let summary = "for tests"
  let origin = "made by the tests"
  let debianPackage: String? = "dataset-tiny"
  let files: [DataFile]
  let scratch: Scratch

  init() throws {
    scratch = try IDX.folder()
    files = try ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"].map {
      [scratch] name in
      let content = try Data(contentsOf: scratch.url.appendingPathComponent(name + "-ubyte"))
      return DataFile(name: name + "-ubyte", byteCount: content.count, contentDigest: Digest.sha256(content))
    }
  }

  func load(from locator: DataLocator) throws -> Dataset { throw Problem.usage("not loaded here", remedy: "") }

  /// Copies the files into `folder` below `target`, with `suffix` appended to their names.
  func place(in target: Scratch, _ folder: String, suffix: String = "", except: String? = nil) throws {
    for file in files where file.name != except {
      let content = try Data(contentsOf: scratch.url.appendingPathComponent(file.name))
      try target.write("\(folder)/\(file.name)\(suffix)", [UInt8](content))
    }
  }
}

@Suite struct LocatorTests {
  @Test func searchesInOrder() {
    let locator = DataLocator(
      dataFolder: "/one", environment: ["TOMBOLA_DATA": "/two", "XDG_DATA_HOME": "/three", "HOME": "/four"])
    #if os(macOS)
      let user = "/four/Library/Application Support/tombola"
    #else
      let user = "/three/tombola"
    #endif
    #expect(locator.folders.map(\.path) == ["/one", "/two", user, "/usr/share/datasets"])
    #expect(locator.downloadFolder.path == "/one")
    #if !os(macOS)
      let plain = DataLocator(environment: ["HOME": "/four", "XDG_DATA_HOME": "relative"])
      #expect(plain.downloadFolder.path == "/four/.local/share/tombola")
    #endif
  }

  @Test func saysWhichFileToPutWhere() throws {
    let scratch = try Scratch(), source = try TinySource()
    let locator = DataLocator(dataFolder: scratch.path, environment: [:], systemFolders: [])
    try source.place(in: scratch, "tiny", except: "t10k-labels-idx1-ubyte")
    let problem = #expect(throws: Problem.self) { try locator.locate(source) }
    #expect(problem?.kind == .missingInput)
    for words in [
      "put t10k-labels-idx1-ubyte.gz into \(scratch.path)/tiny", "'tombola data fetch tiny'",
      "'apt-get install dataset-tiny'",
    ] { #expect(problem?.remedy.contains(words) == true, "\(words) in \(problem.debugDescription)") }
    expectProblem(.missingInput, "tombola data fetch mnist", scratch.path, loading: "mnist", from: locator)
  }

  @Test func prefersTheNamedFolderAndChecksOthers() throws {
    let scratch = try Scratch(), source = try TinySource()
    let locator = DataLocator(dataFolder: scratch.path, environment: [:], systemFolders: [])
    try source.place(in: scratch, ".")
    #expect(try locator.locate(source).allSatisfy { $0.deletingLastPathComponent().lastPathComponent != "tiny" })
    try scratch.write("train-labels-idx1-ubyte", IDX.bytes([2], [0, 0]))
    #expect(throws: Problem.self) { try locator.locate(source) }
    try source.place(in: scratch, "tiny")
    #expect(try locator.locate(source).allSatisfy { $0.deletingLastPathComponent().lastPathComponent == "tiny" })
  }

  @Test func verifiesEachFile() throws {
    let scratch = try Scratch(), source = try TinySource()
    let locator = DataLocator(dataFolder: scratch.path, environment: [:], systemFolders: [])
    try source.place(in: scratch, "tiny", except: "t10k-labels-idx1-ubyte")
    try scratch.write("tiny/train-labels-idx1-ubyte", IDX.bytes([2], [1, 1]))
    try scratch.write("tiny/t10k-images-idx3-ubyte", [1, 2, 3])
    let checks = locator.verify(source)
    #expect(checks[0].state == .correct)
    guard case .wrong(let digest) = checks[1].state, case .wrong(let length) = checks[2].state else {
      Issue.record("\(checks)")
      return
    }
    #expect(digest.contains("SHA-256"))
    #expect(length.contains("is 3 bytes; 24 belong there"))
    #expect(checks[3].state == .missing)
    #expect(checks[3].description == "t10k-labels-idx1-ubyte: missing")
  }

  @Test func tellsHowToReplaceADamagedFile() throws {
    let scratch = try IDX.folder(images: [0, 0, 8, 3])
    let named = try Scratch()
    try FileManager.default.moveItem(at: scratch.url, to: named.url.appendingPathComponent("mnist"))
    let locator = DataLocator(dataFolder: named.path, environment: [:], systemFolders: [])
    expectProblem(
      .badData, "train-images-idx3-ubyte is 4 bytes", "Delete it and run 'tombola data fetch mnist'.", loading: "mnist",
      from: locator)
  }
}

/// A real web server on this machine that ends with the test, or by itself after ten minutes.
final class WebServer {
  let url: URL
  private let process = Process()

  init(_ folder: URL) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let program = """
      import os, runpy, threading
      threading.Timer(600, os._exit, [0]).start()
      runpy.run_module('http.server', run_name='__main__')
      """
    process.arguments = ["python3", "-u", "-c", program, "0", "--bind", "127.0.0.1", "--directory", folder.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    var text = ""
    while !text.contains("\n") { text += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }
    let port = try #require(text.firstMatch(of: /port (\d+)/))
    url = try #require(URL(string: "http://127.0.0.1:\(port.output.1)/"))
  }

  /// By a signal that cannot be blocked: processes inherit what the test runner's threads block.
  deinit { kill(process.processIdentifier, SIGKILL) }
}

@Suite struct FetchTests {
  private let target: Scratch
  private let source: TinySource
  private let locator: DataLocator
  private let web: Scratch
  private let server: WebServer

  init() throws {
    target = try Scratch()
    source = try TinySource()
    web = try Scratch()
    server = try WebServer(web.url)
    locator = DataLocator(dataFolder: target.path, environment: [:], systemFolders: [])
  }

  private func expectNothingKept() { #expect(!FileManager.default.fileExists(atPath: target.path + "/tiny")) }

  private func problem(_ mirrors: [URL]) async -> Problem? {
    let fetcher = DataFetcher(locator: locator, mirrors: mirrors), source = source
    return await #expect(throws: Problem.self) { try await fetcher.fetch(source) }
  }

  @Test func keepsWhatHasTheRightDigest() async throws {
    try source.place(in: web, "data", suffix: ".gz")
    let mirrors = [server.url.appendingPathComponent("nowhere"), server.url.appendingPathComponent("data")]
    let places = try await DataFetcher(locator: locator, mirrors: mirrors).fetch(source)
    #expect(places.count == 4)
    #expect(try locator.locate(source) == places)
    #expect(locator.verify(source).allSatisfy { $0.state == .correct })
    #expect(try await DataFetcher(locator: locator, mirrors: []).fetch(source) == places)
  }

  /// The statically linked command downloads so.
  @Test func theProgramCurlFetchesTheSame() throws {
    guard SystemProgram.path(of: "curl") != nil else {
      print("skipped: there is no curl on the PATH")
      return
    }
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0) }
    try web.write("data.gz", bytes)
    let place = server.url.appendingPathComponent("data.gz")
    #expect(try CurlProgram.data(from: place, limit: bytes.count) == Data(bytes))
    let short = #expect(throws: DownloadFailure.self) { try CurlProgram.data(from: place, limit: 1000) }
    #expect(short?.reason.hasPrefix("it is longer than the 1") == true)
    let absent = #expect(throws: DownloadFailure.self) {
      try CurlProgram.data(from: server.url.appendingPathComponent("nowhere"), limit: 1000)
    }
    #expect(absent?.reason.contains("404") == true)
    let none = #expect(throws: DownloadFailure.self) {
      try CurlProgram.data(from: place, limit: 1000, environment: ["PATH": target.path])
    }
    #expect(none?.reason.contains("not on the PATH") == true)
  }

  @Test func refusesTheWrongDigest() async throws {
    try source.place(in: web, ".", suffix: ".gz")
    try web.write("train-images-idx3-ubyte.gz", IDX.bytes([2, 2, 2], [9, 9, 9, 9, 9, 9, 9, 9]))
    let problem = await problem([server.url])
    #expect(problem?.kind == .badData)
    #expect(problem?.problem.contains("refused, its content has the SHA-256") == true, "\(problem.debugDescription)")
    expectNothingKept()
  }

  @Test func refusesAnEndlessAnswer() async throws {
    try web.write("train-images-idx3-ubyte.gz", Array(repeating: 0, count: 1_000_000))
    let problem = await problem([server.url])
    #expect(problem?.problem.contains("longer than") == true, "\(problem.debugDescription)")
    expectNothingKept()
  }

  @Test func saysWhatToDoOffline() async throws {
    let problem = await problem([URL(string: "http://127.0.0.1:9/")!])
    #expect(problem?.kind == .missingInput)
    #expect(problem?.remedy.contains("put train-images-idx3-ubyte.gz into \(target.path)/tiny") == true)
    expectNothingKept()
  }

  @Test func saysWhereItCannotWrite() async throws {
    try source.place(in: web, ".", suffix: ".gz")
    try target.write("tiny", "a file where the folder should be")
    let problem = await problem([server.url])
    #expect(problem?.kind == .cannotWrite)
    #expect(problem?.remedy.contains("--data-dir") == true)
  }
}
