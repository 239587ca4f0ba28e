# The census's microdata carry the model too, read as one file, every municipality seen.
mirti simulate country --states 2 --municipalities 12 --persons 6000 --quiet
mirti run country/mirti-persons.yaml --output results --quiet
test "$(wc -l <results/municipality.csv)" -eq 13
