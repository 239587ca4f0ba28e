# The table of coefficients, and what was not learned from.
. "$SOURCE/tests/cli/area-model/example"
mirti fit mirti.yaml --output model.json
jq -c '.["mirti-area-model"], .fit.used, .direct_estimates[8].weight' model.json
