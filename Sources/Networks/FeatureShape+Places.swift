package import Basics

extension FeatureShape {
  /// Of a channel.
  package var places: Int { height * width }
}
