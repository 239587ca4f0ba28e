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
mirti run country/effects.yaml --output plain --quiet
cmp -s out-1/municipality.csv plain/municipality.csv || echo "other errors than without"
