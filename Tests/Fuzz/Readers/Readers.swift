import Basics
import Dashboard
import Database
import Datasets
import Detection
import Experiments
package import Foundation
import Networks
import Onnx
import Sweeps
import Tickets
import ToyExperiment

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
    Reader(name: "detections") { data in
      _ = try Detections.read(data, name: "input", for: scenes)
    },
    Reader(name: "records") { _ = try StoredJSON.decode($0, as: StageRecord.self) },
    Reader(name: "identity") { _ = try StoredJSON.decode($0, as: RunIdentity.self) },
    Reader(name: "settings") { data in
      var settings = SearchSettings()
      for line in String(decoding: data, as: UTF8.self).split(separator: "\n") { try settings.apply(String(line)) }
      _ = settings.identity
    },
    Reader(name: "sweep") { data in
      ExperimentCatalog.install([Toy.self])
      _ = try SweepFile(text: String(decoding: data, as: UTF8.self))
    },
    Reader(name: "index") { data in
      try withFile("index.sqlite", data) { file in
        let table = try IndexTable(file, version: "fuzz")
        _ = try table.stamps()
        _ = try table.rows(beginning: "", limit: 100)
      }
    },
    Reader(name: "table") { data in
      try withFile("runs.sqlite", data) { file in
        let table = try RunTable<Row>(folder: file.deletingLastPathComponent(), writes: false)
        _ = try (table.names(), table.records(), table.sessions(), table.digest())
      }
    },
    Reader(name: "http") { _ = try HTTPRequest(head: Array($0)) },
  ]

  /// What detections are found among.
  private static let scenes: Annotations = {
    let text = """
      {"images": [{"id": 1, "width": 8, "height": 6}], "categories": [{"id": 1, "name": "a"}], "annotations": [
      {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 3], "area": 12, "iscrowd": 0}]}
      """
    return try! Annotations.read(Data(text.utf8), name: "input", task: .boxes).value
  }()

  /// A row of a table as studies of many small runs keep it.
  private struct Row: RunRecord {
    static let columns: [(name: String, type: SQLType)] = [("accuracy", .real), ("steps", .integer)]
    var run: String
    var values: [SQLValue]
    init?(run: String, values: [SQLValue]) {
      guard values.count == 2, case .real = values[0], case .integer = values[1] else { return nil }
      (self.run, self.values) = (run, values)
    }
  }

  /// A database is read from a file, which is removed with what SQLite writes beside it.
  private static func withFile(_ name: String, _ data: Data, _ read: (URL) throws -> Void) throws {
    let memory = "/dev/shm", isThere = FileManager.default.fileExists(atPath: memory)
    let root = isThere ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
    let folder = root.appendingPathComponent("tombola-reader-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try data.write(to: folder.appendingPathComponent(name))
    try read(folder.appendingPathComponent(name))
  }

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
