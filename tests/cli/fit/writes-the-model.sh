mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
mirti fit country/mirti.yaml --output model.json >table
test -s table
jq -e ".coefficients | length > 5" model.json >/dev/null || jq keys model.json
mirti run country/mirti.yaml --output out --quiet
cmp model.json out/model.json
