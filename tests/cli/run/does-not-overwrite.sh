mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
mirti run country/mirti.yaml --output out --quiet
cksum out/* >before
mirti run country/mirti.yaml --output out --quiet || echo "status $?"
cksum out/* >after
cmp before after
mirti run country/mirti.yaml --output out --quiet --overwrite
cksum out/* >after
cmp before after
