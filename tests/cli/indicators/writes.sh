# CSV and JSON have every number as it is; nothing is overwritten.
. "$SOURCE/tests/cli/indicators/example"
mirti indicators mirti.yaml --by parent_area,sex --of works --output out.csv --quiet
cat out.csv
mirti indicators mirti.yaml --of works --total --json --output out.csv --overwrite | jq -c '.indicators[0].statistic, .indicators[0].estimates[0].estimate'
mirti indicators mirti.yaml --output out.csv --quiet
