package import Basics

/// The pruning methods that the paper holds against the search.
package enum SpiralMethod: String, CaseIterable, Hashable, SettingValue {
  case gradual
  case iterativeMagnitude = "imp"
  case rigl
  case snip
  case iterativeSNIP = "iterative-snip"
  case force
  case grasp
  case synflow
  case prospr

  package var summary: String {
    switch self {
    case .gradual: "magnitude pruning during training in 199 cubic steps (Zhu & Gupta 2017, arXiv:1710.01878)"
    case .iterativeMagnitude: "five trainings, pruned by magnitude and rewound between (Frankle & Carbin 2019)"
    case .rigl: "drops by magnitude, grows by gradient every 100 steps (Evci et al. 2020, arXiv:1911.11134)"
    case .snip: "|gradient x weight| of one batch (Lee et al. 2019, arXiv:1810.02340)"
    case .iterativeSNIP: "the same in 10 steps (de Jorge et al. 2021, arXiv:2006.09081)"
    case .force: "the same, where pruned weights may return (de Jorge et al. 2021)"
    case .grasp: "keeps the gradient's flow: weight x Hessian x gradient (Wang et al. 2020, arXiv:2002.07376)"
    case .synflow: "synaptic flow without data in 100 steps (Tanaka et al. 2020, arXiv:2006.05467)"
    case .prospr: "gradient through three training steps (Alizadeh et al. 2022, arXiv:2202.08132)"
    }
  }
}
