# States that differ, and municipalities within them: who takes which effect, what is told, the same bytes by any threads.
cat >model.yaml <<'END'
mirti-model: 1
name: m
outcome: {name: works}
predictors:
  out: {kind: binary}
terms: [out]
sources:
  s: {kind: survey, outcome: y = '1', weight: w, area: mun, parent_area: st, predictors: {out: out = '1'}}
  c:
    kind: aggregates
    areas:
      municipality: {where: loc = '-', code: mun, parent_code: st}
      locality: {where: loc <> '-', code: loc, parent_code: mun}
    cells: [{children: n, out: o / n}]
END
# Five municipalities in each of eight states; the survey is in the first three of the first six states.
awk 'BEGIN {
    print "y,w,st,mun,out" >"survey.csv"
    print "st,mun,loc,n,o" >"census.csv"
    for (s = 1; s <= 8; s++) for (m = 1; m <= 5; m++) {
        mun = sprintf("%02d%03d", s, m)
        printf "%02d,%s,-,%d,%d\n", s, mun, 900 + 10 * m, 200 + 20 * s >"census.csv"
        for (l = 1; l <= 2; l++) printf "%02d,%s,%s%d,%d,%d\n", s, mun, mun, l, 400 + 10 * m, 90 + 10 * s >"census.csv"
        for (i = 0; s <= 6 && m <= 3 && i < 40; i++)
            printf "%d,%d,%02d,%s,%d\n", (i * 7 + 3 * m) % 40 < 3 * s + 8 * ((m + s) % 3) + 3 * (i % 4 == 0), \
                10 + i * 3 % 5, s, mun, i % 4 == 0 >"survey.csv"
    }
}'
project() {
    printf '%s\n' 'mirti-project: 1' 'name: p' 'model: model.yaml' 'survey: {file: survey.csv, source: s}' \
        'census: {file: census.csv, source: c}' "$@" >mirti.yaml
}
methods() {
    for kind in municipality locality; do
        tail -n +2 "$1/$kind.csv" | tr -d '"' | grep -oE '(eb|synthetic|aggregate)' | sort | uniq -c | sed "s/^ */$kind /"
    done
}
project 'area_effects: {level: nested}' 'bootstrap: 0'
mirti fit mirti.yaml --language en | grep -v "rows read" | tail -5 | head -4
for n in 1 3; do mirti run mirti.yaml --output nested-$n --threads $n --quiet; done
for file in nested-1/*; do cmp "$file" "nested-3/${file#nested-1/}"; done
methods nested-1
jq -c '.area_effects | [.level, .areas, .parents, .quadrature, .weight_scaling, .boundary_area, .boundary_parent,
    .sigma_parent > .sigma_area]' nested-1/run.json
project 'area_effects: {level: nested}' 'bootstrap: 20'
for n in 1 3; do mirti run mirti.yaml --output both-$n --threads $n --quiet; done
for file in both-1/*; do cmp "$file" "both-3/${file#both-1/}"; done
jq -c '.area_effects.bootstrap | [.replicates, .without_fit, .sigma_area_least < .sigma_area_median,
    .sigma_parent_median < .sigma_parent_most]' both-1/run.json
for folder in nested-1 both-1; do
    cut -d, -f1,6 $folder/municipality.csv | sort >risks-$folder
    cut -d, -f1,7 $folder/municipality.csv | sort >errors-$folder
done
cmp risks-nested-1 risks-both-1
cmp -s errors-nested-1 errors-both-1 || echo "the same risks, other errors"
project 'area_effects: {level: parent, quadrature: 9, weight_scaling: size}' 'bootstrap: 20'
mirti fit mirti.yaml --language en | grep -v "rows read" | tail -4 | head -3
for n in 1 3; do mirti run mirti.yaml --output parent-$n --threads $n --quiet; done
for file in parent-1/*; do cmp "$file" "parent-3/${file#parent-1/}"; done
methods parent-1
jq -c '.area_effects | [.level, .areas, .quadrature, .weight_scaling, .boundary, .bootstrap.replicates]' parent-1/run.json
# A census that calls the states otherwise is warned of.
sed -i 's/^0\([1-8]\),/S\1,/' census.csv
project 'area_effects: {level: parent}'
mirti run mirti.yaml --output other >summary
head -5 summary | tail -1
methods other
sed -i 's/, parent_area: st//' model.yaml
project 'area_effects: {level: nested}'
mirti check mirti.yaml || echo "exit $?" >&2
