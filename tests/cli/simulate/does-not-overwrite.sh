mirti simulate country --states 1 --municipalities 2 --persons 500 --seed 1 --quiet
cksum country/census/* >before
mirti simulate country --states 1 --municipalities 2 --persons 500 --seed 2 --quiet || echo "status $?"
cksum country/census/* >after
cmp before after
