public import Basics
public import Foundation

/// Arrays of numbers by their names in an `.npz` file, as `numpy.savez` and `tombola export --to npz` write it.
public enum NumpyTensors {
  private static let remedy = "Save it again with numpy.savez(file, **arrays)."

  /// - Throws: `Problem.missingInput` without a readable file, `Problem.badData` if it is no archive of arrays of numbers.
  public static func read(_ url: URL) throws -> [NamedTensor] {
    let archive = try ZipArchive(contentsOf: url, remedy: remedy)
    let paths = archive.entries.keys.filter { $0.hasSuffix(".npy") }.sortedNames()
    guard !paths.isEmpty else { throw Problem.badData("\(archive.name) holds no arrays.", remedy: remedy) }
    // Entries that share bytes would let a small file ask for any amount of memory.
    let (total, overflow) = archive.entries.values.reduce((0, false)) { sum, entry in
      let (total, overflow) = sum.0.addingReportingOverflow(entry.compressedCount)
      return (total, sum.1 || overflow)
    }
    guard !overflow, total <= archive.byteCount else {
      throw Problem.badData("\(archive.name) holds arrays that overlap.", remedy: remedy)
    }
    return try paths.map { path in
      let array = try archive.read(path, NPYFile.read)
      guard !array.isText else { throw NumberArray.damaged(array.name, "holds words, not numbers", remedy) }
      let values = array.floats()
      let isWide = [.float64, .int64, .uint64, .int32, .uint32].contains(array.type)
      let isRounded = isWide && zip(array.doubles(), values).contains { $0 != Double($1) && !$0.isNaN }
      return NamedTensor(String(path.dropLast(4)), shape: array.shape, values, isRounded: isRounded)
    }
  }
}
