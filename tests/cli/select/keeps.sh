# A kept term is in; an unknown one is an error that names it.
mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
term=$(sed -n 's/^terms: \[\([a-z_]*\).*/\1/p' country/model.yaml)
mirti select country/mirti.yaml --method forward --keep "$term" --json |
    jq -r '.candidates | map(select(.kept)) | length'
mirti select country/mirti.yaml --keep "$term,nonsense" 2>err || echo "exit $?"
grep -c "'nonsense' is to be kept, but is no term of the model" err
