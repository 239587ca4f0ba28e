mirti nonsense
