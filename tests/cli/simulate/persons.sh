# The census's microdata carry the model too, read as one file, every person with its dwelling; and the
# model that knows the head of the household besides.
mirti simulate country --states 2 --municipalities 12 --persons 6000 --quiet
mirti run country/mirti-persons.yaml --output results --quiet
test "$(wc -l <results/municipality.csv)" -eq 13
sed -i 's/^model: model.yaml/model: model-persons.yaml/' country/mirti-persons.yaml
mirti run country/mirti-persons.yaml --output heads --quiet
grep -q '"predictor": "head_schooling"\|head_schooling' heads/model.json
test "$(wc -l <heads/municipality.csv)" -eq 13
