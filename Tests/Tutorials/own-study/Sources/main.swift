import Methods
import TombolaCommand

await Tombola.main(experiments: MethodCatalog.all + [EarlyMask.self])
