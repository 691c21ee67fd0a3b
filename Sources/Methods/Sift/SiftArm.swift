/// A ladder of masks that a study compares: the network of the images themselves, or a control.
package enum SiftArm: String, CaseIterable, Codable, Sendable {
  case iterative
  /// Every mask cut from the dense network at once.
  case oneShot = "one-shot"
  /// From a random mask on, as sparse as the terms say.
  case randomMask = "random-mask"
  case permutedPixels = "permuted-pixels"
  /// Initial weights permuted like the pixels: the same network under other names.
  case permutedAlike = "permuted-alike"
  case randomLabels = "random-labels"
  case lessData = "less-data"
  case fewerClasses = "fewer-classes"
  case gaussian
  /// The classes differ by their means alone.
  case gaussianPooled = "gaussian-pooled"
  case phase

  /// What is done to the data, as a data set's name says it.
  package var transform: String {
    switch self {
    case .iterative, .oneShot, .randomMask: ""
    case .permutedPixels, .permutedAlike: "+permuted-pixels"
    case .randomLabels: "+random-labels"
    case .lessData: "+share:0.1"
    case .fewerClasses: "+classes:2"
    case .gaussian: "+gaussian"
    case .gaussianPooled: "+gaussian-pooled"
    case .phase: "+phase"
    }
  }

  package var summary: String {
    switch self {
    case .iterative: "iterative pruning on the data as they are"
    case .oneShot: "every mask cut from the dense network at once"
    case .randomMask: "iterative pruning from a random mask on"
    case .permutedPixels: "the pixels of all images in one other order"
    case .permutedAlike: "the same, with the initial weights permuted like the pixels"
    case .randomLabels: "training labels drawn at random"
    case .lessData: "a tenth of the training samples"
    case .fewerClasses: "the first two classes alone"
    case .gaussian: "normal numbers with each class's mean and covariance"
    case .gaussianPooled: "normal numbers with each class's mean and all classes' common covariance"
    case .phase: "images with random Fourier phases"
    }
  }
}
