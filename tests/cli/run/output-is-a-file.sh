mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
echo precious >out
mirti run country/mirti.yaml --output out --quiet || echo "status $?"
cat out
