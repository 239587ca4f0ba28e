# Help, but where errors go, for this is one.
mirti
