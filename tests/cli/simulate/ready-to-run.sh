# What it makes is named on standard error or output, and runs as it is.
mirti simulate country --states 2 --municipalities 12 --persons 6000 --seed 5 --quiet
test -s country/mirti.yaml
mirti run country/mirti.yaml --output results --quiet
test -s results/areas.gpkg
test -s results/municipality.csv
test -s results/model.json
test -s results/run.json
