# The summary could not be written: the results stand, and the exit status says that something is wrong.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
mirti run country/mirti.yaml --output out >/dev/full || echo "status $?"
