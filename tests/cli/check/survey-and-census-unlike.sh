# Survey and census side by side: what differs is flagged and makes the exit status 1, in the language asked for.
"$SOURCE/tests/lib/small-project"
mirti check towns.yaml
sed -i 's/^001.*/001,North,100,120,215/; s/^002.*/002,South,50,40,88/' towns.csv
if mirti check towns.yaml; then exit 9; else test $? = 1; fi
mirti check towns.yaml --language es || test $? = 1
# With another limit it is nothing to look at.
echo 'support: {limit: 5}' >>towns.yaml
mirti check towns.yaml
mirti check towns.yaml --json | jq -c '.run.layers[0].support | [.limit, .flagged, .unseen_limit, .unseen]'
