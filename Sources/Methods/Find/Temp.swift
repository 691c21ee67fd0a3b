import Pages
import Tickets

extension FindPage.Line {
  init(_ control: Control) {
    switch control {
    case .reinit:
      self.init(
        name: "reinit", title: "Re-initialised", explanation: "the ticket’s mask, trained from newly drawn weights",
        style: SeriesStyle(color: "--reinit", dash: [8, 4], marker: "triangle"))
    case .shuffled:
      self.init(
        name: "shuffled", title: "Shuffled mask",
        explanation: "the ticket’s mask shuffled within each layer, trained from the ticket’s weights",
        style: SeriesStyle(color: "--shuffled", dash: [2, 3], marker: "rect"))
    case .random:
      self.init(
        name: "random", title: "Random mask",
        explanation: "a random mask with the same layer counts, trained from newly drawn weights",
        style: SeriesStyle(color: "--random", dash: [10, 3, 2, 3], marker: "rectRot"))
    }
  }
}
extension Control {
  var clause: String {
    switch self {
    case .reinit: "freshly drawn weights in the same mask"
    case .shuffled: "a shuffled mask"
    case .random: "a random mask with fresh weights"
    }
  }
}
