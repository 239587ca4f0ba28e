# Survey and published results read as the Mexican ones do, by the model that is shipped for those.
mirti simulate country --municipalities 12 --persons 6000 --quiet
cat >country/mexican.yaml <<END
mirti-project: 1
name: mexican
model: $SOURCE/models/mx-adolescent-work.yaml
survey: {file: survey/encuesta.csv, source: enigh-2016, lonely_psu: adjust}
census: {file: census/iter.csv, source: iter-2020}
boundaries: {municipality: {file: boundaries/00mun.shp}}
END
mirti run country/mexican.yaml --output results --quiet
test "$(wc -l <results/municipality.csv)" -eq 13
