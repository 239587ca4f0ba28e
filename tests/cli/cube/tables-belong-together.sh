# Persons, their dwellings and their jobs: predictors from all three, and every child is counted where it is.
printf 'ENT,MUN,ID_VIV,NUMPER,EDAD,FACTOR\n1,1,1,1,40,10\n1,1,1,2,8,10\n1,1,2,1,12,20\n1,2,3,1,9,5\n1,2,4,1,16,7\n' >persons.csv
printf 'ID_VIV,PISO\n001,1\n002,3\n003,1\n005,1\n' >dwellings.csv
printf 'viv,num,horas\n1,2,4\n2,1,30\n2,1,2\n3,1,0\n' >jobs.csv
cat >model.yaml <<'EOF'
mirti-model: 1
name: tables
outcome: {name: works}
predictors:
  dirt: {kind: binary}
  worked: {kind: binary}
  hours: {kind: category, levels: [none, few, many]}
terms: [dirt, worked, hours]
sources:
  survey:
    kind: survey
    outcome: y = 1
    predictors: {dirt: d, worked: w, hours: h}
  census:
    kind: census
    code_widths: {ENT: 2, MUN: 3, ID_VIV: 3}
    tables:
      dwellings: {key: ID_VIV}
      jobs:
        key: [ID_VIV, NUMPER]
        other_key: [viv, num]
        values:
          worked_at_all: {how: exists, where: horas > 0}
          horas: {how: sum, column: horas}
    filter: EDAD BETWEEN 5 AND 17
    weight: FACTOR
    area: ENT || MUN
    predictors:
      dirt: PISO = '1'
      worked: worked_at_all
      hours: CASE WHEN COALESCE(horas, 0) = 0 THEN 'none' WHEN horas < 20 THEN 'few' ELSE 'many' END
EOF
cat >project.yaml <<'EOF'
mirti-project: 1
name: tables
model: model.yaml
survey: {file: persons.csv, source: survey}
census:
  file: persons.csv
  source: census
  tables: {dwellings: dwellings.csv, jobs: jobs.csv}
EOF
mirti cube project.yaml --output census.cube --quiet
# Four children; the one of dwelling 4, which the other table lacks, has no floor and is left out.
mirti cube --info census.cube --json | jq -c '[.rows.read, .rows.used, .rows.outside, .areas, .patterns, .persons]'
# A table that the project does not name, and one that the model does not.
sed 's/, jobs: jobs.csv//' project.yaml >fewer.yaml
mirti cube fewer.yaml --output fewer.cube --quiet || test $? = 3
sed 's/jobs: jobs.csv/jbs: jobs.csv/' project.yaml >other.yaml
mirti cube other.yaml --output other.cube --quiet || test $? = 3
