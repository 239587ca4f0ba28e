# A Spanish reader meets no English: every command over a country in which many things are wrong,
# in both languages. A line with English words, or the same sentence in both, is not translated.
mirti simulate country --states 3 --municipalities 24 --persons 40000 --seed 5 --language es >es.simulate
mirti simulate other --states 3 --municipalities 24 --persons 40000 --seed 5 >en.simulate
here=$PWD
cd country || exit 1
# Rows of the survey that cannot be used, each for a reason of its own; codes without their zeros.
awk -F, -v OFS=, 'NR == 3 {$34 = ""} NR == 8 {$11 = "\"9\""} NR == 5 {$18 = 0} NR == 6 {$10 = ""} NR == 9 {$33 = "mucho"} 1' \
    survey/encuesta.csv >survey/d && mv survey/d survey/encuesta.csv
sed -i "s/^    weight: factor\$/    code_widths: {ubica_geo: 9}\n&/; s/CASE sexo WHEN '1' THEN 'man' WHEN '2' THEN 'woman' END/MAP(sexo, '1' -> 'man', '2' -> 'woman', '9' -> 'other')/" model.yaml
sed -i '8s/,"0\([0-9]*\)",/,\1,/2; 2,20s/,"0\([0-9]\{8\}\)",/,\1,/' survey/encuesta.csv
# A municipality that is not in the census, another code, and a coordinate that is none.
awk -F, -v OFS=, '!($1 == "01" && $3 == "002") {if ($3 == "003" && $5 == "0001") $7 = "cerca"; print}' \
    census/iter.csv >census/d && mv census/d census/iter.csv
echo 'area_effects: {level: nested}' | cat mirti.yaml - >nested.yaml
echo 'area_effects: {level: parent}' | cat mirti.yaml - >parent.yaml
{ sed '/^  locality:/,/^    name: NOMGEO/d' mirti.yaml && echo 'area_model: {least_rows: 5}'; } >areas.yaml
try() { echo "== $*" >>../$l; mirti "$@" --language $l >>../$l 2>../$l.messages || test $? = 1; cat ../$l.messages >>../$l; }
for l in es en; do
    cat ../$l.simulate >../$l
    for project in mirti areas; do
        try check $project.yaml
        try fit $project.yaml
        try run $project.yaml --output ../$l-$project
        try explain $project.yaml 01003
    done
    for project in nested parent; do
        try fit $project.yaml
        try run $project.yaml --output ../$l-$project
        try validate $project.yaml --folds 3
    done
    try validate mirti.yaml --folds 3
    try indicators mirti.yaml --by sex
    try indicators mirti.yaml --by area
    try select mirti.yaml --folds 3
    for method in forward backward both; do
        for criterion in p daic; do try select mirti.yaml --method $method --criterion $criterion --folds 3; done
    done
    try check mirti-persons.yaml
    try cube mirti-persons.yaml --output ../$l.cube
    try cube --info ../$l.cube
    try merge ../$l.cube --output ../$l.merged
    try compare ../$l-mirti/municipality.csv ../$l-areas/municipality.csv
    try doctor census/iter.csv boundaries/00mun.shp
done
cd "$here" || exit 1
# What was dropped and noticed, as it is told.
grep '^ *[0-9,]*: ' es | sed 's/^ *//' | sort -u
grep '^aviso: ' es | sort -u
grep -A1 '^Sin pareja, de la segunda' es | sort -u | head -3
# Words of English, paths and names of variables apart.
english='the|of|with|without|and|or|are|is|was|were|to|from|by|at|for|in|on|that|not|each|than|rows?|children|areas?|survey|census|left|out|read|used|dropped'
sed '/^== /d; s/[^ ]*[/.][a-z][^ ]*//g' es | grep -nwE "$english" || test $? = 1
# Sentences that both languages have.
for l in es en; do sed '/^== /d; s/^ *[^ ]* *//' $l | sort -u >$l.lines; done
comm -12 es.lines en.lines | grep -wE '[a-záéíóúñ]{4,} [a-záéíóúñ]{4,}' || test $? = 1
