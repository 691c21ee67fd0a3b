package import Basics
package import Foundation

/// Reads the binary version of CIFAR: records of label bytes, then 1024 red, 1024 green and 1024 blue values of an
/// image of 32x32, row by row. Described at https://www.cs.toronto.edu/~kriz/cifar.html; plain or gzip.
package struct CIFARFile {
  /// How many classes each label byte tells apart. The last label is the one that is used.
  let labelRanges: [Int]
  let recordCount: Int

  package static let imageShape = FeatureShape(channels: 3, height: 32, width: 32)

  package init(labelRanges: [Int], recordCount: Int) {
    self.labelRanges = labelRanges
    self.recordCount = recordCount
  }

  private var recordSize: Int { labelRanges.count + Self.imageShape.count }
  var byteCount: Int { recordCount * recordSize }

  /// Appends the file's images and labels.
  /// - Throws: `Problem.badData` naming the file if it is shorter or longer than `recordCount` records, or naming the
  ///   record whose label is out of range.
  package func read(_ url: URL, remedy: String, pixels: inout [UInt8], labels: inout [Int32]) throws {
    try read(ContentReader(file: url, remedy: remedy), pixels: &pixels, labels: &labels)
  }

  package func read(_ reader: ContentReader, pixels: inout [UInt8], labels: inout [Int32]) throws {
    let promise = "\(grouped(recordCount)) records of \(grouped(recordSize)) take \(grouped(byteCount))"
    var labelBytes: [UInt8] = []
    while reader.readCount < byteCount {
      let count = min(1000 * recordSize, byteCount - reader.readCount)
      split(try reader.read(count, promise: promise), &pixels, &labelBytes)
    }
    try reader.expectEnd(promise: promise)
    try check(labelBytes, reader)
    labels += stride(from: labelRanges.count - 1, to: labelBytes.count, by: labelRanges.count)
      .map { Int32(labelBytes[$0]) }
  }

  private func split(_ records: [UInt8], _ pixels: inout [UInt8], _ labelBytes: inout [UInt8]) {
    for start in stride(from: 0, to: records.count, by: recordSize) {
      labelBytes += records[start..<start + labelRanges.count]
      pixels += records[start + labelRanges.count..<start + recordSize]
    }
  }

  /// After the size, so that a file of another kind is called too short or too long first.
  private func check(_ labelBytes: [UInt8], _ reader: ContentReader) throws {
    for (index, label) in labelBytes.enumerated() {
      let (record, byte) = index.quotientAndRemainder(dividingBy: labelRanges.count)
      guard label < labelRanges[byte] else {
        throw reader.damaged(
          "labels record \(grouped(record)) as \(label) in byte \(byte), outside 0..<\(labelRanges[byte])")
      }
    }
  }
}

extension DataLocator {
  /// Loads a catalogued data set of CIFAR files, the last of which is the test set.
  func cifarDataset(_ source: any DataSource, labelRanges: [Int]) throws -> Dataset {
    let urls = try locate(source), recordSize = labelRanges.count + CIFARFile.imageShape.count
    func split(_ range: Range<Int>) throws -> Split {
      let counts = source.files[range].map { $0.byteCount / recordSize }
      var pixels: [UInt8] = [], labels: [Int32] = []
      pixels.reserveCapacity(counts.reduce(0, +) * CIFARFile.imageShape.count)
      for (url, count) in zip(urls[range], counts) {
        try CIFARFile(labelRanges: labelRanges, recordCount: count).read(
          url, remedy: "Delete it and run 'tombola data fetch \(source.name)'.", pixels: &pixels, labels: &labels)
      }
      return Split(pixels: .bytes(pixels), labels: labels)
    }
    let last = urls.count - 1, folder = urls[0].deletingLastPathComponent().path
    return try Dataset(
      name: source.name,
      source: "\(source.origin); read from \(folder), not compared with the original ('tombola data verify' does)",
      inputShape: CIFARFile.imageShape, classCount: labelRanges.last, pixelScale: 1 / 255, range: 0...255,
      train: split(0..<last),
      test: split(last..<urls.count))
  }
}
