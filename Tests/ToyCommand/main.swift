import Methods
import TombolaCommand
import ToyExperiment

await Tombola.main(experiments: MethodCatalog.all + [Toy.self])
