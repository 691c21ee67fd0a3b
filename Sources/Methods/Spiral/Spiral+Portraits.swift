import Foundation
import Pages

/// Decision regions and what every unit sees, as pictures.
extension Spiral {
  static func portraits(_ finding: SpiralFinding) -> Section? {
    guard !finding.networks.isEmpty else { return nil }
    let intro: HTMLText = """
      First the output: blue where the network says class 0, orange where it says class 1, with some of the points. \
      Then every unit on a path: dark where it is silent, bright where it is most active.
      """
    let blocks = finding.networks.enumerated().flatMap { number, network -> [Block] in
      let best = network.best
      let title = """
        \(best.run): \(best.weights) weights, \(best.effective) on a path, \
        \(String(format: "%.2f", 100 * best.accuracy)) %
        """
      return [.heading(title), .beside(pictures(network, number, finding.points))]
    }
    return Section("Networks in the plane", id: "portraits", [.paragraph(intro)] + blocks)
  }

  private static func pictures(_ network: SpiralNetwork, _ number: Int, _ points: [SpiralNetwork.Point]) -> [Block] {
    network.panels.enumerated().map { i, panel in
      .picture(
        Picture(
          "network-\(number + 1)-\(panel.label.replacing(", ", with: "-").replacing(" ", with: "-"))",
          i == 0 ? regions(panel, points) : activation(panel), scale: i == 0 ? 3 : 4,
          words: words(panel, isOutput: i == 0), caption: "\(panel.label)"))
    }
  }

  /// The two classes' sides, paler near the border, and the points over them.
  static func regions(_ panel: SpiralNetwork.Panel, _ points: [SpiralNetwork.Point]) -> PNGImage {
    let colors: [[Double]] = [[120, 170, 225], [240, 170, 110]]
    var pixels: [UInt8] = []
    for z in panel.values {
      let pale = 0.75 / (1 + Double(abs(z)))
      for part in colors[z > 0 ? 1 : 0] { pixels.append(UInt8(min(255, part + (255 - part) * pale))) }
    }
    let marks: [[UInt8]] = [[10, 50, 110], [120, 45, 0]]
    for point in points {
      guard let place = SpiralNetwork.place(point) else { continue }
      pixels.replaceSubrange(3 * place..<3 * place + 3, with: marks[point.label])
    }
    return PNGImage(width: SpiralNetwork.size, height: SpiralNetwork.size, pixels: pixels)
  }

  /// From zero to the unit's largest value; every second point of the grid along each axis.
  static func activation(_ panel: SpiralNetwork.Panel) -> PNGImage {
    let highest = max(panel.values.max() ?? 0, .leastNormalMagnitude), size = (SpiralNetwork.size + 1) / 2
    var pixels: [UInt8] = []
    for place in 0..<size * size {
      let value = panel.values[place / size * 2 * SpiralNetwork.size + place % size * 2]
      let share = Double(max(0, value) / highest)
      let parts: [Double] = [30 + 225 * share, 25 + 15 * share + 205 * share * share, 60 + 60 * (1 - share)]
      for part in parts { pixels.append(UInt8(min(255, part))) }
    }
    return PNGImage(width: size, height: size, pixels: pixels)
  }

  private static func words(_ panel: SpiralNetwork.Panel, isOutput: Bool) -> String {
    let active = panel.values.count { $0 > 0 }, share = 100 * Double(active) / Double(max(1, panel.values.count))
    return isOutput
      ? "Decision regions: class 1 on \(Format.decimal(share, 0)) % of the square"
      : "\(panel.label): active on \(Format.decimal(share, 0)) % of the square"
  }
}
