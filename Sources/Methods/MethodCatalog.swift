public import Experiments
@_exported public import RelatedMethods
@_exported public import SearchMethods
@_exported public import StudyMethods

/// All experiments: each is a verb of the command.
public enum MethodCatalog {
  public static let all: [any Experiment.Type] = [
    Find.self,
    Criteria.self,
    Certify.self,
    Connect.self,
    Boost.self,
    Spiral.self,
    Sift.self,
    PatternLearning.self,
    Popup.self,
    Biprop.self,
    BasisSearch.self,
    Prove.self,
    Stretch.self,
    Squeeze.self,
    Dual.self,
    Grow.self,
    Detect.self,
    SelfEnsemble.self,
    PredictSubnets.self,
    Surf.self,
    Ood.self,
    Critics.self,
    Adapt.self,
  ]
}
