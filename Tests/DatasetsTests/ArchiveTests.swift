import Basics
import Datasets
import Foundation
import Testing

/// Builds tar archives.
private enum Tar {
  struct Member {
    var path: String
    var content: [UInt8]
    var type = UInt8(ascii: "0")
    /// Written into the header in place of the content's size.
    var promised: Int?
  }

  static func bytes(_ members: [Member]) -> [UInt8] {
    members.reduce(into: []) { archive, member in
      archive += header(member)
      archive += member.content
      archive += zeros((512 - member.content.count % 512) % 512)
    } + zeros(1024)
  }

  private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

  private static func header(_ member: Member) -> [UInt8] {
    var block = zeros(512)
    block.replaceSubrange(0..<member.path.utf8.count, with: member.path.utf8)
    block.replaceSubrange(124..<135, with: octal(member.promised ?? member.content.count, 11))
    block[156] = member.type
    block.replaceSubrange(257..<262, with: "ustar".utf8)
    block.replaceSubrange(148..<156, with: Array(repeating: UInt8(ascii: " "), count: 8))
    block.replaceSubrange(148..<154, with: octal(block.reduce(0) { $0 + Int($1) }, 6))
    block[154] = 0
    return block
  }

  private static func octal(_ number: Int, _ count: Int) -> [UInt8] {
    let digits = String(number, radix: 8)
    return Array((String(repeating: "0", count: count - digits.count) + digits).utf8)
  }
}

/// A data set of two files that come in one archive.
private struct PackedSource: DataSource {
  let name = "packed"
  let summary = "for tests"
  let origin = "made by the tests"
  let hasTellingNames = true
  let archive: DataArchive?
  static let one = Array("the first file".utf8), two = [UInt8](repeating: 2, count: 512)

  let files = [
    DataFile(name: "one.bin", byteCount: 14, contentDigest: Digest.sha256(Data(one)), allowsOtherContent: true),
    DataFile(name: "two.bin", byteCount: 512, contentDigest: Digest.sha256(Data(two)), allowsOtherContent: true),
  ]

  init(_ archive: [UInt8]) {
    self.archive = DataArchive(
      name: "packed.tar.gz", byteCount: archive.count, digest: Digest.sha256(Data(archive)), folder: "packed-bin")
  }

  func load(from locator: DataLocator) throws -> Dataset { throw Problem.usage("not loaded here", remedy: "") }
}

@Suite struct ArchiveFetchTests {
  private let target: Scratch
  private let locator: DataLocator
  private let web: Scratch
  private let server: WebServer
  private static let one = Tar.Member(path: "packed-bin/one.bin", content: PackedSource.one)
  private static let two = Tar.Member(path: "packed-bin/two.bin", content: PackedSource.two)

  init() throws {
    target = try Scratch()
    locator = DataLocator(dataFolder: target.path, environment: [:], systemFolders: [])
    web = try Scratch()
    server = try WebServer(web.url)
  }

  /// Serves `archive` and fetches the data set.
  private func fetch(_ archive: [UInt8], served: [UInt8]? = nil) async throws -> [URL] {
    try web.write("packed.tar.gz", served ?? archive)
    return try await DataFetcher(locator: locator, mirrors: [server.url]).fetch(PackedSource(archive))
  }

  private func problem(_ archive: [UInt8], served: [UInt8]? = nil) async -> Problem? {
    await #expect(throws: Problem.self) { try await fetch(archive, served: served) }
  }

