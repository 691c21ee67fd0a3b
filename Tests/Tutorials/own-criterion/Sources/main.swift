import Methods
import TombolaCommand

await Tombola.main(experiments: MethodCatalog.all, criteria: [LAMP.self])
