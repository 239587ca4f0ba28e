# Errors by a bootstrap: the same bytes for any number of threads, larger than without, and told in run.json.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
{ cat country/mirti.yaml; echo "area_effects: true"; } >country/effects.yaml
{ cat country/effects.yaml; echo "bootstrap: 20"; } >country/bootstrap.yaml
for n in 1 2 5; do mirti run country/bootstrap.yaml --output out-$n --threads $n --quiet; done
for file in out-1/*; do
    cmp "$file" "out-2/${file#out-1/}"
    cmp "$file" "out-5/${file#out-1/}"
done
grep '"weight_scaling": "effective"' out-1/run.json
grep -A3 '"bootstrap": {' out-1/run.json
# 200 replicates unless the project says otherwise; 0 is none.
mirti run country/effects.yaml --output usual --quiet
jq .area_effects.bootstrap.replicates usual/run.json
{ cat country/effects.yaml; echo "bootstrap: 0"; } >country/plain.yaml
mirti run country/plain.yaml --output plain --quiet
jq .area_effects.bootstrap plain/run.json
cmp -s out-1/municipality.csv plain/municipality.csv || echo "other errors than without"
