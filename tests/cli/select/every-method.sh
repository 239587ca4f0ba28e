# Every way to search says what it did, in text and in JSON; threads do not matter.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
for how in "lasso" "lasso --lambda min" "forward" "backward --criterion daic" "both --criterion cv"; do
    # shellcheck disable=SC2086 # a method and its options
    mirti select country/mirti.yaml --folds 3 --seed 4 --method $how --threads 1 --json >one.json
    # shellcheck disable=SC2086
    mirti select country/mirti.yaml --folds 3 --seed 4 --method $how --threads 3 --json >three.json
    cmp one.json three.json
    jq -r '[.method, .criterion, .lambda_rule // "-", (.folds // 0), (.seed // "-"),
            (.terms | length > 0), has("path"), has("steps"), (.fit.coefficients | length > 1)]
           | map(tostring) | join(" ")' one.json
done
