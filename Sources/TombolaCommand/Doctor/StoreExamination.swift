import Basics
import Foundation

/// Whether runs can be written where they go, and how much.
struct StoreExamination: Examination {
  static let topic = "runs"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] {
    let store = surroundings.store.standardizedFileURL, place = existing(store)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder), isFolder.boolValue else {
      return [bad(store, "\(place.path) is no folder")]
    }
    guard FileManager.default.isWritableFile(atPath: place.path) else {
      return [bad(store, "\(place.path) cannot be written to")]
    }
    let sizes = try? FileManager.default.attributesOfFileSystem(forPath: place.path)
    guard let free = (sizes?[.systemFreeSize] as? NSNumber)?.intValue else { return [.good("folder", store.path)] }
    let found = "\(store.path)\(place == store ? "" : ", not there yet"); \(MachineExamination.size(free)) free"
    // A search of LeNet-300-100 with five seeds and six rounds leaves about 100 MB.
    if free < 16 << 20 { return [bad(store, found)] }
    guard free < 1 << 30 else { return [.good("folder", found)] }
    return [
      .missing(
        "folder", found,
        remedy: "Make room ('tombola runs clean' says what can go), or choose another folder with --out.")
    ]
  }

  private static func bad(_ store: URL, _ found: String) -> Checkup {
    .bad(
      .cannotWrite, "folder", found,
      remedy: "Make room or check the permissions of \(store.path), or choose another folder with --out.")
  }

  /// The folder itself, or the nearest one above it that is there.
  private static func existing(_ folder: URL) -> URL {
    var place = folder
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
    return place
  }
}
