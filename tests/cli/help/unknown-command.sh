mirti help nonsense
