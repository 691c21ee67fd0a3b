import Basics
import Dashboard
import Datasets
import Detection
package import Foundation
import Networks
import Onnx
import Tickets

/// A reader as a fuzzer sees it: bytes go in, a value or a `Problem` comes out. Anything else is a finding.
package struct Reader: Sendable {
  package var name: String
  var read: @Sendable (Data) throws -> Void

  package static let all: [Reader] = [
    Reader(name: "idx") { _ = try IDXFile.read(content($0)) },
    Reader(name: "npy") { _ = try NPYFile.read(content($0)) },
    Reader(name: "npz") { data in
      let archive = try ZipArchive(data, name: "input", remedy: "")
      for name in archive.entries.keys.sorted() {
        try archive.read(name) { entry in
          if name.hasSuffix(".npy") { _ = try NPYFile.read(entry) } else { _ = try entry.readAll(limit: 1 << 22) }
        }
      }
    },
    Reader(name: "gzip") { _ = try content($0).readAll(limit: 1 << 22) },
    Reader(name: "tar") { data in
      let files = [("a.bin", 16), ("b.bin", 700)].map { DataFile(name: $0, byteCount: $1, contentDigest: nil) }
      try TarArchive(data, name: "input", remedy: "").extract(files) { file, bytes in
        precondition(bytes.count == file.byteCount, "a member of another size")
      }
    },
    Reader(name: "csv") { _ = try CSVTable(Array($0), name: "input") },
    Reader(name: "cifar") { data in
      var pixels: [UInt8] = [], labels: [Int32] = []
      try CIFARFile(labelRanges: [10], recordCount: 2).read(content(data), pixels: &pixels, labels: &labels)
      precondition(labels.count == 2 && pixels.count == 2 * CIFARFile.imageShape.count, "records of another size")
    },
    Reader(name: "safetensors") { _ = try SafetensorsFile($0, file: "input") },
    Reader(name: "ticket") { data in
      _ = try Ticket(SafetensorsFile(data, file: "input"), name: "input", takesCoefficients: true)
    },
    Reader(name: "seeds") { _ = try StoredJSON.decode($0, as: SeedSummary.self) },
    Reader(name: "curves") { _ = try StoredJSON.decode($0, as: [CurvePoint].self) },
    Reader(name: "journal") { data in
      data.withUnsafeBytes { bytes in
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
          _ = JournalLine(UnsafeRawBufferPointer(rebasing: line))
        }
      }
    },
    Reader(name: "yaml") { _ = try YAMLFile.parse(String(decoding: $0, as: UTF8.self), name: "input", remedy: "") },
    Reader(name: "graph") { data in
      let text = String(decoding: data, as: UTF8.self), shape = FeatureShape(channels: 1, height: 8, width: 8)
      guard let value = try YAMLFile.parse(text, name: "input", remedy: "") else { return }
      _ = try GraphReader(name: "input", input: shape, classes: 3).architecture(value)
    },
    Reader(name: "onnx") { data in
      _ = try OnnxFile.network(Array(data), file: "input", input: FeatureShape(channels: 4), classes: 3)
    },
    Reader(name: "coco") { data in
      for task in RecognitionTask.allCases { _ = try Annotations.read(data, name: "input", task: task) }
      _ = try CompleteAnnotations.read(data, name: "input")
    },
    Reader(name: "http") { _ = try HTTPRequest(head: Array($0)) },
  ]

  private static func content(_ data: Data) -> ContentReader { ContentReader(data, name: "input", remedy: "") }
}

/// The reader that the environment names.
private let reader: Reader = {
  let name = ProcessInfo.processInfo.environment["TOMBOLA_READER"] ?? ""
  guard let reader = Reader.all.first(where: { $0.name == name }) else {
    fatalError("TOMBOLA_READER is none of \(Reader.all.map(\.name).joined(separator: " "))")
  }
  return reader
}()

/// libFuzzer's input.
@_cdecl("tombola_read")
public func read(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
  reader.take(Data(bytes: bytes ?? UnsafePointer(bitPattern: 1)!, count: count))
}

extension Reader {
  /// Reads one input. What is wrong with it must be said by an error that is meant for users; any other ends the process.
  package func take(_ data: Data) {
    do {
      try read(data)
    } catch is Problem {
    } catch is StoredJSON.Damage {
    } catch is HTTPRequest.Refusal {
    } catch {
      fatalError("\(name) lets an error through: \(error)")
    }
  }
}
