import Basics
import Datasets
import Foundation
import Testing

/// Builds CIFAR files.
private enum CIFAR {
  /// Records with the given label bytes; every value of the image is `start` plus the record's number.
  static func bytes(_ labels: [[UInt8]], start: UInt8 = 7) -> [UInt8] {
    labels.enumerated().reduce(into: []) { bytes, record in
      bytes += record.element
      bytes += [UInt8](repeating: start + UInt8(record.offset), count: 3072)
    }
  }

  /// Writes `name` as `byteCount` zeros, which take no space on disk.
  static func zeros(_ scratch: Scratch, _ name: String, _ byteCount: Int) throws {
    let path = try scratch.write(name, [])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: UInt64(byteCount))
    try handle.close()
  }

  static func folder(of source: any DataSource, in folder: String, except: String? = nil) throws -> Scratch {
    let scratch = try Scratch()
    for file in source.files where file.name != except { try zeros(scratch, "\(folder)/\(file.name)", file.byteCount) }
    return scratch
  }

  static func locator(_ scratch: Scratch) -> DataLocator {
    DataLocator(dataFolder: scratch.path, environment: [:], systemFolders: [])
  }
}

@Suite struct CIFARFileTests {
  private func read(_ file: CIFARFile, _ bytes: [UInt8]) throws -> Split {
    let scratch = try Scratch()
    let url = URL(fileURLWithPath: try scratch.write("batch.bin", bytes))
    var pixels: [UInt8] = [], labels: [Int32] = []
    try file.read(url, remedy: "Replace it.", pixels: &pixels, labels: &labels)
    return Split(pixels: .bytes(pixels), labels: labels)
  }

  @Test func takesRecordsApart() throws {
    let images = Array(repeating: UInt8(7), count: 3072) + Array(repeating: UInt8(8), count: 3072)
    let ten = try read(CIFARFile(labelRanges: [10], recordCount: 2), CIFAR.bytes([[9], [0]]))
    #expect(ten == Split(pixels: .bytes(images), labels: [9, 0]))
    let hundred = try read(CIFARFile(labelRanges: [20, 100], recordCount: 2), CIFAR.bytes([[19, 99], [3, 42]]))
    #expect(hundred == Split(pixels: .bytes(images), labels: [99, 42]))
  }

  @Test func readsMoreThanOneStep() throws {
    let labels = (0..<2001).map { [UInt8($0 % 10)] }
    let bytes = labels.flatMap { $0 + [UInt8](repeating: 3, count: 3072) }
    let split = try read(CIFARFile(labelRanges: [10], recordCount: 2001), bytes)
    #expect(split.labels == labels.map { Int32($0[0]) })
    #expect(split.bytes == Array(repeating: 3, count: 2001 * 3072))
  }

  @Test(arguments: [
    ([UInt8](), "batch.bin is 0 bytes; 2 records of 3 073 take 6 146"),
    (CIFAR.bytes([[1]]), "batch.bin is 3 073 bytes; 2 records of 3 073 take 6 146"),
    (Array(CIFAR.bytes([[1], [2]]).dropLast()), "batch.bin is 6 145 bytes; 2 records"),
    (CIFAR.bytes([[1], [2]]) + [0], "batch.bin is 6 147 bytes; 2 records"),
    (CIFAR.bytes([[1], [2], [3]]), "batch.bin is 9 219 bytes; 2 records"),
    (CIFAR.bytes([[1], [10]]), "labels record 1 as 10 in byte 0, outside 0..<10"),
    (CIFAR.bytes([[255], [10], [0]]), "batch.bin is 9 219 bytes"),
  ])
  func refuses(_ bytes: [UInt8], _ words: String) {
    let problem = #expect(throws: Problem.self) {
      try read(CIFARFile(labelRanges: [10], recordCount: 2), bytes)
    }
    #expect(problem?.kind == .badData && problem?.remedy == "Replace it.")
    #expect(problem?.problem.contains(words) == true, "\(problem.debugDescription)")
  }

  @Test(arguments: [([20, 5], "record 1 as 20 in byte 0, outside 0..<20"), ([0, 100], "as 100 in byte 1")])
  func refusesBothLabels(_ labels: [UInt8], _ words: String) {
    let problem = #expect(throws: Problem.self) {
      try read(CIFARFile(labelRanges: [20, 100], recordCount: 2), CIFAR.bytes([[0, 0], labels]))
    }
    #expect(problem?.problem.contains(words) == true, "\(problem.debugDescription)")
  }

  @Test func refusesAFileThatIsNotThere() {
    var pixels: [UInt8] = [], labels: [Int32] = []
    let problem = #expect(throws: Problem.self) {
      try CIFARFile(labelRanges: [10], recordCount: 1).read(
        URL(fileURLWithPath: "/nowhere/batch.bin"), remedy: "", pixels: &pixels, labels: &labels)
    }
    #expect(problem?.kind == .missingInput)
  }
}

