# The model that is judged is the one that a run uses: its effects of areas are in the probabilities.
mirti simulate country --states 4 --municipalities 40 --persons 60000 --survey-dwellings 6000 --truth sigma_municipality=0.9 --seed 12 --quiet
cd country || exit 1
for level in area parent nested; do
    { cat mirti.yaml && echo "area_effects: {level: $level}"; } >$level.yaml
    mirti validate $level.yaml --folds 5 --output $level --threads 1 --language en >$level.txt
    mirti validate $level.yaml --folds 5 --output $level-again --threads 3 --quiet --language en
    diff -r $level $level-again
    jq -c '[.area_effects.level, .leave_psus_out.known_effects > 0.9, .leave_areas_out.known_effects, .sample.archer_lemeshow,
        .traits.auc.value < .sample.auc.value, .leave_psus_out.auc.value < .sample.auc.value, .leave_psus_out.archer_lemeshow.df1]' $level/validation.json
done
# Where places differ, what the other PSUs of an area say tells more than traits do; of whole states left out nothing is known.
mirti validate mirti.yaml --folds 5 --json >plain.json
jq -c --slurpfile plain plain.json '[.leave_psus_out.auc.value > $plain[0].leave_psus_out.auc.value,
    ($plain[0] | .area_effects, .traits, (.sample.archer_lemeshow | type))]' area/validation.json
sed -n '5,15p' area.txt
grep '^[346]\.' area.txt
# The rates of states that the model gives to their children follow the survey's.
jq -c '[.areas.areas[] | ((.modelled - .direct.value) | fabs) < ((.left_out - .direct.value) | fabs)] | map(select(.)) | length' area/validation.json
