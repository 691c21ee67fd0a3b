import Basics
import Datasets
import Foundation

/// Which data sets are there; their sizes are looked at, their content is not.
struct DataExamination: Examination {
  static let topic = "data"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] {
    folders(surroundings) + Datasets.Catalog.sources.map { checkup($0, surroundings.locator) }
  }

  /// Folders that were asked for must be there.
  private static func folders(_ surroundings: Surroundings) -> [Checkup] {
    let asked = [("--data-dir", surroundings.dataFolder), ("TOMBOLA_DATA", surroundings.environment["TOMBOLA_DATA"])]
    return asked.compactMap { name, path in
      guard let path, !path.isEmpty else { return nil }
      var isFolder: ObjCBool = false
      let isThere = FileManager.default.fileExists(
        atPath: (path as NSString).expandingTildeInPath, isDirectory: &isFolder)
      return isThere && isFolder.boolValue
        ? .good(name, path)
        : .bad(
          .missingInput, name, "\(path) is no folder",
          remedy: "Correct it, or make the folder; 'tombola data fetch NAME' does so too.")
    }
  }

  private static func checkup(_ source: any DataSource, _ locator: DataLocator) -> Checkup {
    if source.files.isEmpty { return .good(source.name, "built in") }
    do {
      let places = try locator.locate(source)
      let wrong = zip(source.files, places).filter { file, place in
        place.pathExtension != "gz" && size(place) != file.byteCount
      }
      guard let (file, place) = wrong.first else {
        return .good(source.name, places[0].deletingLastPathComponent().path)
      }
      return .missing(
        source.name, "\(place.path) is \(size(place)) bytes, not \(file.byteCount)",
        remedy: "Delete it and run 'tombola data fetch \(source.name)'.")
    } catch {
      let problem = error as? Problem
      return .missing(source.name, "not found, or not complete", remedy: problem?.remedy ?? "\(error)")
    }
  }

  private static func size(_ place: URL) -> Int {
    let sizes = try? FileManager.default.attributesOfItem(atPath: place.resolvingSymlinksInPath().path)
    return (sizes?[.size] as? NSNumber)?.intValue ?? 0
  }
}
