"""The commands, each thin: parse, call one use case, print. Loaded one by one: see `service.cli`."""
