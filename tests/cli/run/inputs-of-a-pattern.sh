# A pattern is the files it matched: each with its size and checksum, as coreutils sums them.
mirti simulate country --states 2 --municipalities 8 --persons 4000 --seed 5 --quiet
mirti run country/mirti-persons.yaml --output out --quiet
jq -r '.inputs[] | select(.role | startswith("census")) | .role + " " + .file' out/run.json
jq -r '.inputs[] | select(.sha256) | .sha256 + "  country/" + .file' out/run.json | grep -v 'mirti.*yaml\|model' >sums
sha256sum --check --quiet sums
jq '[.inputs[] | select(.bytes == null)] | length' out/run.json
