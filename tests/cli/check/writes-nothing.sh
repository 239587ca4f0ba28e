mirti simulate country --states 2 --municipalities 20 --persons 30000 --seed 11 --quiet
find . -type f | sort >before
mirti check country/mirti.yaml >answer || test $? -eq 1
test -s answer
find . -type f ! -name answer ! -name after ! -name before | sort >after
grep -v before before | cmp - after
