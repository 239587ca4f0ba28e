# Folds as asked for; without the census, names and census rates of states are not known; in Spanish.
mirti simulate country --states 3 --municipalities 30 --persons 30000 --seed 11 --quiet
mirti validate country/mirti.yaml --folds 4 --survey-only --seed 7 --json >answer.json
jq -c '[(.leave_psus_out.folds | length), .seed, ([.areas.areas[] | .census, .name] | unique)]' answer.json
rm -r country/census
mirti validate country/mirti.yaml --survey-only | sed -n '5,7p;$p'
