import Basics
import Datasets
import Testing

@Suite struct IDXTests {
  @Test func readsPlainFiles() throws {
    let scratch = try IDX.folder()
    let dataset = try Catalog.dataset(named: "idx:\(scratch.path)")
    #expect(dataset.inputShape == FeatureShape(channels: 1, height: 2, width: 2))
    #expect(dataset.train.bytes == [0, 255, 1, 2, 3, 4, 5, 6])
    #expect(dataset.train.labels == [0, 1])
    #expect(dataset.test.labels == [1, 0])
    #expect(dataset.classCount == 2)
    #expect(dataset.pixelScale == Float(1) / 255)
    #expect(dataset.source.contains(scratch.path))
  }

  @Test func readsGzipMembersOtherSpellingsAndOtherTypes() throws {
    let dataset = try Catalog.dataset(named: "idx:\(Golden.path("idx"))")
    #expect(dataset.train.bytes == (try Golden.expected().grey))
    #expect(dataset.train.labels == [0, 1, 2, 0])
    #expect(dataset.test.labels == [1, 2])
  }

  static let types: [(UInt8, [[UInt8]])] = [
    (0x09, [[0xFE], [1], [0], [3]]),
    (0x0B, [-2, 1, 0, 3].map { IDX.bigEndian(Int16($0)) }),
    (0x0C, [-2, 1, 0, 3].map { IDX.bigEndian(Int32($0)) }),
    (0x0D, [-2, 1, 0, 3].map { IDX.bigEndian(Float($0).bitPattern) }),
    (0x0E, [-2, 1, 0, 3].map { IDX.bigEndian(Double($0).bitPattern) }),
  ]

  @Test(arguments: types)
  func readsEveryElementType(_ type: UInt8, _ values: [[UInt8]]) throws {
    let file = IDX.bytes(type: type, [2, 2], values.flatMap { $0 })
    let scratch = try IDX.folder(images: file, testImages: file)
    let dataset = try Catalog.dataset(named: "idx:\(scratch.path)")
    #expect(dataset.train.floats == [-2, 1, 0, 3])
    #expect(dataset.inputShape == FeatureShape(channels: 1, height: 1, width: 2))
    #expect(dataset.pixelScale == 1)
  }

  @Test func saysHowLongATruncatedFileShouldBe() throws {
    let scratch = try IDX.folder(images: IDX.bytes([60_000, 28, 28], [1, 2]))
    expectProblem(
      .badData, "train-images-idx3-ubyte is 18 bytes; its header promises 47 040 016.", loading: "idx:\(scratch.path)")
  }

  @Test func refusesTooMuch() throws {
    let scratch = try IDX.folder(labels: IDX.bytes([2], [0, 1, 1]))
    expectProblem(
      .badData, "train-labels-idx1-ubyte is 11 bytes; its header promises 10.", loading: "idx:\(scratch.path)")
  }

  static let damaged: [[UInt8]] = [
    [], [0], [0, 0, 8, 3], [0, 0, 8, 3, 0, 0, 0, 2, 0, 0],  // no whole header
    [0, 0, 8, 0], [0, 0, 7, 1, 0, 0, 0, 0], [1, 0, 8, 1, 0, 0, 0, 0], Array("<html>no</html>".utf8),  // wrong magic
    IDX.bytes([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []), IDX.bytes([0xFFFF_FFFF], []),  // huge promise
    IDX.bytes(type: 0x0E, Array(repeating: 0xFFFF_FFFF, count: 255), []),
    [0x1F, 0x8B], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], [0x1F, 0x8B, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],  // gzip
  ]

  @Test(arguments: damaged)
  func refusesDamagedFiles(_ bytes: [UInt8]) throws {
    let scratch = try IDX.folder(images: bytes)
    expectProblem(.badData, "train-images-idx3-ubyte", "Replace the file", loading: "idx:\(scratch.path)")
  }

  @Test func everyTruncationOfAGzipFileIsRefused() throws {
    let whole = try Golden.bytes("idx/t10k-images-idx3-ubyte.gz")
    for count in whole.indices {
      let scratch = try IDX.folder(testImages: Array(whole[..<count]))
      expectProblem(.badData, "t10k-images-idx3-ubyte", loading: "idx:\(scratch.path)")
    }
  }

