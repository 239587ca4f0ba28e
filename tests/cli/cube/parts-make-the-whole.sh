# The persons of a simulated country: three states apart and merged are the country, byte for byte.
mirti simulate country --states 3 --municipalities 24 --persons 30000 --seed 7 --quiet
cat >model.yaml <<'EOF'
mirti-model: 1
name: persons-only
outcome: {name: works}
predictors:
  age: {kind: category, levels: [6-11, 12-14, 15-17], reference: 12-14}
  sex: {kind: category, levels: [woman, man], reference: woman}
terms: [age, sex, 'age:sex']
sources:
  survey:
    kind: survey
    filter: edad BETWEEN 6 AND 17
    outcome: trabaja = '1'
    weight: factor
    stratum: est_dis
    psu: upm
    predictors:
      age: CASE WHEN edad < 12 THEN '6-11' WHEN edad < 15 THEN '12-14' ELSE '15-17' END
      sex: CASE sexo WHEN '1' THEN 'man' WHEN '2' THEN 'woman' END
  census:
    kind: census
    filter: EDAD BETWEEN 6 AND 17
    weight: FACTOR
    stratum: ESTRATO
    psu: UPM
    area: ENT || MUN
    parent_area: ENT
    predictors:
      age: CASE WHEN EDAD < 12 THEN '6-11' WHEN EDAD < 15 THEN '12-14' ELSE '15-17' END
      sex: CASE SEXO WHEN '1' THEN 'man' WHEN '3' THEN 'woman' END
EOF
project() {
    printf 'mirti-project: 1\nname: %s\nmodel: model.yaml\n' "$1"
    printf 'survey: {file: country/survey/encuesta.csv, source: survey, lonely_psu: adjust}\n'
    printf 'census: {file: "%s", source: census}\nclasses: {method: fisher-jenks, levels: 3}\n' "$2"
}
project whole 'country/census/Personas*.CSV' >whole.yaml
mirti cube whole.yaml --output whole.cube --quiet
for state in 01 02 03; do
    project "state-$state" "country/census/Personas$state.CSV" >"$state.yaml"
    mirti cube "$state.yaml" --output "$state.cube" --quiet
done
mirti merge 03.cube 01.cube 02.cube --output merged.cube --quiet
cmp whole.cube merged.cube
mirti cube --info merged.cube --json >info.json
jq -e '.kind == "municipality" and .areas == 24 and .design and .patterns == 6' info.json >/dev/null || jq . info.json
jq -e '.rows | .read == .used + .outside' info.json >/dev/null || jq .rows info.json

# A project may name the cube in place of the microdata, and says the same.
project whole merged.cube >cube.yaml
mirti run whole.yaml --output persons --quiet
mirti run cube.yaml --output cube --quiet
cmp persons/municipality.csv cube/municipality.csv
