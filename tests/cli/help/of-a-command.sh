mirti help version
mirti version --help
