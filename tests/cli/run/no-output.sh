# Where to write is never guessed.
mirti simulate country --states 1 --municipalities 2 --persons 500 --quiet
mirti run country/mirti.yaml
