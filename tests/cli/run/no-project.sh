mirti run
