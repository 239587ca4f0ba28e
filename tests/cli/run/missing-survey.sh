# A file that the project names is not there: which, where it is named, what to do; nothing is written.
mirti simulate country --states 1 --municipalities 4 --persons 2000 --quiet
rm country/survey/*.csv
mirti run country/mirti.yaml --output out || echo "status $?"
test ! -e out
