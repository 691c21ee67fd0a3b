import Basics

/// The pruning methods that the paper holds against the search.
package enum SpiralMethod: String, CaseIterable, Hashable, SettingValue {
  /// Magnitude pruning during training in 199 cubic steps (Zhu & Gupta 2017, arXiv:1710.01878).
  case gradual
  /// Five trainings, pruned by magnitude and rewound between (Frankle & Carbin 2019, arXiv:1803.03635).
  case iterativeMagnitude = "imp"
  /// Drops by magnitude and grows by gradient every 100 steps (Evci et al. 2020, arXiv:1911.11134).
  case rigl
  /// |gradient x weight| of one batch (Lee et al. 2019, arXiv:1810.02340).
  case snip
  /// The same in 10 steps (de Jorge et al. 2021, arXiv:2006.09081).
  case iterativeSNIP = "iterative-snip"
  /// The same, where pruned weights may return (de Jorge et al. 2021).
  case force
  /// Keeps the gradient's flow: weight x Hessian x gradient (Wang et al. 2020, arXiv:2002.07376).
  case grasp
  /// Synaptic flow without data in 100 steps (Tanaka et al. 2020, arXiv:2006.05467).
  case synflow
  /// The gradient through three training steps (Alizadeh et al. 2022, arXiv:2202.08132).
  case prospr
}
