# All files or none, the same bytes on any number of threads, and an answer in words.
mirti simulate country --states 3 --municipalities 30 --persons 30000 --seed 11 --quiet
mirti validate country/mirti.yaml --output one --threads 1 --language en
mirti validate country/mirti.yaml --output two --threads 4 --language en --quiet
diff -r one two && ls one
jq -r '.verdicts | keys[]' one/validation.json
jq -e '.leave_psus_out.auc.value < .sample.auc.value' one/validation.json
jq -e '.areas.areas | map(.census > 0 and .census < 1) | all' one/validation.json
jq -e '[.leave_psus_out.folds[].children] | add == $n' --argjson n "$(jq .design.children one/validation.json)" one/validation.json
mirti validate country/mirti.yaml --json --language en >answer.json
cmp answer.json one/validation.json
