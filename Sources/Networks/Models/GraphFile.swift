public import Basics

/// A network from a YAML file: `graph:FILE.yaml`, a list of nodes with their layers, settings and inputs.
public struct GraphFile: Model {
  public let name = "graph"
  public let summary = "your own network: graph:FILE.yaml (tombola graph MODEL --yaml writes such a file)"

  public init() {}

  public func files(arguments: String?) -> [String] { arguments.map { [$0] } ?? [] }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    guard let path = arguments, !path.isEmpty else {
      throw Problem.usage("'\(name):' names no file.", remedy: "Write graph:FILE.yaml.")
    }
    guard let value = try YAMLFile.read(path, after: "graph:", remedy: GraphReader.form) else {
      throw Problem.badData("\(path) is empty.", remedy: GraphReader.form)
    }
    return try GraphReader(name: path, input: input, classes: classes).architecture(value)
  }
}
