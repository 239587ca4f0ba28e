# A survey about as large as asked for (blocks of fewer than ten dwellings give fewer), with its children.
for visits in 200 800; do
    mirti simulate c$visits --states 1 --municipalities 8 --persons 1500 --survey-dwellings $visits --quiet
    made=$(grep '"survey_dwellings"' c$visits/country.json | tail -n 1 | tr -dc 0-9)
    test "$made" -gt $((visits * 3 / 4)) && test "$made" -le $((visits * 11 / 10))
done
few=$(wc -l <c200/survey/encuesta.csv) many=$(wc -l <c800/survey/encuesta.csv)
test "$many" -gt $((3 * few))