  @Test func refusesABomb() throws {
    let scratch = try IDX.folder(images: Golden.bytes("bomb.gz"))
    expectProblem(
      .badData, "train-images-idx3-ubyte is at least 97 bytes", "promises 96", loading: "idx:\(scratch.path)")
  }

  @Test func refusesBytesAfterTheGzipData() throws {
    let scratch = try IDX.folder(images: Golden.bytes("idx/train-images-idx3-ubyte.gz") + [7, 7])
    expectProblem(.badData, "train-images-idx3-ubyte", "foreign bytes", loading: "idx:\(scratch.path)")
  }

  @Test func refusesAFlippedBitInTheChecksum() throws {
    var bytes = try Golden.bytes("idx/t10k-images-idx3-ubyte.gz")
    bytes[bytes.count - 6] ^= 1
    let scratch = try IDX.folder(testImages: bytes)
    expectProblem(.badData, "t10k-images-idx3-ubyte", "incorrect data check", loading: "idx:\(scratch.path)")
  }

  @Test func comparesFilesWithEachOther() throws {
    let fewer = try IDX.folder(labels: IDX.bytes([1], [0]))
    expectProblem(.badData, "train-labels-idx1-ubyte holds 1 labels", "2 samples", loading: "idx:\(fewer.path)")
    let other = try IDX.folder(testImages: IDX.bytes([2, 2, 1], [1, 2, 3, 4]))
    expectProblem(.badData, "t10k-images-idx3-ubyte", "train-images-idx3-ubyte", loading: "idx:\(other.path)")
    let matrix = try IDX.folder(labels: IDX.bytes([2, 2], [0, 1, 1, 1]))
    expectProblem(
      .badData, "train-labels-idx1-ubyte", "row 1 is not a single one among zeros", loading: "idx:\(matrix.path)")
    let none = try IDX.folder(images: IDX.bytes([0, 2, 2], []), labels: IDX.bytes([0], []))
    expectProblem(.badData, "no training samples", loading: "idx:\(none.path)")
    let empty = try IDX.folder(images: IDX.bytes([2, 0, 5, 3], []), testImages: IDX.bytes([2, 0, 5, 3], []))
    expectProblem(.badData, "0 training numbers", loading: "idx:\(empty.path)")
    let hidden = try IDX.folder(images: IDX.bytes([0, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []))
    expectProblem(.badData, "impossible shape", loading: "idx:\(hidden.path)")
    let five = try IDX.folder(images: IDX.bytes([1, 1, 1, 1, 1], [1]))
    expectProblem(.badData, "train-images-idx3-ubyte", "1 to 4 dimensions", loading: "idx:\(five.path)")
  }

  @Test func refusesLabelsThatAreNoClasses() throws {
    let negative = try IDX.folder(labels: IDX.bytes(type: 9, [2], [0, 0xFF]))
    expectProblem(.badData, "labels training sample 1 as -1", loading: "idx:\(negative.path)")
    let huge = try IDX.folder(labels: IDX.bytes(type: 12, [2], IDX.bigEndian(Int32.max) + IDX.bigEndian(Int32(0))))
    expectProblem(.badData, "training samples lack: 1", loading: "idx:\(huge.path)")
    let half = try IDX.folder(
      labels: IDX.bytes(type: 13, [2], [0.5, 1].flatMap { IDX.bigEndian(Float($0).bitPattern) }))
    expectProblem(.badData, "train-labels-idx1-ubyte labels sample 0 as 0.5", loading: "idx:\(half.path)")
    let one = try IDX.folder(labels: IDX.bytes([2], [0, 0]), testLabels: IDX.bytes([2], [0, 0]))
    expectProblem(.badData, "a single class", loading: "idx:\(one.path)")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesNumbersThatAreNotFinite(_ value: Float) throws {
    let content = [1, 2, 3, value].flatMap { IDX.bigEndian($0.bitPattern) }
    let scratch = try IDX.folder(
      images: IDX.bytes(type: 13, [2, 2], content), testImages: IDX.bytes(type: 13, [2, 2], content))
    expectProblem(.badData, "\(value) in training sample 1 (number 1)", loading: "idx:\(scratch.path)")
  }

  @Test func namesWhatIsMissing() throws {
    let scratch = try Scratch()
    expectProblem(.missingInput, "no train-images-idx* file", loading: "idx:\(scratch.path)")
    expectProblem(.missingInput, "no readable folder", loading: "idx:\(scratch.path)/nowhere")
  }
}
