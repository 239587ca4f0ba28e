mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
for n in 1 2 5; do mirti run country/mirti.yaml --output out-$n --threads $n --quiet; done
for file in out-1/*; do
    cmp "$file" "out-2/${file#out-1/}"
    cmp "$file" "out-5/${file#out-1/}"
done
