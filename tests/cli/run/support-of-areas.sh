# Children unlike any of the survey: said in the summary, in run.json, and for each area in support.csv.
"$SOURCE/tests/lib/small-project"
sed -i '/^00[123],.*,2,[01],[01],[0-9]*,[ab],/{/,2,1,[01],[0-9]*,[ab],/d}' survey.csv # no poor girl in it
printf 'support: {unseen: 0.2}\n' >>persons.yaml
mirti run persons.yaml --output out
cat out/support.csv
jq -c '.layers[0].support | [.unseen, .areas_with_more_unseen, .beyond_what, .beyond_groups]' out/run.json
printf 'support: {unseen: 2}\n' >>towns.yaml
mirti run towns.yaml --output other || test $? = 3
test ! -e other
