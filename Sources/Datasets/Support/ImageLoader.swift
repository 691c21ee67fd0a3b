import Basics
import Foundation

/// Decodes many image files on all cores into one block of bytes.
///
/// It is `@unchecked Sendable` because every file has a stretch of the block to itself and the rest is behind a lock.
final class ImageLoader: @unchecked Sendable {
  private let files: [String]
  private let size: Int
  private let block: UnsafeMutableBufferPointer<UInt8>
  private let lock = NSLock()
  private var faults: [(index: Int, reason: String)] = []
  private var grey: [Bool]
  private var losses: [UInt32]

  /// - Throws: `Problem.usage` if the images would not fit into memory.
  init(_ files: [String], size: Int) throws {
    let (count, overflow) = files.count.multipliedReportingOverflow(by: 3 * size * size)
    // They are copied when the validation split is carved out and when the run takes them.
    let most = min(ContentReader.largestCount, Int(ProcessInfo.processInfo.physicalMemory / 4))
    guard !overflow, count <= most else {
      throw Problem.usage(
        """
        \(grouped(files.count)) images of \(size)x\(size) pixels take more than \(grouped(most >> 20)) MB, a quarter of \
        this machine's memory or the limit of \(grouped(ContentReader.largestCount >> 20)) MB.
        """,
        remedy: "Choose a smaller image-size, or fewer images.")
    }
    self.files = files
    self.size = size
    grey = Array(repeating: false, count: files.count)
    losses = Array(repeating: 0, count: files.count)
    block = .allocate(capacity: count)
    block.initialize(repeating: 0)
  }

  deinit { block.deallocate() }

  struct Loaded {
    var channels: Int
    /// [file][channel][size][size].
    var pixels: [UInt8]
    var notes: [String]
  }

  /// Decodes all files. There is one channel if all are grey.
  ///
  /// - Parameter known: Faults that were found before; they are told with the others.
  /// - Throws: `Problem.badData` naming the files that cannot be used; `Interruption.problem`.
  func load(folder: String, known: [(path: String, reason: String)]) throws -> Loaded {
    DispatchQueue.concurrentPerform(iterations: files.count) { read($0) }
    if Interruption.isRequested { throw Interruption.problem }
    let found = faults.sorted { $0.index < $1.index }.map { (files[$0.index], $0.reason) } + known
    guard found.isEmpty else { throw Self.problem(found, folder: folder) }
    let plane = size * size
    guard grey.allSatisfy(\.self) else {
      return Loaded(channels: 3, pixels: Array(block), notes: ImageFile.notes(losses: losses))
    }
    let pixels = files.indices.flatMap { file in
      let first = 3 * plane * file
      return block[first..<first + plane]
    }
    return Loaded(channels: 1, pixels: pixels, notes: ImageFile.notes(losses: losses))
  }

  private func read(_ index: Int) {
    guard !Interruption.isRequested else { return }
    let plane = size * size, target = block.baseAddress! + 3 * plane * index
    do {
      let image = try ImageFile.read(files[index], size: size, into: target)
      if image.channels == 1 {
        for channel in 1...2 { (target + channel * plane).update(from: target, count: plane) }
      }
      lock.withLock { (grey[index], losses[index]) = (image.channels == 1, image.losses) }
    } catch {
      let reason = (error as? ImageFile.Fault)?.reason ?? "cannot be read"
      lock.withLock { faults.append((index, reason)) }
    }
  }

  private static func problem(_ faults: [(path: String, reason: String)], folder: String) -> Problem {
    let told = faults.prefix(5).map { "\($0.path.dropFirst(folder.count + 1)) \($0.reason)" }.joined(separator: "; ")
    let rest = faults.count > 5 ? "; and \(grouped(faults.count - 5)) more" : ""
    return .badData(
      "\(faults.count == 1 ? "A file" : "\(grouped(faults.count)) files") in \(folder) cannot be used: \(told)\(rest).",
      remedy: "Repair, convert or remove \(faults.count == 1 ? "it" : "them"); JPEG, PNG, WebP and TIFF are read.")
  }
}
