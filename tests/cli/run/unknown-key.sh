# A mistake in the project is named with line and column, and what was probably meant.
mirti simulate country --states 1 --municipalities 4 --persons 2000 --quiet
sed "s/^census:/cencus:/" country/mirti.yaml >country/wrong.yaml
mirti run country/wrong.yaml --output out || echo "status $?"
test ! -e out
