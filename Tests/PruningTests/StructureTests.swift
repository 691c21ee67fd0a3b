import Basics
import Lanes
import Networks
import Pruning
import Testing

@Suite struct StructureTests {
  /// Two linear layers, and two convolutions.
  private func networks() throws -> [Architecture] {
    var image = Architecture(name: "image", input: FeatureShape(channels: 3, height: 4, width: 4))
    try image.append("conv1", Convolution(6, kernel: 3, padding: 1))
    try image.append("conv2", Convolution(5, kernel: 3, padding: 1))
    return [try network(10, 9, 7), image]
  }

  private func scores(_ layout: ParameterLayout, _ seed: UInt64) -> [Float] {
    let random = RandomStream(seed: seed, "test/structure")
    return (0..<layout.count).map { Float(random.word(at: UInt64($0)) >> 8) * 0x1p-24 }
  }

  private func pruned(_ structure: Structure, _ count: Int, _ layout: ParameterLayout, _ scores: [Float]) throws -> Mask
  {
    try Pruner.prune(
      Mask(fullFor: layout), scores: scores, quota: .together(count, layout.prunable), structure: structure,
      allowsEmptyLayers: true)
  }

  @Test func unitsGoWhole() throws {
    for architecture in try networks() {
      let layout = architecture.layout, scores = scores(layout, 1), count = layout.prunableCount / 2
      let mask = try pruned(.units, count, layout, scores)
      var gone = 0, worstKept = Double.infinity, bestGone = 0.0, largest = 0
      for entry in layout.prunable {
        let columns = entry.count / entry.shape.dimensions[0]
        largest = max(largest, columns)
        for row in stride(from: entry.offset, to: entry.offset + entry.count, by: columns) {
          let keeps = Set(mask.keeps[row..<row + columns])
          #expect(keeps.count == 1, "a unit is whole or gone")
          let mean = scores[row..<row + columns].reduce(0) { $0 + Double($1) } / Double(columns)
          if keeps == [true] {
            worstKept = min(worstKept, mean)
          } else {
            (gone, bestGone) = (gone + columns, max(bestGone, mean))
          }
        }
      }
      #expect(bestGone <= worstKept)
      #expect(gone <= count && gone > count - largest, "\(gone) of \(count)")
    }
  }

  @Test func blocksGoWhole() throws {
    let layout = try network(10, 9, 7).layout, scores = scores(layout, 2)
    let mask = try pruned(.blocks(rows: 4, columns: 3), 60, layout, scores)
    #expect(48...60 ~= 153 - mask.remaining)
    for entry in layout.prunable {
      let columns = entry.shape.dimensions[1]
      for i in entry.range {
        let row = (i - entry.offset) / columns, column = (i - entry.offset) % columns
        let corner = entry.offset + row / 4 * 4 * columns + column / 3 * 3
        #expect(mask.keeps[i] == mask.keeps[corner])
      }
    }
  }

  @Test(arguments: [(2, 4), (1, 4), (1, 2), (4, 8), (1, 3)])
  func neighboursKeepTheirShare(_ keep: Int, _ span: Int) throws {
    for architecture in try networks() {
      let layout = architecture.layout, scores = scores(layout, 3)
      let mask = try pruned(.neighbours(keep: keep, of: span), 0, layout, scores)
      for entry in layout.prunable {
        let columns = entry.count / entry.shape.dimensions[0]
        for row in stride(from: entry.offset, to: entry.offset + entry.count, by: columns) {
          for first in stride(from: row, to: row + columns, by: span) {
            let group = first..<min(first + span, row + columns), kept = group.filter { mask.keeps[$0] }
            #expect(kept.count == min(keep, group.count))
            let lowest = kept.map { scores[$0] }.min()!
            #expect(group.allSatisfy { mask.keeps[$0] || scores[$0] <= lowest })
          }
        }
      }
    }
  }

  @Test func settingsRoundTrip() {
    for text in ["weights", "units", "blocks:4x4", "blocks:1x16", "2:4", "1:4"] {
      #expect(Structure(setting: text)?.settingText == text)
    }
    for text in ["", "blocks:", "blocks:4", "blocks:0x4", "4:4", "4:2", "0:4", "2:4:8", "unit"] {
      #expect(Structure(setting: text) == nil)
    }
  }

  @Test(arguments: [Structure.units, .blocks(rows: 2, columns: 2), .neighbours(keep: 2, of: 4), .weights])
  func refusesScoresThatAreNoNumbers(_ structure: Structure) throws {
    let layout = try network(10, 9, 7).layout
    var scores = scores(layout, 4)
    scores[5] = .nan
    let problem = #expect(throws: Problem.self) { try pruned(structure, 10, layout, scores) }
    #expect(problem?.kind == .failed && problem?.problem.contains("weight 5") == true)
  }
}
