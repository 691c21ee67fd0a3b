import Pages

func plural(_ count: Int, _ noun: String) -> String { Format.plural(count, noun) }
