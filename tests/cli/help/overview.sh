mirti help
