# The whole way from a table of estimates; one area on one screen.
. "$SOURCE/tests/cli/area-model/example"
mirti run mirti.yaml --output out
cut -d, -f1,2,20,21,22,23 out/municipality.csv | tr -d '\r'
mirti explain mirti.yaml 08 | head -n 6
mirti explain mirti.yaml 14 | head -n 6