@Suite struct CIFARCatalogTests {
  @Test func loadsAllBatches() throws {
    let scratch = try CIFAR.folder(of: CIFAR10(), in: "cifar-10")
    try scratch.write("cifar-10/data_batch_5.bin", Array(repeating: 1, count: 30_730_000))
    let dataset = try Catalog.dataset(named: "cifar-10", from: CIFAR.locator(scratch))
    #expect(dataset.train.count == 50_000 && dataset.test.count == 10_000)
    #expect(dataset.inputShape == FeatureShape(channels: 3, height: 32, width: 32) && dataset.classCount == 10)
    #expect(dataset.train.labels == Array(repeating: 0, count: 40_000) + Array(repeating: 1, count: 10_000))
    #expect(dataset.source.contains("\(scratch.path)/cifar-10, not compared with the original"))
  }

  @Test func loadsFineLabels() throws {
    let scratch = try CIFAR.folder(of: CIFAR100(), in: "cifar-100-binary")
    let dataset = try Catalog.dataset(named: "cifar-100", from: CIFAR.locator(scratch))
    #expect(dataset.train.count == 50_000 && dataset.test.count == 10_000 && dataset.classCount == 100)
  }

  @Test(arguments: ["cifar-10", "cifar-10-batches-bin", "."])
  func findsTheFilesIn(_ folder: String) throws {
    let scratch = try CIFAR.folder(of: CIFAR10(), in: folder)
    #expect(try CIFAR.locator(scratch).locate(CIFAR10()).count == 6)
  }

  /// `train.bin` may be anything.
  @Test func recognisesHundredByFolderOrDigest() throws {
    for folder in ["cifar-100", "cifar-100-binary"] {
      let scratch = try CIFAR.folder(of: CIFAR100(), in: folder)
      #expect(try CIFAR.locator(scratch).locate(CIFAR100()).count == 2)
    }
    let scratch = try CIFAR.folder(of: CIFAR100(), in: ".")
    #expect(throws: Problem.self) { try CIFAR.locator(scratch).locate(CIFAR100()) }
  }

  @Test func saysWhichFileIsMissingAndWhereItComesFrom() throws {
    let scratch = try CIFAR.folder(of: CIFAR10(), in: "cifar-10", except: "data_batch_3.bin")
    expectProblem(
      .missingInput, "'tombola data fetch cifar-10'",
      "put data_batch_3.bin from https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz into \(scratch.path)/cifar-10",
      loading: "cifar-10", from: CIFAR.locator(scratch))
  }

  @Test func namesADamagedFile() throws {
    let scratch = try CIFAR.folder(of: CIFAR10(), in: "cifar-10")
    try CIFAR.zeros(scratch, "cifar-10/data_batch_4.bin", 3073)
    expectProblem(
      .badData, "data_batch_4.bin is 3 073 bytes; 10 000 records of 3 073 take 30 730 000",
      "Delete it and run 'tombola data fetch cifar-10'.", loading: "cifar-10", from: CIFAR.locator(scratch))
  }

  @Test func verifyTellsCopiesFromDamage() throws {
    let scratch = try CIFAR.folder(of: CIFAR10(), in: "cifar-10", except: "data_batch_3.bin")
    try CIFAR.zeros(scratch, "cifar-10/data_batch_4.bin", 3073)
    let checks = CIFAR.locator(scratch).verify(CIFAR10())
    guard case .other = checks[0].state, case .wrong(let length) = checks[3].state else {
      Issue.record("\(checks)")
      return
    }
    #expect(checks[0].description.contains("data_batch_1.bin: present, other content than the original: "))
    #expect(checks[2].state == .missing && length.contains("is 3 073 bytes; 30 730 000 belong there"))
  }

  /// The page that publishes CIFAR-10 says how many images each class has.
  @Test func realFilesAreBalanced() throws {
    guard (try? DataLocator().locate(CIFAR10())) != nil else {
      print("skipped: no files of cifar-10 in $TOMBOLA_DATA or the other data folders")
      return
    }
    let dataset = try Catalog.dataset(named: "cifar-10")
    for (split, count) in [(dataset.train, 5000), (dataset.test, 1000)] {
      for label in 0..<Int32(10) { #expect(split.labels.count { $0 == label } == count) }
    }
    let found = dataset.normalisation()
    for (a, b) in zip(found.mean, [0.4914, 0.4822, 0.4465] as [Float]) { #expect(abs(a - b) < 1e-3) }
    for (a, b) in zip(found.deviation, [0.2470, 0.2435, 0.2616] as [Float]) { #expect(abs(a - b) < 3e-3) }
  }
}
