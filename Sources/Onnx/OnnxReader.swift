import Basics
import Foundation

/// Makes an `OnnxGraph` of decoded messages, and trusts none of their numbers.
struct OnnxReader {
  /// The largest message of protocol buffers.
  static let mostBytes = 1 << 31
  static let remedy = "Check it with onnx.checker, or write it anew."
  private static let mostDimensions = 16

  let name: String
  let folder: URL?
  private(set) var externalFiles: [String] = []

  init(name: String, folder: URL?) {
    self.name = name
    self.folder = folder
  }

  func damaged(_ what: String) -> Problem { .badData("\(name) \(what).", remedy: Self.remedy) }

  /// A name as messages show it.
  static func shown(_ name: String) -> String { "'\(name.count > 60 ? "\(name.prefix(57))..." : name)'" }

  func opset(_ model: OnnxModelProto) throws -> Int {
    guard let version = model.opsetImport.first(where: { ["", "ai.onnx"].contains($0.domain) })?.version else {
      throw damaged("does not say which version of ONNX's operators it uses (opset)")
    }
    guard let opset = Int(exactly: version), OnnxGraph.opsets.contains(opset) else {
      throw Problem.badData(
        "\(name) uses version \(version) of ONNX's operators (opset).",
        remedy:
          "Versions \(OnnxGraph.opsets.lowerBound) to \(OnnxGraph.opsets.upperBound) are read: convert it with onnx.version_converter."
      )
    }
    return opset
  }

  func value(_ info: OnnxValueInfoProto) throws -> OnnxGraph.Value {
    guard info.hasType, info.type.hasTensorType, info.type.tensorType.hasShape else {
      return OnnxGraph.Value(name: info.name, dimensions: nil)
    }
    let dimensions = try info.type.tensorType.shape.dim.map { dimension -> Int? in
      // Some exporters write -1 for what is open.
      guard dimension.hasDimValue, dimension.dimValue != -1 else { return nil }
      guard 0...Int64(Int32.max) ~= dimension.dimValue else {
        throw damaged("gives \(Self.shown(info.name)) a dimension of \(dimension.dimValue)")
      }
      return Int(dimension.dimValue)
    }
    return OnnxGraph.Value(name: info.name, dimensions: dimensions)
  }

  mutating func constants(_ graph: OnnxGraphProto) throws -> [String: OnnxTensor] {
    var constants: [String: OnnxTensor] = [:]
    func add(_ name: String, _ tensor: OnnxTensor) throws {
      guard constants.updateValue(tensor, forKey: name) == nil else {
        throw damaged("has two initialisers named \(Self.shown(name))")
      }
    }
    for tensor in graph.initializer { try add(tensor.name, try self.tensor(tensor)) }
    for sparse in graph.sparseInitializer { try add(sparse.values.name, try self.tensor(sparse)) }
    return constants
  }

  mutating func node(_ node: OnnxNodeProto) throws -> OnnxGraph.Node {
    var attributes: [String: OnnxGraph.Attribute] = [:]
    for attribute in node.attribute { attributes[attribute.name] = try self.attribute(attribute) }
    return OnnxGraph.Node(
      name: node.name, kind: node.opType, domain: node.domain == "ai.onnx" ? "" : node.domain, inputs: node.input,
      outputs: node.output, attributes: attributes)
  }

  private mutating func attribute(_ attribute: OnnxAttributeProto) throws -> OnnxGraph.Attribute {
    if attribute.hasRefAttrName { return .other("a reference to another attribute") }
    switch attribute.type {
    case 1: return .float(attribute.f)
    case 2: return .integer(attribute.i)
    case 3: return .text(String(decoding: attribute.s, as: UTF8.self))
    case 4: return .tensor(try tensor(attribute.t))
    case 5, 10: return .other("a graph")
    case 6: return .floats(attribute.floats)
    case 7: return .integers(attribute.ints)
    case 11: return .tensor(try tensor(attribute.sparseTensor))
    default: return .other("of type \(attribute.type)")
    }
  }

  // MARK: tensors

