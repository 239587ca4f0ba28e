# Everybody is in the file, with weight 1.
mirti simulate country --states 1 --municipalities 4 --persons 600 --full-count --quiet
test "$(cut -d, -f 9 country/census/Personas01.CSV | tail -n +2 | sort -u)" = 1
rows=$(($(wc -l <country/census/Personas01.CSV) - 1))
grep -q "\"population\": $rows," country/country.json
