import Basics
package import Foundation

/// Finds what a store does not need.
package struct RunCleaner: Sendable {
  package let store: URL
  package var takesBegun = false
  package var takesShared = false
  package var takesRuns = false

  package init(store: URL) { self.store = store }

  /// Something that can go.
  package struct Item: Equatable, Sendable {
    package var path: String
    package var reason: String
    package var bytes: Int
    /// The run folder, or the folder of shared trainings, that it belongs to.
    var owner: URL
  }

  package func items(among runs: [RunEntry]) -> [Item] {
    let own = runs.flatMap { run -> [Item] in
      let folder = store.appendingPathComponent(run.name)
      if takesRuns { return [item(folder, "run", owner: folder)] }
      if takesBegun && run.status == .begun { return [item(folder, "run without results", owner: folder)] }
      return leftovers(folder)
    }
    guard takesShared else { return own }
    return own
      + FolderListing.folders(in: store) { $0.hasPrefix("dense-") }.map(\.name).sorted().map { name in
        let folder = store.appendingPathComponent(name)
        return item(folder, "shared dense training", owner: folder)
      }
  }

  private func leftovers(_ folder: URL) -> [Item] {
    let paths = ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []).sorted(), all = Set(paths)
    return paths.compactMap { path in
      let file = folder.appendingPathComponent(path), name = file.lastPathComponent
      if name.hasPrefix("."), name.hasSuffix(".tmp") { return item(file, "temporary file", owner: folder) }
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors") else { return nil }
      let record = path.replacing("checkpoint-", with: "").replacing(".safetensors", with: ".json")
      return all.contains(record) ? item(file, "checkpoint of a finished training", owner: folder) : nil
    }
  }

  private func item(_ url: URL, _ reason: String, owner: URL) -> Item {
    Item(path: url.path, reason: reason, bytes: Self.bytes(url), owner: owner)
  }

  private static func bytes(_ url: URL) -> Int {
    let inside = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
    return ([url] + inside.map { url.appendingPathComponent($0) }).reduce(0) { sum, file in
      let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      return sum + (values?.isRegularFile == true ? values?.fileSize ?? 0 : 0)
    }
  }

  /// Deletes what no process works in.
  /// - Returns: How many items are gone.
  package func delete(_ items: [Item]) -> Int {
    Dictionary(grouping: items, by: \.owner).reduce(0) { count, group in
      guard let lock = try? FolderLock.ifFree(group.key), !isBusyInside(group.key) else { return count }
      defer { withExtendedLifetime(lock) {} }
      return count + group.value.count { (try? FileManager.default.removeItem(atPath: $0.path)) != nil }
    }
  }

  /// Shared trainings are locked seed by seed.
  private func isBusyInside(_ folder: URL) -> Bool {
    FolderListing.folders(in: folder) { $0.hasPrefix("seed-") }.contains {
      FolderLock.isHeld(folder.appendingPathComponent($0.name))
    }
  }
}
