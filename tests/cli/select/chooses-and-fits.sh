# What select prints for the model file is a model that fits, with the coefficients that it showed.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
mirti select country/mirti.yaml --folds 5 --language en --output choice.json >table
grep -q '^Lasso over ' table
grep -q 'too sure' table
line=$(grep '^terms: ' table)
awk -v line="$line" '/^terms:/ {print line; skip = 1; next} skip && /^[[:space:]]/ {next} {skip = 0; print}' \
    country/model.yaml >chosen.yaml
mv chosen.yaml country/model.yaml
mirti fit country/mirti.yaml --language en | sed '/^$/{N;/rows read/,$d}' >fitted
sed -n '/^The chosen terms, fitted/,$p' table | tail -n +3 | cmp - fitted
# The project was left as it was, and a choice is not overwritten.
mirti select country/mirti.yaml --folds 5 --output choice.json --quiet
