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
