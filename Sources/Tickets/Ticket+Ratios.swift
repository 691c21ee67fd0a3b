import Foundation
import Networks
import Pruning

extension Ticket {
  /// The allocation that gives other masks this one's layer densities: `ratios:fc1=0.031,fc2=0.12`.
  public var ratioAllocation: String {
    let densities = mask.layout.prunable.map { entry in
      "\(entry.layer)=\(Double(mask.remaining(in: entry)) / Double(entry.count))"
    }
    return "\(GivenRatiosAllocation.name):" + densities.joined(separator: ",")
  }
}

extension SearchSettings {
  public mutating func spellOut() throws {
    allocation = try Self.spelledOut(allocation)
    spellOutMask()
  }

  /// `ratios:FILE` as the ratios of the ticket in the file.
  public static func spelledOut(_ allocation: String) throws -> String {
    let parts = allocation.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[0] == GivenRatiosAllocation.name, !parts[1].contains("=") else { return allocation }
    return try Ticket(contentsOf: URL(fileURLWithPath: String(parts[1]))).ratioAllocation
  }
}
