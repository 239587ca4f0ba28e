mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
find country -type f | sort | xargs cksum >before
mirti check country/mirti.yaml >answer || test $? -eq 1
test -s answer
find country -type f | sort | xargs cksum >after
cmp before after
ls
