import ArgumentParser
import Datasets
import Foundation

/// Where data lies.
struct PlaceOptions: ParsableArguments {
  @Option(help: "Folder that holds data sets (default: $TOMBOLA_DATA, your data folder, /usr/share/datasets).")
  var dataDir: String?

  var locator: DataLocator { DataLocator(dataFolder: dataDir) }
}

struct ThreadOption: ParsableArguments {
  @Option(help: "Threads in all; all cores unless said otherwise. The result does not depend on it.")
  var threads: Int = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard (1...1024).contains(threads) else { throw ValidationError("--threads must be from 1 to 1024.") }
  }
}