  /// The sizes, and how many elements they make.
  func sizes(_ dims: [Int64], of name: String) throws -> (dimensions: [Int], count: Int) {
    guard dims.count <= Self.mostDimensions else {
      throw damaged("gives tensor \(Self.shown(name)) \(dims.count) dimensions")
    }
    var count = 1
    for size in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(size))
      guard size >= 0, !overflow, product <= Self.mostBytes else {
        throw damaged(
          "gives tensor \(Self.shown(name)) the impossible shape \(dims.map(String.init).joined(separator: "x"))")
      }
      count = product
    }
    return (dims.map { Int($0) }, count)
  }

  mutating func tensor(_ proto: OnnxTensorProto) throws -> OnnxTensor {
    let (dimensions, count) = try sizes(proto.dims, of: proto.name)
    guard let type = OnnxElementType(rawValue: proto.dataType), let size = type.byteCount else {
      let name = proto.dataType == OnnxElementType.string.rawValue ? "string" : "type \(proto.dataType)"
      return OnnxTensor(dimensions, .unreadable(name))
    }
    func checked(_ found: Int) throws {
      guard found == count else {
        throw damaged(
          "holds \(found) numbers of tensor \(Self.shown(proto.name)), whose shape \(dimensions.map(String.init).joined(separator: "x")) asks for \(count)"
        )
      }
    }
    let isExternal = proto.dataLocation == 1
    let stores =
      [proto.hasRawData, !proto.floatData.isEmpty, !proto.int32Data.isEmpty, !proto.int64Data.isEmpty]
      + [!proto.doubleData.isEmpty, isExternal]
    guard stores.filter({ $0 }).count <= 1 else {
      throw damaged("holds the numbers of tensor \(Self.shown(proto.name)) twice")
    }
    let values: OnnxTensor.Values
    if isExternal {
      values = type.values(raw: try external(proto, bytes: count * size))
    } else if proto.hasRawData {
      guard proto.rawData.count % size == 0 else {
        throw damaged("has a part of a number at the end of tensor \(Self.shown(proto.name))")
      }
      try checked(proto.rawData.count / size)
      values = type.values(raw: proto.rawData)
    } else {
      switch type {
      case .float:
        try checked(proto.floatData.count)
        values = .floats(proto.floatData)
      case .double:
        try checked(proto.doubleData.count)
        values = .floats(proto.doubleData.map { Float($0) })
      case .int64:
        try checked(proto.int64Data.count)
        values = .integers(proto.int64Data)
      default:
        try checked(proto.int32Data.count)
        values = type.values(int32: proto.int32Data)
      }
    }
    return OnnxTensor(dimensions, values)
  }

  /// A sparse tensor as a dense one: indices are positions, or coordinates.
  mutating func tensor(_ sparse: OnnxSparseTensorProto) throws -> OnnxTensor {
    let title = Self.shown(sparse.values.name)
    let (dimensions, count) = try sizes(sparse.dims, of: sparse.values.name)
    let values = try tensor(sparse.values), indices = try tensor(sparse.indices)
    guard let floats = values.floats, let places = indices.integers else {
      throw damaged("has a sparse tensor \(title) that is not of floats at whole places")
    }
    // Nobody prunes further than this; a file cannot ask for more memory than a multiple of itself.
    guard count <= 1 << 20 + 1 << 14 * floats.count else {
      throw damaged("has a sparse tensor \(title) of \(floats.count) numbers for \(count) places")
    }
    let width = indices.dimensions.count == 2 ? dimensions.count : 1
    guard values.dimensions.count == 1, [1, 2].contains(indices.dimensions.count),
      indices.dimensions == (indices.dimensions.count == 2 ? [floats.count, width] : [floats.count])
    else { throw damaged("has a sparse tensor \(title) whose indices do not fit its numbers") }
    var result = [Float](repeating: 0, count: count), last = -1
    for (i, value) in floats.enumerated() {
      var place = 0
      for axis in 0..<width {
        let size = width == 1 && indices.dimensions.count == 1 ? count : dimensions[axis]
        let index = places[i * width + axis]
        guard 0..<Int64(size) ~= index else {
          throw damaged("has a sparse tensor \(title) with a number outside of it")
        }
        place = place * size + Int(index)
      }
      guard place > last else { throw damaged("has a sparse tensor \(title) whose indices do not rise") }
      result[place] = value
      last = place
    }
    return OnnxTensor(dimensions, .floats(result))
  }

  // MARK: external data

  /// The bytes of a tensor in a file beside the model.
  private mutating func external(_ proto: OnnxTensorProto, bytes: Int) throws -> Data {
    let title = Self.shown(proto.name)
    let entries = Dictionary(proto.externalData.map { ($0.key, $0.value) }) { first, _ in first }
    guard let location = entries["location"], let folder else {
      throw damaged("keeps tensor \(title) in another file and does not say where")
    }
    guard let offset = entries["offset"].map({ Int($0) }) ?? 0, offset >= 0,
      let length = entries["length"].map({ Int($0) }) ?? bytes, length == bytes
    else { throw damaged("gives an offset or length of tensor \(title) in \(Self.shown(location)) that cannot be") }
    guard let file = Self.file(location, in: folder) else {
      throw damaged("keeps tensor \(title) outside of its own folder, in \(Self.shown(location))")
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
    guard let size, let handle = try? FileHandle(forReadingFrom: file) else {
      throw Problem.missingInput(
        "\(name) keeps tensor \(title) in \(file.lastPathComponent), which is not there.",
        remedy: "Put the file beside the model.")
    }
    defer { try? handle.close() }
    guard offset <= size, bytes <= size - offset else {
      throw damaged(
        "keeps \(bytes) bytes of tensor \(title) from byte \(offset) of \(file.lastPathComponent), which has \(size)")
    }
    if !externalFiles.contains(file.path) { externalFiles.append(file.path) }
    guard (try? handle.seek(toOffset: UInt64(offset))) != nil, let data = try? handle.read(upToCount: bytes) ?? Data(),
      data.count == bytes
    else { throw damaged("keeps tensor \(title) in \(file.lastPathComponent), which cannot be read") }
    return data
  }

  /// A regular file in `folder` or below, links followed; `nil` if the location leads elsewhere.
  private static func file(_ location: String, in folder: URL) -> URL? {
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.isEmpty, !location.contains("\0"), !location.hasPrefix("/"), !parts.contains("..") else {
      return nil
    }
    let root = folder.resolvingSymlinksInPath().standardizedFileURL.path
    let file = folder.appendingPathComponent(location).resolvingSymlinksInPath().standardizedFileURL
    guard file.path.hasPrefix(root.hasSuffix("/") ? root : root + "/") else { return nil }
    var info = stat()
    if stat(file.path, &info) == 0, info.st_mode & S_IFMT != S_IFREG { return nil }
    return file
  }
}