  private func contents() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: target.path).sorted()
  }

  @Test func unpacksOnlyWhatItNeeds() async throws {
    let archive = Tar.bytes([
      Tar.Member(path: "packed-bin/", content: [], type: UInt8(ascii: "5")),
      Tar.Member(path: "packed-bin/readme.html", content: Array(repeating: 65, count: 700)), Self.two,
      Tar.Member(path: "../../../evil.bin", content: [1]),
      Tar.Member(path: "link/one.bin", content: [], type: UInt8(ascii: "2")),
      Tar.Member(path: "../../one.bin", content: PackedSource.one),
    ])
    let places = try await fetch(archive)
    #expect(places.map(\.path) == [target.path + "/packed/one.bin", target.path + "/packed/two.bin"])
    #expect(try contents() == ["packed", "packed/one.bin", "packed/two.bin"])
    #expect(locator.verify(PackedSource(archive)).allSatisfy { $0.state == .correct })
    #expect(try await DataFetcher(locator: locator, mirrors: []).fetch(PackedSource(archive)) == places)
  }

  /// What Python's tarfile writes, compressed by gzip.
  @Test func readsWhatOthersWrite() async throws {
    let scratch = try Scratch(), process = Process()
    try scratch.write("packed-bin/one.bin", PackedSource.one)
    try scratch.write("packed-bin/two.bin", PackedSource.two)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.currentDirectoryURL = scratch.url
    process.arguments = ["python3", "-m", "tarfile", "-c", "packed.tar.gz", "packed-bin"]
    try process.run()
    process.waitUntilExit()
    let archive = [UInt8](try Data(contentsOf: scratch.url.appendingPathComponent("packed.tar.gz")))
    #expect(archive.starts(with: [0x1F, 0x8B]))
    #expect(try await fetch(archive).count == 2)
  }

  /// The archive was unpacked by hand, and a file lost since.
  @Test func completesTheFolderThatIsThere() async throws {
    try target.write("packed-bin/one.bin", PackedSource.one)
    let places = try await fetch(Tar.bytes([Self.one, Self.two]))
    #expect(places.map(\.path) == [target.path + "/packed-bin/one.bin", target.path + "/packed-bin/two.bin"])
  }

  @Test func keepsACopyWithOtherContent() async throws {
    try target.write("packed/one.bin", "another  file!")
    let problem = await problem(Tar.bytes([Self.one, Self.two]))
    #expect(problem?.problem.contains("packed/one.bin has other content than the original") == true)
    #expect(problem?.remedy.contains("--data-dir") == true)
    #expect(try contents() == ["packed", "packed/one.bin"])
  }

  @Test func refusesAnotherArchive() async throws {
    let archive = Tar.bytes([Self.one, Self.two])
    let other = await problem(archive, served: Array(archive.reversed()))
    #expect(other?.kind == .badData)
    #expect(other?.problem.contains("refused, it has the SHA-256") == true, "\(other.debugDescription)")
    let longer = await problem(archive, served: archive + [0])
    #expect(longer?.problem.contains("longer than") == true, "\(longer.debugDescription)")
    #expect(try contents().isEmpty)
  }

  @Test func saysWhatToDoOffline() async throws {
    let source = PackedSource(Tar.bytes([Self.one, Self.two]))
    let fetcher = DataFetcher(locator: locator, mirrors: [URL(string: "http://127.0.0.1:9/")!])
    let problem = await #expect(throws: Problem.self) { try await fetcher.fetch(source) }
    #expect(problem?.kind == .missingInput)
    #expect(problem?.remedy.contains("download packed.tar.gz and unpack it in \(target.path)") == true)
    let cifar = await #expect(throws: Problem.self) { try await fetcher.fetch(CIFAR10()) }
    #expect(cifar?.remedy.contains("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz") == true)
  }

  @Test(arguments: [
    (Tar.bytes([one]), "holds no two.bin"),
    (Tar.bytes([]), "holds no one.bin, two.bin"),
    ([], "is 0 bytes; another header"),
    (Array(Tar.bytes([one]).prefix(700)), "is 700 bytes; its member one.bin promises 14 more"),
    (Tar.bytes([Tar.Member(path: "one.bin", content: [1, 2])]), "holds a one.bin of 2 bytes; 14 belong there"),
    (Tar.bytes([Tar.Member(path: "one.bin", content: Array("THE FIRST FILE".utf8))]), "holds another one.bin"),
    (Tar.bytes([Tar.Member(path: "bomb", content: [], promised: 1 << 32)]), "unpacks to more than 16 777 742 bytes"),
    (Array(repeating: 7, count: 1024), "has a damaged header before byte 512"),
    (Array(Tar.bytes([one]).dropFirst()), "has a damaged header"),
  ])
  func refusesDamagedArchives(_ archive: [UInt8], _ words: String) async {
    let problem = await problem(archive)
    #expect(problem?.kind == .badData)
    #expect(problem?.problem.contains("packed.tar.gz \(words)") == true, "\(problem.debugDescription)")
    #expect(problem?.remedy.contains("unpack it in") == true)
  }
}
