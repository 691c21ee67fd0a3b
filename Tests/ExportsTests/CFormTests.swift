import Basics
import Datasets
import Exports
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Tickets
import Training

/// C files, compiled without a warning and run under sanitizers, give the bits of the folded network.
@Suite(.serialized) struct CFormTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var model: String
    var density: Double
    var int8 = false
    var normalised = false
    var testDescription: String {
      "\(model) at \(density)\(int8 ? ", int8" : "")\(normalised ? ", normalised" : "")"
    }
  }

  static let cases = [
    Case(model: "mlp:40,20", density: 0.1), Case(model: "mlp:40,20", density: 0.3, int8: true),
    Case(model: "mlp:600", density: 0.004, normalised: true), Case(model: "lenet-5", density: 0.2),
    Case(model: "bn-conv-4:0.25", density: 0.1), Case(model: "bn-conv-4:0.25", density: 0.3, int8: true),
    Case(model: "resnet-14:0.5", density: 0.15), Case(model: "resnet-14:0.5", density: 0.5, int8: true),
    Case(model: "mobilenet-v1:0.125", density: 0.3), Case(model: "mobilenet-v1:0.125", density: 1, int8: true),
    Case(model: "wide-resnet-16-2:0.25", density: 0.2, normalised: true),
  ]

  @Test(arguments: cases)
  func sameBits(_ test: Case) throws {
    guard Self.hasCompiler() else { return }
    try expectSameBits(try Self.network(test), int8: test.int8, normalised: test.normalised)
  }

  /// Heads that are joined, one of them of an image that grows.
  @Test(arguments: [false, true])
  func heads(_ int8: Bool) throws {
    guard Self.hasCompiler() else { return }
    let network = try Self.network(Self.headed(), density: 0.5, normalised: false)
    try expectSameBits(network, int8: int8, normalised: false)
  }

  /// Four outputs of two heads.
  static func headed() throws -> Architecture {
    var result = Architecture(name: "heads", input: FeatureShape(channels: 1, height: 20, width: 20))
    try result.append("conv", Convolution(6, kernel: 3, stride: 2, padding: 1))
    try result.append("norm", BatchNorm())
    try result.append("relu", Rectifier())
    try result.append("up", Upsample(factor: 3))
    try result.append("fine", Convolution(2, kernel: 3))
    try result.append("mean", AveragePool())
    try result.append("coarse", Linear(2), inputs: ["relu"])
    try result.append("outputs", Join(), inputs: ["coarse", "mean"])
    return result
  }

  private func expectSameBits(_ network: ExportedNetwork, int8: Bool, normalised: Bool) throws {
    let scratch = try Scratch(), folder = scratch.url
    let file = folder.appendingPathComponent("net.c")
    var form = CForm()
    form.int8 = int8
    let lines = try form.write(network, to: file)
    #expect(lines.contains { $0.hasPrefix("constants ") })
    let program = try Self.compile(file, in: folder, network)
    let folded = try FoldedNetwork(network.architecture, network.parameters, mask: network.mask)
    let weights = int8 ? folded.quantisedParameters : folded.parameters
    var recipe = Recipe()
    recipe.batch = 16
    let expected = Run(
      folded.architecture, start: weights, mask: folded.mask, recipe: recipe, data: network.samples,
      pool: ThreadPool(threads: 1)
    ).outputs(.test).outputs
    let found = try #require(try Self.outputs(program, network, normalised: normalised, folder))
    #expect(found.count == expected.count)
    for (x, y) in zip(found, expected) { #expect(x == y) }
  }

  /// Without fused multiply-adds sums round otherwise, and no more.
  @Test func unfused() throws {
    guard Self.hasCompiler() else { return }
    let test = Case(model: "lenet-5", density: 0.2), network = try Self.network(test), scratch = try Scratch(),
      folder = scratch.url
    let file = folder.appendingPathComponent("net.c")
    _ = try CForm().write(network, to: file)
    let fused = try Self.compile(file, in: folder, network)
    let exact = try #require(try Self.outputs(fused, network, normalised: false, folder))
    let unfused = try Self.compile(file, in: folder, network, options: [])
    let plain = try #require(try Self.outputs(unfused, network, normalised: false, folder))
    let scale = exact.flatMap { $0 }.map(abs).max() ?? 1
    for (x, y) in zip(exact.flatMap { $0 }, plain.flatMap { $0 }) { #expect(abs(x - y) <= 1e-6 * max(1, scale)) }
  }

  @Test func gapsOfColumns() {
    #expect(CSource.gaps([0, 1, 300, 555, 1100]) == [1, 1, 0, 44, 255, 0, 0, 35])
  }

  private static func hasCompiler() -> Bool {
    if output("/usr/bin/env", ["cc", "--version"]) != nil { return true }
    print("skipped: there is no C compiler 'cc'")
    return false
  }

  // MARK: the network

  /// Eight random images of bytes; the network has random statistics and a random mask.
  static func network(_ test: Case) throws -> ExportedNetwork {
    let input = FeatureShape(channels: test.model.hasPrefix("mobilenet") ? 3 : 1, height: 20, width: 20)
    let architecture = try ModelCatalog.architecture(test.model, input: input, classes: 4)
    return try network(architecture, density: test.density, normalised: test.normalised)
  }

  static func network(_ architecture: Architecture, density: Double, normalised: Bool) throws -> ExportedNetwork {
    let input = architecture.input
    var random = RandomStream(seed: 5, "test-pixels")
    let pixels = (0..<8 * input.count).map { _ in UInt8(random.nextIndex(below: 256)) }
    let split = Datasets.Split(pixels: .bytes(pixels), labels: (0..<8).map { $0 % 4 })
    let dataset = try Dataset(
      name: "random", source: "test", inputShape: input, classCount: 4, pixelScale: 1 / 255, train: split, test: split)
    var start = Initializer.torchUniform.parameters(for: architecture.layout, seed: 3)
    for entry in architecture.layout.entries where ![.weight, .bias].contains(entry.shape.role) {
      for i in entry.range { start.values[i] += Float(0.8 * random.nextUniform() - 0.4) }
    }
    let mask = Mask.random(architecture.layout, density: density)
    let ticket = Ticket(
      architecture: architecture, mask: mask, start: start, startStep: 0, trained: start, seed: 1, round: 0,
      settings: [:])
    return try ExportedNetwork(
      ticket, .trained, samples: try TrainingData(dataset, validationCount: 1, seed: 0), data: "random",
      isNormalised: normalised)
  }

  // MARK: the program

  private static func compile(
    _ file: URL, in folder: URL, _ network: ExportedNetwork,
    options: [String] = ["-DEXACT_FMA", "-fsanitize=address,undefined", "-fno-sanitize-recover"]
  ) throws -> URL {
    let main = folder.appendingPathComponent("main.c"), program = folder.appendingPathComponent("program")
    let type = network.affine != nil ? "uint8_t" : "float"
    try AtomicFile.write(
      """
      #include "net.h"
      #include <stdio.h>
      int main(void) {
        static \(type) x[NET_INPUTS];
        float y[NET_OUTPUTS];
        while (fread(x, sizeof x, 1, stdin) == 1) {
          predict(x, y);
          fwrite(y, sizeof y, 1, stdout);
        }
        return 0;
      }
      """, to: main)
    let arguments =
      ["cc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"] + options + [
        file.path, main.path, "-o", program.path, "-lm",
      ]
    try #require(output("/usr/bin/env", arguments) != nil, "the C file does not compile")
    return program
  }

  /// What the program prints for all test samples.
  private static func outputs(
    _ program: URL, _ network: ExportedNetwork, normalised: Bool, _ folder: URL
  ) throws -> [[Float]]? {
    var data = Data()
    for sample in 0..<network.samples.test.count {
      if normalised {
        network.samples.test.input(sample).withUnsafeBytes { data.append(contentsOf: $0) }
      } else if case .bytes(let bytes) = network.samples.dataset.test.pixels {
        let size = network.architecture.input.count
        data.append(contentsOf: bytes[sample * size..<(sample + 1) * size])
      }
    }
    let file = folder.appendingPathComponent("samples")
    try AtomicFile.write(data, to: file)
    guard let printed = output(program.path, [], input: file) else { return nil }
    let values = printed.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) },
      classes = network.architecture.output.count
    return stride(from: 0, to: values.count, by: classes).map { Array(values[$0..<$0 + classes]) }
  }

  private static func output(_ path: String, _ arguments: [String], input: URL? = nil) -> Data? {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = pipe
    if let input { process.standardInput = try? FileHandle(forReadingFrom: input) }
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }
}
